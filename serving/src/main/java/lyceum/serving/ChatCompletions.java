package lyceum.serving;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.inference.Generation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /v1/chat/completions}, as one answer or as a stream of server-sent events. */
final class ChatCompletions {
  private static final Logger LOG = LoggerFactory.getLogger(ChatCompletions.class);

  private final ModelSlot slot;
  private final Admission admission;
  private final InstantSource clock;

  ChatCompletions(ModelSlot slot, Admission admission, InstantSource clock) {
    this.slot = slot;
    this.admission = admission;
    this.clock = clock;
  }

  /** One request with the model that answers it and what every part of the answer repeats. */
  private record Exchange(
      ChatRequest request, ServedModel model, int[] prompt, String id, long created) {
    /** The fields that a whole answer and a chunk have in common. */
    ObjectNode json(String object) {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      json.put("id", id);
      json.put("object", object);
      json.put("created", created);
      json.put("model", model.name());
      json.put("system_fingerprint", model.digest());
      return json;
    }

    ObjectNode usage(int completionTokens) {
      ObjectNode usage = JsonNodeFactory.instance.objectNode();
      usage.put("prompt_tokens", prompt.length);
      usage.put("completion_tokens", completionTokens);
      usage.put("total_tokens", prompt.length + completionTokens);
      return usage;
    }
  }

  /** How an answer ended. */
  private record End(String reason, int tokens) {}

  void handle(ServerRequest httpRequest, ServerResponse response) throws InterruptedException {
    ChatRequest request = ChatRequest.parse(InferenceServer.body(httpRequest));
    Exchange exchange = exchange(request);
    try (Admission.Place place = admission.enter()) {
      response.header(HeaderNames.create("x-lyceum-model"), exchange.model.header());
      response.header(HeaderNames.create("x-request-id"), exchange.id);
      if (request.stream()) {
        stream(exchange, response);
      } else {
        InferenceServer.send(response, 200, whole(exchange));
      }
    }
  }

  private Exchange exchange(ChatRequest request) {
    ServedModel model = slot.named(request.model());
    int[] prompt = ChatTemplate.prompt(model.model().tokenizer(), request.messages());
    int context = model.model().config().contextLength();
    if (prompt.length >= context) {
      throw new ApiException(
          400,
          "invalid_request_error",
          "messages",
          "context_length_exceeded",
          "This model's context holds "
              + context
              + " tokens and an answer needs at least one; the messages have "
              + prompt.length
              + " tokens. Shorten them.");
    }
    return new Exchange(
        request, model, prompt, "chatcmpl-" + UUID.randomUUID(), clock.instant().getEpochSecond());
  }

  /** Generates on the calling thread; what {@code out} throws ends the generation. */
  private static End generate(Exchange exchange, Consumer<String> out) {
    AnswerText text = new AnswerText(exchange.request.stop());
    long seed = exchange.request.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong());
    Generation generation =
        exchange
            .model
            .generator()
            .generate(
                exchange.prompt,
                exchange.request.sampling(),
                seed,
                (id, logProb) -> {
                  send(out, text.add(exchange.model.model().tokenizer().tokenBytes(id)));
                  return !text.stopped();
                });
    send(out, text.end());
    boolean stopped = generation.finished() || text.stopped();
    return new End(stopped ? "stop" : "length", generation.ids().length);
  }

  private static void send(Consumer<String> out, String text) {
    if (!text.isEmpty()) {
      out.accept(text);
    }
  }

  private static ObjectNode whole(Exchange exchange) {
    StringBuilder content = new StringBuilder();
    End end = generate(exchange, content::append);
    ObjectNode json = exchange.json("chat.completion");
    ObjectNode choice = json.putArray("choices").addObject();
    choice.put("index", 0);
    ObjectNode message = choice.putObject("message");
    message.put("role", "assistant");
    message.put("content", content.toString());
    message.putNull("refusal");
    choice.putNull("logprobs");
    choice.put("finish_reason", end.reason);
    json.set("usage", exchange.usage(end.tokens));
    return json;
  }

  private static void stream(Exchange exchange, ServerResponse response) {
    response.header(HeaderNames.CONTENT_TYPE, "text/event-stream");
    response.header(HeaderNames.CACHE_CONTROL, "no-cache");
    try (OutputStream out = response.outputStream()) {
      ObjectNode first = JsonNodeFactory.instance.objectNode();
      first.put("role", "assistant");
      first.put("content", "");
      event(out, chunk(exchange, first, null).toString());
      try {
        End end =
            generate(
                exchange,
                text ->
                    event(
                        out,
                        chunk(
                                exchange,
                                JsonNodeFactory.instance.objectNode().put("content", text),
                                null)
                            .toString()));
        event(out, chunk(exchange, JsonNodeFactory.instance.objectNode(), end.reason).toString());
        if (exchange.request.includeUsage()) {
          ObjectNode usage = exchange.json("chat.completion.chunk");
          usage.putArray("choices");
          usage.set("usage", exchange.usage(end.tokens));
          event(out, usage.toString());
        }
        event(out, "[DONE]");
      } catch (CloseConnectionException e) {
        throw e;
      } catch (RuntimeException e) {
        // The status is out already; what is left is to say so in the stream.
        LOG.error("Request {} failed in the middle of its stream", exchange.id, e);
        event(out, ApiException.internal().json().toString());
      }
    } catch (IOException | CloseConnectionException e) {
      LOG.info("Request {}: the client went away ({})", exchange.id, e.getMessage());
    }
  }

  private static ObjectNode chunk(
      Exchange exchange, ObjectNode delta, @org.jspecify.annotations.Nullable String finishReason) {
    ObjectNode json = exchange.json("chat.completion.chunk");
    ObjectNode choice = json.putArray("choices").addObject();
    choice.put("index", 0);
    choice.set("delta", delta);
    choice.putNull("logprobs");
    choice.put("finish_reason", finishReason);
    return json;
  }

  private static void event(OutputStream out, String data) {
    try {
      out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      throw new CloseConnectionException("The client went away.", e);
    }
  }
}
