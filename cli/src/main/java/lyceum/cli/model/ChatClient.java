package lyceum.cli.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import lyceum.contracts.Payloads;
import lyceum.core.LyceumException;

/** Talks to an OpenAI-style server, an answer arriving piece by piece. */
final class ChatClient {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofMinutes(5);

  private final URI base;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT).build();

  /**
   * @param base for example {@code http://127.0.0.1:17280/v1}
   */
  ChatClient(URI base) {
    this.base = base;
  }

  /** One turn of a conversation. */
  record Message(String role, String content) {}

  /** The messages do not fit into the model's context. */
  static final class TooLong extends RuntimeException {
    TooLong(String message) {
      super(message);
    }
  }

  /** Name of the served model; empty when none is served. */
  Optional<String> model() {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/models")).timeout(CONNECT).GET().build();
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      JsonNode models = Payloads.fromJson(answer.body(), JsonNode.class).path("data");
      return answer.statusCode() == 200 && !models.isEmpty()
          ? Optional.of(models.path(0).path("id").asText())
          : Optional.empty();
    } catch (IOException e) {
      throw silent(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external("Interrupted.", e);
    }
  }

  /**
   * Asks for an answer to the conversation.
   *
   * @param temperature 0 for the likeliest answer
   * @param pieces takes the answer as it is written
   * @return the whole answer
   * @throws TooLong when the conversation does not fit
   */
  String answer(
      String model, List<Message> conversation, double temperature, Consumer<String> pieces) {
    ObjectNode body =
        Payloads.mapper()
            .createObjectNode()
            .put("model", model)
            .put("stream", true)
            .put("temperature", temperature);
    ArrayNode messages = body.putArray("messages");
    conversation.forEach(
        message ->
            messages.addObject().put("role", message.role()).put("content", message.content()));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/chat/completions"))
            .timeout(ANSWER)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
            .build();
    try {
      HttpResponse<InputStream> response =
          http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream in = response.body()) {
        if (response.statusCode() != 200) {
          throw refusal(
              response.statusCode(), new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        return read(in, pieces);
      }
    } catch (IOException e) {
      throw silent(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external("Interrupted.", e);
    }
  }

  /** Reads server-sent events until {@code [DONE]}. */
  static String read(InputStream in, Consumer<String> pieces) throws IOException {
    StringBuilder whole = new StringBuilder();
    BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (!line.startsWith("data:")) {
        continue;
      }
      String data = line.substring(5).strip();
      if (data.equals("[DONE]")) {
        return whole.toString();
      }
      JsonNode event = Payloads.fromJson(data, JsonNode.class);
      if (event.has("error")) {
        throw LyceumException.external(
            "The model server broke off: " + event.path("error").path("message").asText());
      }
      String piece = event.path("choices").path(0).path("delta").path("content").asText("");
      if (!piece.isEmpty()) {
        whole.append(piece);
        pieces.accept(piece);
      }
    }
    throw LyceumException.external("The model server broke off in the middle of its answer.");
  }

  private static RuntimeException refusal(int status, String body) {
    JsonNode error = parse(body).path("error");
    String message = error.path("message").asText(body);
    if (error.path("code").asText().equals("context_length_exceeded")) {
      return new TooLong(message);
    }
    return status < 500
        ? LyceumException.user("The model server refused: " + message)
        : LyceumException.external("The model server failed: " + message);
  }

  private static JsonNode parse(String body) {
    try {
      return Payloads.fromJson(body, JsonNode.class);
    } catch (LyceumException e) {
      return Payloads.mapper().createObjectNode();
    }
  }

  private LyceumException silent(IOException e) {
    return LyceumException.external(
        "The model server at "
            + base
            + " does not answer. Start it with ./lyceum up; a finished run puts a model on it.",
        e);
  }
}
