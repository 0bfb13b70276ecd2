package lyceum.console.api;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.Locale;
import lyceum.console.http.Answer;
import lyceum.console.http.Call;
import lyceum.console.http.EventSink;
import lyceum.console.http.Operation;
import lyceum.console.http.Problem;
import lyceum.console.security.Role;
import lyceum.contracts.Payloads;
import org.jspecify.annotations.Nullable;

/**
 * Talking to the served model, and saying what was good. The answer's events are those of the model
 * server, and what is said of an answer goes where it keeps its records for the next run.
 */
public final class PlaygroundApi {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofMinutes(5);
  private static final Duration KEEPING = Duration.ofSeconds(10);
  private static final int MESSAGES = 200;

  /** Header with which a sender lets the model server keep what was said. */
  private static final String CONSENT = "x-lyceum-consent";

  private final URI server;
  private final String key;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT).build();

  /**
   * @param server address of the OpenAI-style API
   * @param key of the console at the model server; empty where it asks for none
   */
  public PlaygroundApi(URI server, String key) {
    this.server = server;
    this.key = key;
  }

  record Message(String role, String content) {}

  /**
   * @param model a line, or {@code line:version}
   * @param maxTokens at most so many of the answer
   * @param consent whether what was said may be kept, without personal data, to learn from
   */
  record Chat(
      String model,
      List<Message> messages,
      @Nullable Double temperature,
      @Nullable Double topP,
      @Nullable Integer maxTokens,
      @Nullable Integer seed,
      @Nullable Boolean consent) {}

  /** What a person thought of an answer. */
  enum Rating {
    UP,
    DOWN
  }

  /**
   * @param requestId the {@code id} of the answer's events
   * @param edit the answer as it should have been, whole
   * @param consent whether the texts may be kept; without it, a thumb alone is
   */
  record Feedback(
      String requestId,
      @Nullable Rating rating,
      @Nullable String edit,
      @Nullable String comment,
      boolean consent) {}

  record Kept(boolean kept) {}

  public List<Operation> operations() {
    return List.of(
        Operation.post("chat", "/playground/chat", "Ask a model; the answer comes as events.")
            .reads()
            .takes(Chat.class)
            .verb("chat")
            .streams(this::chat),
        Operation.post(
                "giveFeedback",
                "/playground/feedback",
                "A thumb, a better answer or a comment on an answer.")
            .role(Role.RATER)
            // What people write is not for the audit log.
            .secret()
            .takes(Feedback.class)
            .answers(Kept.class)
            .does(this::feedback));
  }

  private Answer feedback(Call call) {
    Feedback feedback = call.body(Feedback.class);
    if (!feedback.consent() && (feedback.edit() != null || feedback.comment() != null)) {
      throw Problem.thrown(
          400,
          "invalid_request",
          "A better answer or a comment is kept to learn from, which needs consent: true. Without it, send a rating alone.");
    }
    ObjectNode body = Payloads.mapper().createObjectNode().put("request_id", feedback.requestId());
    if (feedback.rating() != null) {
      body.put("rating", feedback.rating().name().toLowerCase(Locale.ROOT));
    }
    if (feedback.edit() != null) {
      body.put("edit", feedback.edit());
    }
    if (feedback.comment() != null) {
      body.put("comment", feedback.comment());
    }
    try {
      HttpResponse<String> response =
          http.send(
              request("/feedback", body).timeout(KEEPING).build(),
              HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw refusal(response.statusCode(), response.body());
      }
      return Answer.of(new Kept(true));
    } catch (IOException e) {
      throw silent();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw silent();
    }
  }

  private HttpRequest.Builder request(String path, ObjectNode body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
    if (!key.isEmpty()) {
      request.header("Authorization", "Bearer " + key);
    }
    return request;
  }

  private static Problem.Thrown silent() {
    return Problem.thrown(
        503,
        "unavailable",
        "The model server does not answer. A finished run puts a model on it; ./lyceum up starts it.");
  }

  private void chat(Call call, EventSink sink) {
    Chat chat = call.body(Chat.class);
    if (chat.messages().isEmpty() || chat.messages().size() > MESSAGES) {
      throw Problem.thrown(
          400, "invalid_request", "A conversation has between 1 and " + MESSAGES + " messages.");
    }
    ObjectNode body =
        Payloads.mapper().createObjectNode().put("model", chat.model()).put("stream", true);
    body.set("messages", Payloads.mapper().valueToTree(chat.messages()));
    if (chat.temperature() != null) {
      body.put("temperature", chat.temperature());
    }
    if (chat.topP() != null) {
      body.put("top_p", chat.topP());
    }
    if (chat.maxTokens() != null) {
      body.put("max_tokens", chat.maxTokens());
    }
    if (chat.seed() != null) {
      body.put("seed", chat.seed());
    }
    HttpRequest.Builder request = request("/chat/completions", body).timeout(ANSWER);
    if (Boolean.TRUE.equals(chat.consent())) {
      request.header(CONSENT, "true");
    }
    try {
      HttpResponse<InputStream> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream in = response.body()) {
        if (response.statusCode() != 200) {
          throw refusal(
              response.statusCode(), new String(in.readNBytes(10_000), StandardCharsets.UTF_8));
        }
        pass(in, sink);
      }
    } catch (java.net.ConnectException | java.net.http.HttpTimeoutException e) {
      throw silent();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void pass(InputStream in, EventSink sink) throws IOException {
    BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.startsWith("data:")) {
        sink.send("", "", line.substring(5).strip());
      } else if (line.startsWith(":")) {
        sink.beat();
      }
    }
  }

  private static Problem.Thrown refusal(int status, String body) {
    String message = body;
    try {
      JsonNode error = Payloads.mapper().readTree(body).path("error");
      message = error.path("message").asText(body);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      message = "it answered with status " + status;
    }
    return status >= 400 && status < 500 && status != 401 && status != 403
        ? Problem.thrown(
            status == 404 ? 404 : 400,
            "refused_by_model_server",
            "The model server refused: " + message)
        : Problem.thrown(503, "unavailable", "The model server failed: " + message);
  }
}
