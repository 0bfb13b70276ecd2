package lyceum.serving;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import lyceum.data.privacy.PersonalData;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.SpecialTokens;
import lyceum.model.inference.ScoredToken;
import lyceum.serving.Answering.Piece;
import lyceum.serving.Answering.Reason;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /v1/completions}: text or token ids are continued, or scored where {@code echo} and
 * {@code logprobs} are asked for.
 */
final class Completions {
  private static final Logger LOG = LoggerFactory.getLogger(Completions.class);

  private final Exchange.Services services;

  Completions(Exchange.Services services) {
    this.services = services;
  }

  void handle(ServerRequest httpRequest, ServerResponse response) {
    ApiKeys.Client client = services.keys().client(httpRequest);
    CompletionRequest request = CompletionRequest.parse(RequestBody.read(httpRequest));
    try (Exchange exchange =
            new Exchange(
                services,
                httpRequest,
                response,
                request.options(),
                "cmpl",
                client,
                Optional.empty());
        Answering answering = exchange.answering()) {
      List<int[]> prompts = new ArrayList<>();
      for (CompletionRequest.Prompt prompt : request.prompts()) {
        prompts.add(ids(prompt, exchange, request));
      }
      long seed = exchange.seed();
      for (int[] prompt : prompts) {
        answering.ask(
            prompt,
            request.alternatives(),
            request.echo() && request.alternatives() >= 0,
            request.generate(),
            Optional.empty(),
            seed);
      }
      if (!request.generate() && request.alternatives() < 0) {
        throw ApiException.invalid("max_tokens", "'max_tokens' is 0: ask for 'logprobs', then.");
      }
      if (request.options().stream()) {
        stream(exchange, request, prompts, answering, response);
      } else {
        whole(exchange, request, prompts, answering, response);
      }
    } catch (CloseConnectionException e) {
      LOG.info("A client went away: {}", e.getMessage());
    }
  }

  /** Texts begin as documents do. */
  private static int[] ids(
      CompletionRequest.Prompt prompt, Exchange exchange, CompletionRequest request) {
    int context = exchange.model().model().config().contextLength();
    int[] ids =
        switch (prompt) {
          case CompletionRequest.Prompt.Ids given -> given.ids();
          case CompletionRequest.Prompt.Text(String text) -> {
            BpeTokenizer tokenizer = exchange.model().model().tokenizer();
            int[] body = tokenizer.encode(text);
            int[] whole = new int[body.length + 1];
            whole[0] = tokenizer.controlToken(SpecialTokens.BOS);
            System.arraycopy(body, 0, whole, 1, body.length);
            yield whole;
          }
        };
    int vocabulary = exchange.model().model().tokenizer().vocabularySize();
    for (int id : ids) {
      if (id >= vocabulary) {
        throw ApiException.invalid(
            "prompt", "The token " + id + " is not among the model's " + vocabulary + ".");
      }
    }
    boolean scoredOnly = request.echo() && request.alternatives() >= 0;
    if (ids.length > context || (ids.length == context && !scoredOnly)) {
      throw ApiException.contextExceeded("prompt", context, ids.length);
    }
    return ids;
  }

  /** An answer as it grows. */
  private static final class Growing {
    final StringBuilder text = new StringBuilder();
    final List<ScoredToken> prompt = new ArrayList<>();
    final List<ScoredToken> tokens = new ArrayList<>();
    Reason reason = Reason.FAILED;
  }

  private static void whole(
      Exchange exchange,
      CompletionRequest request,
      List<int[]> prompts,
      Answering answering,
      ServerResponse response) {
    List<Growing> answers = new ArrayList<>();
    for (int i = 0; i < answering.count(); i++) {
      answers.add(new Growing());
    }
    try (ChatCompletions.LateBody body = new ChatCompletions.LateBody(response)) {
      while (answering.isOpen()) {
        for (Piece piece : answering.take(ChatCompletions.PING_MILLIS)) {
          Growing answer = answers.get(piece.answer());
          answer.text.append(piece.text());
          answer.prompt.addAll(piece.prompt());
          answer.tokens.addAll(piece.tokens());
          piece.reason().ifPresent(reason -> answer.reason = reason);
        }
        body.waiting();
      }
      if (answers.stream().anyMatch(answer -> answer.reason == Reason.FAILED)) {
        if (!body.begun()) {
          throw ApiException.internal();
        }
        body.send(ApiException.internal().json());
        return;
      }
      ObjectNode json = exchange.json("text_completion");
      ArrayNode choices = json.putArray("choices");
      for (int i = 0; i < answers.size(); i++) {
        Growing answer = answers.get(i);
        int[] prompt = prompts.get(i / request.options().choices());
        BpeTokenizer tokenizer = exchange.model().model().tokenizer();
        List<ScoredToken> scored = new ArrayList<>(answer.prompt);
        scored.addAll(answer.tokens);
        ObjectNode choice = choices.addObject();
        choice.put("index", i);
        choice.put("text", (request.echo() ? tokenizer.decode(prompt) : "") + answer.text);
        choice.set("logprobs", logprobs(tokenizer, request, scored, 0));
        choice.put("finish_reason", reason(request, answer.reason));
      }
      json.set("usage", Exchange.usage(answering.promptTokens(), answering.answerTokens()));
      exchange.answered(answering, reason(request, answers.getFirst().reason));
      keep(exchange, prompts, answers.stream().map(answer -> answer.text).toList());
      exchange.log();
      body.send(json);
    }
  }

  private static String reason(CompletionRequest request, Reason reason) {
    return reason == Reason.STOP && request.generate() ? "stop" : "length";
  }

  private static void keep(Exchange exchange, List<int[]> prompts, List<StringBuilder> answers) {
    if (!exchange.consent()) {
      return;
    }
    BpeTokenizer tokenizer = exchange.model().model().tokenizer();
    ArrayNode said = exchange.said().putArray("texts");
    prompts.forEach(prompt -> said.add(PersonalData.removed(tokenizer.decode(prompt))));
    ArrayNode given = exchange.said().putArray("answers");
    answers.forEach(answer -> given.add(PersonalData.removed(answer.toString())));
  }

  private static void stream(
      Exchange exchange,
      CompletionRequest request,
      List<int[]> prompts,
      Answering answering,
      ServerResponse response) {
    BpeTokenizer tokenizer = exchange.model().model().tokenizer();
    int[] offsets = new int[answering.count()];
    List<StringBuilder> said = new ArrayList<>();
    while (said.size() < offsets.length) {
      said.add(new StringBuilder());
    }
    boolean failed = false;
    try (EventStream events = new EventStream(response)) {
      if (request.echo()) {
        for (int i = 0; i < offsets.length; i++) {
          String text = tokenizer.decode(prompts.get(i / request.options().choices()));
          events.add(chunk(exchange, i, text, null, null).toString());
        }
      }
      while (answering.isOpen()) {
        List<Piece> pieces = answering.take(ChatCompletions.PING_MILLIS);
        if (pieces.isEmpty()) {
          events.addPing();
        }
        for (Piece piece : pieces) {
          List<ScoredToken> scored = new ArrayList<>(piece.prompt());
          scored.addAll(piece.tokens());
          String reason = piece.reason().map(r -> reason(request, r)).orElse(null);
          failed |= piece.reason().filter(r -> r == Reason.FAILED).isPresent();
          if (reason != null) {
            exchange.answered(answering, failed ? "error" : reason);
          }
          if (!piece.text().isEmpty() || reason != null || !scored.isEmpty()) {
            events.add(
                chunk(
                        exchange,
                        piece.answer(),
                        piece.text(),
                        logprobs(tokenizer, request, scored, offsets[piece.answer()]),
                        reason)
                    .toString());
            offsets[piece.answer()] += piece.text().length();
            said.get(piece.answer()).append(piece.text());
          }
        }
        if (answering.isOpen()) {
          events.flush();
        }
      }
      if (!failed) {
        keep(exchange, prompts, said);
      }
      exchange.log();
      if (failed) {
        events.add(ApiException.internal().json().toString());
        return;
      }
      if (request.options().includeUsage()) {
        ObjectNode last = exchange.json("text_completion");
        last.putArray("choices");
        last.set("usage", Exchange.usage(answering.promptTokens(), answering.answerTokens()));
        events.add(last.toString());
      }
      events.add("[DONE]");
    }
  }

  private static ObjectNode chunk(
      Exchange exchange,
      int index,
      String text,
      @Nullable ObjectNode logprobs,
      @Nullable String reason) {
    ObjectNode json = exchange.json("text_completion");
    ObjectNode choice = json.putArray("choices").addObject();
    choice.put("index", index);
    choice.put("text", text);
    choice.set("logprobs", logprobs);
    choice.put("finish_reason", reason);
    return json;
  }

  private static @Nullable ObjectNode logprobs(
      BpeTokenizer tokenizer, CompletionRequest request, List<ScoredToken> scored, int offset) {
    if (request.alternatives() < 0) {
      return null;
    }
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode tokens = json.putArray("tokens");
    ArrayNode logProbs = json.putArray("token_logprobs");
    ArrayNode top = json.putArray("top_logprobs");
    ArrayNode offsets = json.putArray("text_offset");
    int at = offset;
    for (ScoredToken token : scored) {
      tokens.add(shown(tokenizer, token.id()));
      offsets.add(at);
      at += tokenizer.decode(new int[] {token.id()}).length();
      if (Float.isNaN(token.logProb())) {
        logProbs.addNull();
        top.addNull();
        continue;
      }
      logProbs.add(token.logProb());
      ObjectNode likeliest = top.addObject();
      for (int i = 0; i < token.topIds().length; i++) {
        likeliest.put(shown(tokenizer, token.topIds()[i]), token.topLogProbs()[i]);
      }
      likeliest.put(shown(tokenizer, token.id()), token.logProb());
    }
    return json;
  }

  /** A token as text; bytes that are no text as {@code bytes:\xe2\x82}, as OpenAI shows them. */
  static String shown(BpeTokenizer tokenizer, int id) {
    if (tokenizer.isSpecial(id)) {
      return tokenizer.specialText(id);
    }
    if (id >= tokenizer.vocabularySize()) {
      return "bytes:";
    }
    byte[] bytes = tokenizer.tokenBytes(id);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      StringBuilder text = new StringBuilder("bytes:");
      for (byte b : bytes) {
        text.append(String.format(Locale.ROOT, "\\x%02x", b & 0xFF));
      }
      return text.toString();
    }
  }
}
