package lyceum.serving;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import lyceum.data.privacy.PersonalData;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.ChatMessage;
import lyceum.data.tokenizer.ChatMessage.Role;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.inference.ScoredToken;
import lyceum.model.inference.TokenConstraint;
import lyceum.serving.Answering.Piece;
import lyceum.serving.Answering.Reason;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /v1/chat/completions}, as one answer or as a stream of server-sent events. */
final class ChatCompletions {
  private static final Logger LOG = LoggerFactory.getLogger(ChatCompletions.class);

  /** A client that waits is written to after so long, which shows whether it is still there. */
  static final long PING_MILLIS = 2_000;

  private final Exchange.Services services;

  ChatCompletions(Exchange.Services services) {
    this.services = services;
  }

  /** The messages that are sent to the model. */
  private record Prompt(int[] ids, List<ChatMessage> messages, int dropped) {}

  /** An answer that is whole. */
  private record Answer(
      String text, Reason reason, List<ScoredToken> tokens, List<Tools.Call> calls) {}

  void handle(ServerRequest httpRequest, ServerResponse response) {
    ApiKeys.Client client = services.keys().client(httpRequest);
    ChatRequest request = ChatRequest.parse(RequestBody.read(httpRequest));
    try (Exchange exchange =
        new Exchange(
            services,
            httpRequest,
            response,
            request.options(),
            "chatcmpl",
            client,
            request.conversation())) {
      List<ChatMessage> all =
          request
              .conversation()
              .map(
                  id ->
                      services.conversations().with(exchange.clientName(), id, request.messages()))
              .orElse(request.messages());
      Prompt prompt = prompt(exchange, request, all);
      response.header(
          io.helidon.http.HeaderNames.create("x-lyceum-dropped-messages"),
          Integer.toString(prompt.dropped));
      if (request.options().stream() && request.tools().functions().isEmpty()) {
        stream(exchange, request, prompt, all, response);
      } else {
        whole(exchange, request, prompt, all, response);
      }
    }
  }

  /**
   * The prompt's tokens. Where they and the answer do not fit and that is allowed, the oldest
   * messages but the system's are left out, so that a quarter of the context or the asked number of
   * tokens is free; the last message always stays.
   */
  private static Prompt prompt(Exchange exchange, ChatRequest request, List<ChatMessage> all) {
    BpeTokenizer tokenizer = exchange.model().model().tokenizer();
    int context = exchange.model().model().config().contextLength();
    int[] ids = ChatTemplate.prompt(tokenizer, all);
    int free = Math.min(request.options().sampling().maxNewTokens(), Math.max(1, context / 4));
    List<ChatMessage> kept = new ArrayList<>(all);
    int pinned = all.getFirst().role() == Role.SYSTEM ? 1 : 0;
    while (request.truncate() && ids.length + free > context && kept.size() > pinned + 1) {
      kept.remove(pinned);
      // An answer without its question says nothing.
      while (kept.size() > pinned + 1 && kept.get(pinned).role() == Role.ASSISTANT) {
        kept.remove(pinned);
      }
      ids = ChatTemplate.prompt(tokenizer, kept);
    }
    if (ids.length >= context) {
      throw ApiException.contextExceeded("messages", context, ids.length);
    }
    return new Prompt(ids, kept, all.size() - kept.size());
  }

  private static Optional<IntFunction<TokenConstraint>> constraint(
      Exchange exchange, ChatRequest request) {
    BpeTokenizer tokenizer = exchange.model().model().tokenizer();
    if (!request.tools().forced().isEmpty()) {
      return Optional.of(
          limit -> JsonConstraint.call(tokenizer, request.tools().openings(), limit));
    }
    return request.json()
        ? Optional.of(limit -> JsonConstraint.object(tokenizer, limit))
        : Optional.empty();
  }

  private void whole(
      Exchange exchange,
      ChatRequest request,
      Prompt first,
      List<ChatMessage> all,
      ServerResponse response) {
    try (LateBody body = new LateBody(response)) {
      try {
        whole(exchange, request, first, all, response, body);
      } catch (ApiException e) {
        if (!body.begun()) {
          throw e;
        }
        body.send(e.json());
      }
    } catch (CloseConnectionException e) {
      LOG.info("Request {}: the client went away ({})", exchange.id(), e.getMessage());
    }
  }

  private void whole(
      Exchange exchange,
      ChatRequest request,
      Prompt first,
      List<ChatMessage> all,
      ServerResponse response,
      LateBody body) {
    List<Answer> answers;
    Prompt prompt = first;
    List<ChatMessage> said = new ArrayList<>(all);
    int promptTokens = 0;
    int answerTokens = 0;
    int rounds = 0;
    while (true) {
      Answering done;
      try (Answering answering = exchange.answering()) {
        long seed = exchange.seed();
        answering.ask(
            prompt.ids,
            request.alternatives(),
            false,
            true,
            // A call that is forced is forced once; what follows its result is the model's.
            rounds == 0 ? constraint(exchange, request) : Optional.empty(),
            seed);
        exchange.shadow(prompt.ids, seed);
        answers = collected(exchange, request, answering, body);
        done = answering;
      }
      promptTokens += done.promptTokens();
      answerTokens += done.answerTokens();
      exchange.answered(done, reason(answers.getFirst()));
      List<Tools.Call> calls = answers.getFirst().calls;
      boolean ours =
          request.tools().builtIn()
              && answers.size() == 1
              && !calls.isEmpty()
              && calls.stream().allMatch(call -> call.name().equals(Tools.CALCULATOR));
      if (!ours || ++rounds > Tools.MOST_ROUNDS) {
        break;
      }
      said.add(new ChatMessage(Role.ASSISTANT, answers.getFirst().text));
      for (Tools.Call call : calls) {
        said.add(new ChatMessage(Role.USER, Tools.result(Tools.calculated(call))));
      }
      prompt = prompt(exchange, request, said);
    }
    said.add(new ChatMessage(Role.ASSISTANT, answers.getFirst().text));
    keep(exchange, request, said);
    exchange.log();
    ObjectNode usage = Exchange.usage(promptTokens, answerTokens);
    if (request.options().stream()) {
      streamWhole(exchange, request, answers, usage, response);
    } else {
      body.send(json(exchange, request, prompt, answers, usage));
    }
  }

  private static List<Answer> collected(
      Exchange exchange, ChatRequest request, Answering answering, LateBody body) {
    List<StringBuilder> texts = new ArrayList<>();
    List<List<ScoredToken>> tokens = new ArrayList<>();
    Reason[] reasons = new Reason[answering.count()];
    for (int i = 0; i < reasons.length; i++) {
      texts.add(new StringBuilder());
      tokens.add(new ArrayList<>());
      reasons[i] = Reason.FAILED;
    }
    while (answering.isOpen()) {
      for (Piece piece : answering.take(PING_MILLIS)) {
        exchange.chose(piece);
        texts.get(piece.answer()).append(piece.text());
        if (request.alternatives() >= 0) {
          tokens.get(piece.answer()).addAll(piece.tokens());
        }
        piece.reason().ifPresent(reason -> reasons[piece.answer()] = reason);
      }
      if (!request.options().stream()) {
        body.waiting();
      }
    }
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < reasons.length; i++) {
      if (reasons[i] == Reason.FAILED) {
        throw ApiException.internal();
      }
      String text = texts.get(i).toString();
      List<Tools.Call> calls =
          request.tools().functions().isEmpty() ? List.of() : request.tools().parsed(text).calls();
      answers.add(new Answer(text, reasons[i], tokens.get(i), calls));
    }
    return answers;
  }

  private static String reason(Answer answer) {
    if (!answer.calls.isEmpty()) {
      return "tool_calls";
    }
    return answer.reason == Reason.STOP ? "stop" : "length";
  }

  private static ObjectNode json(
      Exchange exchange,
      ChatRequest request,
      Prompt prompt,
      List<Answer> answers,
      ObjectNode usage) {
    ObjectNode json = exchange.json("chat.completion");
    ArrayNode choices = json.putArray("choices");
    for (int i = 0; i < answers.size(); i++) {
      Answer answer = answers.get(i);
      ObjectNode choice = choices.addObject();
      choice.put("index", i);
      choice.set("message", message(exchange, request, answer));
      choice.set("logprobs", logprobs(exchange, request, answer.tokens));
      choice.put("finish_reason", reason(answer));
    }
    json.set("usage", usage);
    request
        .conversation()
        .ifPresent(
            id ->
                json.putObject("conversation")
                    .put("id", id)
                    .put("dropped_messages", prompt.dropped));
    return json;
  }

  private static ObjectNode message(Exchange exchange, ChatRequest request, Answer answer) {
    ObjectNode message = JsonNodeFactory.instance.objectNode();
    message.put("role", "assistant");
    if (answer.calls.isEmpty()) {
      message.put("content", answer.text);
    } else {
      String content = request.tools().parsed(answer.text).content();
      message.put("content", content.isEmpty() ? null : content);
      message.set("tool_calls", Tools.json(answer.calls, exchange.id()));
    }
    message.putNull("refusal");
    return message;
  }

  /** Where tools may be called, a stream begins when it is known whether one is. */
  private static void streamWhole(
      Exchange exchange,
      ChatRequest request,
      List<Answer> answers,
      ObjectNode usage,
      ServerResponse response) {
    try (EventStream events = new EventStream(response)) {
      for (int i = 0; i < answers.size(); i++) {
        ObjectNode delta = message(exchange, request, answers.get(i));
        delta.remove("refusal");
        if (delta.has("tool_calls")) {
          for (int c = 0; c < delta.get("tool_calls").size(); c++) {
            ((ObjectNode) delta.get("tool_calls").get(c)).put("index", c);
          }
        }
        events.add(chunk(exchange, i, delta, null).toString());
        events.add(
            chunk(exchange, i, JsonNodeFactory.instance.objectNode(), reason(answers.get(i)))
                .toString());
      }
      end(exchange, request, usage, events);
    }
  }

  private static void end(
      Exchange exchange, ChatRequest request, ObjectNode usage, EventStream events) {
    if (request.options().includeUsage()) {
      ObjectNode last = exchange.json("chat.completion.chunk");
      last.putArray("choices");
      last.set("usage", usage);
      events.add(last.toString());
    }
    events.add("[DONE]");
  }

  private void stream(
      Exchange exchange,
      ChatRequest request,
      Prompt prompt,
      List<ChatMessage> all,
      ServerResponse response) {
    StringBuilder said = new StringBuilder();
    try (Answering answering = exchange.answering()) {
      long seed = exchange.seed();
      answering.ask(
          prompt.ids, request.alternatives(), false, true, constraint(exchange, request), seed);
      exchange.shadow(prompt.ids, seed);
      try (EventStream events = new EventStream(response)) {
        for (int i = 0; i < answering.count(); i++) {
          ObjectNode first = JsonNodeFactory.instance.objectNode();
          first.put("role", "assistant");
          first.put("content", "");
          events.add(chunk(exchange, i, first, null).toString());
        }
        // The client sees that it was let in, and by which generation, before there is a token.
        events.flush();
        boolean failed = forward(exchange, request, answering, events, said);
        List<ChatMessage> messages = new ArrayList<>(all);
        messages.add(new ChatMessage(Role.ASSISTANT, said.toString()));
        if (!failed) {
          keep(exchange, request, messages);
        }
        exchange.log();
        if (failed) {
          // The status is out already; what is left is to say so in the stream.
          events.add(ApiException.internal().json().toString());
          return;
        }
        end(
            exchange,
            request,
            Exchange.usage(answering.promptTokens(), answering.answerTokens()),
            events);
      }
    } catch (CloseConnectionException e) {
      LOG.info("Request {}: the client went away ({})", exchange.id(), e.getMessage());
    }
  }

  /** Sends the pieces as they come; true when an answer failed. */
  private static boolean forward(
      Exchange exchange,
      ChatRequest request,
      Answering answering,
      EventStream events,
      StringBuilder said) {
    // What every chunk of an answer repeats is written once.
    String[] heads = new String[answering.count()];
    for (int i = 0; i < heads.length; i++) {
      String whole =
          chunk(exchange, i, JsonNodeFactory.instance.objectNode().put("content", "@"), null)
              .toString();
      heads[i] = whole.substring(0, whole.indexOf("\"@\""));
    }
    String tail = "\"},\"logprobs\":null,\"finish_reason\":null}]}";
    boolean failed = false;
    while (answering.isOpen()) {
      List<Piece> pieces = answering.take(PING_MILLIS);
      if (pieces.isEmpty()) {
        events.addPing();
      }
      for (Piece piece : pieces) {
        exchange.chose(piece);
        if (piece.answer() == 0) {
          said.append(piece.text());
        }
        if (request.alternatives() >= 0 && !(piece.text().isEmpty() && piece.tokens().isEmpty())) {
          ObjectNode delta = JsonNodeFactory.instance.objectNode().put("content", piece.text());
          ObjectNode json = chunk(exchange, piece.answer(), delta, null);
          ((ObjectNode) json.get("choices").get(0))
              .set("logprobs", logprobs(exchange, request, piece.tokens()));
          events.add(json.toString());
        } else if (!piece.text().isEmpty()) {
          events.add(
              heads[piece.answer()]
                  + "\""
                  + new String(JsonStringEncoder.getInstance().quoteAsString(piece.text()))
                  + tail);
        }
        if (piece.reason().isPresent()) {
          Reason reason = piece.reason().get();
          failed |= reason == Reason.FAILED;
          String name = reason == Reason.STOP ? "stop" : "length";
          exchange.answered(answering, reason == Reason.FAILED ? "error" : name);
          if (reason != Reason.FAILED) {
            events.add(
                chunk(exchange, piece.answer(), JsonNodeFactory.instance.objectNode(), name)
                    .toString());
          }
        }
      }
      if (answering.isOpen()) {
        events.flush();
      }
    }
    return failed;
  }

  private static ObjectNode chunk(
      Exchange exchange, int index, ObjectNode delta, @Nullable String finishReason) {
    ObjectNode json = exchange.json("chat.completion.chunk");
    ObjectNode choice = json.putArray("choices").addObject();
    choice.put("index", index);
    choice.set("delta", delta);
    choice.putNull("logprobs");
    choice.put("finish_reason", finishReason);
    return json;
  }

  private static @Nullable ObjectNode logprobs(
      Exchange exchange, ChatRequest request, List<ScoredToken> tokens) {
    if (request.alternatives() < 0) {
      return null;
    }
    BpeTokenizer tokenizer = exchange.model().model().tokenizer();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode content = json.putArray("content");
    for (ScoredToken token : tokens) {
      ObjectNode entry = logprob(tokenizer, token.id(), token.logProb());
      content.add(entry);
      ArrayNode top = entry.putArray("top_logprobs");
      for (int i = 0; i < token.topIds().length; i++) {
        top.add(logprob(tokenizer, token.topIds()[i], token.topLogProbs()[i]));
      }
    }
    json.putNull("refusal");
    return json;
  }

  private static ObjectNode logprob(BpeTokenizer tokenizer, int id, float logProb) {
    byte[] bytes = tokenizer.tokenBytes(id);
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("token", Completions.shown(tokenizer, id));
    json.put("logprob", logProb);
    ArrayNode list = json.putArray("bytes");
    for (byte b : bytes) {
      list.add(b & 0xFF);
    }
    return json;
  }

  /** Keeps the chat where it has an id, and logs it where there is consent. */
  private void keep(Exchange exchange, ChatRequest request, List<ChatMessage> messages) {
    request
        .conversation()
        .ifPresent(id -> services.conversations().keep(exchange.clientName(), id, messages));
    if (exchange.consent()) {
      ArrayNode said = exchange.said().putArray("messages");
      for (ChatMessage message : messages) {
        said.addObject()
            .put("role", message.role().noun())
            .put("content", PersonalData.removed(message.content()));
      }
    }
  }

  /**
   * A JSON body that is sent when it is known. When that takes long, white space goes before it,
   * which JSON allows: a client that has left is noticed by it, and its answer ended.
   */
  static final class LateBody implements AutoCloseable {
    private final ServerResponse response;
    private final long began = System.nanoTime();
    private java.io.@Nullable OutputStream out;
    private long written = began;

    LateBody(ServerResponse response) {
      this.response = response;
    }

    /** Call it now and then while there is no answer yet. */
    void waiting() {
      long now = System.nanoTime();
      if (now - written < PING_MILLIS * 1_000_000) {
        return;
      }
      written = now;
      if (out == null) {
        response.header(io.helidon.http.HeaderNames.CONTENT_TYPE, "application/json");
        out = response.outputStream();
      }
      write(out, " ");
    }

    /** Whether the status is out. */
    boolean begun() {
      return out != null;
    }

    void send(ObjectNode json) {
      if (out == null) {
        InferenceServer.send(response, 200, json);
      } else {
        write(out, json.toString());
      }
    }

    private static void write(java.io.OutputStream out, String text) {
      try {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
      } catch (java.io.IOException | java.io.UncheckedIOException e) {
        throw new CloseConnectionException("The client went away.", e);
      }
    }

    @Override
    public void close() {
      if (out != null) {
        try {
          out.close();
        } catch (java.io.IOException | java.io.UncheckedIOException e) {
          throw new CloseConnectionException("The client went away.", e);
        }
      }
    }
  }
}
