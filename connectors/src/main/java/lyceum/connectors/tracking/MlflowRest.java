package lyceum.connectors.tracking;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * MLflow's REST interface: JSON over HTTP/1.1 with time-outs; what may pass by itself (status 429
 * and 5xx, a broken connection) is tried again with back-off, nothing else is.
 */
final class MlflowRest {
  /** A name asked for is not there. */
  static final String MISSING = "RESOURCE_DOES_NOT_EXIST";

  /** A name to be made is there already. */
  static final String EXISTS = "RESOURCE_ALREADY_EXISTS";

  private static final Logger LOG = LoggerFactory.getLogger(MlflowRest.class);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final String server;
  private final Map<String, String> headers;
  private final HttpClient http;
  private final RetryPolicy<Object> retries;

  /** An answer: status 2xx, or one of the error codes that the caller said it can deal with. */
  record Answer(JsonNode body, Optional<String> errorCode) {}

  /**
   * @param headers sent with every request, for example for authorization
   * @param firstDelay before the first of the retries
   */
  MlflowRest(URI server, Map<String, String> headers, int maxRetries, Duration firstDelay) {
    this.server = server.toString().replaceAll("/+$", "");
    this.headers = Map.copyOf(headers);
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();
    this.retries =
        RetryPolicy.builder()
            .handleIf(
                e ->
                    e instanceof LyceumException failure
                        && failure.category() == ErrorCategory.EXTERNAL)
            .withMaxRetries(maxRetries)
            .withBackoff(firstDelay, firstDelay.multipliedBy(16))
            .withJitter(0.2)
            .onRetry(
                event -> {
                  Throwable last = event.getLastException();
                  LOG.warn(
                      "tracking, attempt {}: {}",
                      event.getAttemptCount() + 1,
                      last == null ? "" : last.getMessage());
                })
            .build();
  }

  String server() {
    return server;
  }

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /** GET of a method under {@code /api/2.0/mlflow/}. */
  Answer get(String method, Map<String, String> query, String... accepted) {
    return call("GET", method + "?" + encode(query), null, accepted);
  }

  /** GET of a method that MLflow has for its own pages, under {@code /ajax-api/2.0/mlflow/}. */
  Answer getForPages(String method, String query) {
    return attempt(
        () ->
            send(request(address("/ajax-api/2.0/mlflow/" + method + "?" + query)).build(), method));
  }

  Answer post(String method, ObjectNode body, String... accepted) {
    return call("POST", method, body, accepted);
  }

  Answer patch(String method, ObjectNode body, String... accepted) {
    return call("PATCH", method, body, accepted);
  }

  /** DELETE; MLflow reads its arguments from a JSON body and refuses them in the query. */
  Answer delete(String method, ObjectNode body, String... accepted) {
    return call("DELETE", method, body, accepted);
  }

  /**
   * PUT of an artifact's bytes through the server's proxy; {@code path} is relative to the proxy's
   * root.
   */
  void putArtifact(String path, byte[] bytes) {
    URI uri = address("/api/2.0/mlflow-artifacts/artifacts/" + encodePath(path));
    attempt(
        () ->
            send(
                request(uri)
                    .PUT(BodyPublishers.ofByteArray(bytes))
                    .header("Content-Type", "application/octet-stream")
                    .build(),
                "artifact " + path));
  }

  private Answer call(
      String verb,
      String method,
      @org.jspecify.annotations.Nullable ObjectNode body,
      String... accepted) {
    URI uri = address("/api/2.0/mlflow/" + method);
    HttpRequest.Builder request = request(uri);
    if (body == null) {
      request.GET();
    } else {
      request
          .method(verb, BodyPublishers.ofString(body.toString(), StandardCharsets.UTF_8))
          .header("Content-Type", "application/json");
    }
    String name = method.replaceAll("\\?.*", "");
    return attempt(() -> send(request.build(), name, accepted));
  }

  private HttpRequest.Builder request(URI uri) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(ANSWER_TIMEOUT);
    headers.forEach(request::header);
    return request;
  }

  private Answer attempt(java.util.function.Supplier<Answer> operation) {
    try {
      return Failsafe.with(retries).get(operation::get);
    } catch (FailsafeException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external("Interrupted while waiting for MLflow at " + server + ".", e);
    }
  }

  private Answer send(HttpRequest request, String what, String... accepted) {
    HttpResponse<String> response;
    try {
      response = http.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw LyceumException.external(
          "Cannot reach MLflow at "
              + server
              + " ("
              + what
              + "): "
              + message
              + ". Is it running there? Fix: ./lyceum status, or set tracking.uri"
              + " (LYCEUM_TRACKING_URI).",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external(
          "Interrupted while waiting for MLflow at " + server + " (" + what + ").", e);
    }
    int status = response.statusCode();
    JsonNode body = parse(response.body());
    if (status / 100 == 2) {
      if (body == null) {
        throw LyceumException.user(
            "What answers at "
                + server
                + " is not MLflow: its answer to "
                + what
                + " is no JSON. Fix: tracking.uri.");
      }
      return new Answer(body, Optional.empty());
    }
    String code = body == null ? "" : body.path("error_code").asText("");
    for (String expected : accepted) {
      if (expected.equals(code) && body != null) {
        return new Answer(body, Optional.of(code));
      }
    }
    throw refusal(
        status, code, body == null ? response.body() : body.path("message").asText(""), what);
  }

  private LyceumException refusal(int status, String code, String text, String what) {
    String message = text.strip().replaceAll("\\s+", " ");
    String said =
        "MLflow at "
            + server
            + " answered "
            + what
            + " with status "
            + status
            + (code.isEmpty() ? "" : " " + code)
            + ": "
            + (message.length() > 600 ? message.substring(0, 600) + "…" : message);
    if (status == 429 || status >= 500 || lostRace(message)) {
      return LyceumException.external(said);
    }
    if (status == 401) {
      return LyceumException.user(
          said
              + ". Fix: wrong credentials; set tracking.username and tracking.password"
              + " (LYCEUM_TRACKING_USERNAME, LYCEUM_TRACKING_PASSWORD).");
    }
    if (status == 403) {
      return LyceumException.user(
          said
              + ". Fix: give the user of tracking.username the right to write, or start MLflow with"
              + " --allowed-hosts for this address.");
    }
    return LyceumException.user(said);
  }

  /**
   * MLflow looks for a row, then inserts it, and answers 400 when another run inserted it in
   * between. Asked again, it finds the row.
   */
  private static boolean lostRace(String message) {
    return message.toLowerCase(Locale.ROOT).contains("unique constraint");
  }

  private static @org.jspecify.annotations.Nullable JsonNode parse(String text) {
    if (text.isBlank()) {
      return object();
    }
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private URI address(String path) {
    return URI.create(server + path);
  }

  static String encode(Map<String, String> query) {
    return query.entrySet().stream()
        .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  private static String encodePath(String path) {
    return java.util.Arrays.stream(path.split("/"))
        .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
        .collect(Collectors.joining("/"));
  }
}
