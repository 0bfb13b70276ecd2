package lyceum.connectors.serving;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import lyceum.connectors.settings.Settings;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelServer;
import lyceum.telemetry.TraceHeaders;

/**
 * Tells the installation's inference server over its administration interface which model to serve.
 */
public final class HttpModelServer implements ModelServer {
  private static final Duration LOADING = Duration.ofMinutes(5);
  private static final Duration ASKING = Duration.ofSeconds(5);

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(ASKING).build();
  private final URI address;
  private final String adminToken;
  private final Function<ModelArtifact, Path> files;

  /**
   * @param files brings a model's files into a folder that the server can read
   */
  public HttpModelServer(Settings settings, Function<ModelArtifact, Path> files) {
    this.address = URI.create("http://" + settings.servingHost() + ":" + settings.servingPort());
    this.adminToken = settings.adminToken();
    this.files = files;
  }

  @Override
  public URI serve(String modelLine, int version, ModelArtifact model) {
    if (isCanary(modelLine, version, model.digest())) {
      // It is loaded already; loading it once more would take memory for a third model.
      return accepted(
          post("/admin/promote", json.createObjectNode().put("name", modelLine)),
          modelLine,
          version);
    }
    return accepted(post("/admin/model", model(modelLine, version, model)), modelLine, version);
  }

  @Override
  public URI serveCanary(String modelLine, int version, ModelArtifact model, double percent) {
    return accepted(
        post(
            "/admin/model",
            model(modelLine, version, model).put("role", "canary").put("percent", percent)),
        modelLine,
        version);
  }

  @Override
  public void endCanary(String modelLine) {
    boolean present =
        lines()
            .filter(line -> line.path("stable").path("name").asText().equals(modelLine))
            .anyMatch(line -> line.has("canary"));
    if (present) {
      HttpResponse<String> response =
          post(
              "/admin/leave", json.createObjectNode().put("name", modelLine).put("role", "canary"));
      if (response.statusCode() != 200) {
        throw LyceumException.external(
            "The inference server at "
                + address
                + " did not end the canary of "
                + modelLine
                + ": status "
                + response.statusCode()
                + ", "
                + response.body());
      }
    }
  }

  /**
   * A model in service.
   *
   * @param version that answers what its canary does not
   */
  public record Line(String modelLine, int version, Optional<Canary> canary, URI endpoint) {}

  /**
   * A version that answers a share of the requests.
   *
   * @param percent of the requests
   */
  public record Canary(int version, double percent) {}

  /**
   * Every model in service; none where the server refuses to say.
   *
   * @throws LyceumException EXTERNAL when no server answers
   */
  public List<Line> inService() {
    return lines()
        .map(
            line ->
                new Line(
                    line.path("stable").path("name").asText(),
                    line.path("stable").path("version").asInt(),
                    line.has("canary")
                        ? Optional.of(
                            new Canary(
                                line.path("canary").path("version").asInt(),
                                line.path("canary").path("percent").asDouble()))
                        : Optional.empty(),
                    endpoint()))
        .toList();
  }

  @Override
  public List<Counted> counted(String modelLine) {
    HttpResponse<String> response =
        send(HttpRequest.newBuilder(address.resolve("/metrics")).timeout(ASKING).GET().build());
    if (response.statusCode() != 200) {
      throw LyceumException.external(
          "The metrics at " + address + " answer with status " + response.statusCode() + ".");
    }
    return ServerMetrics.read(response.body(), modelLine);
  }

  private ObjectNode model(String modelLine, int version, ModelArtifact model) {
    return json.createObjectNode()
        .put("directory", files.apply(model).toString())
        .put("name", modelLine)
        .put("version", version)
        .put("digest", model.digest());
  }

  private boolean isCanary(String modelLine, int version, String digest) {
    return lines()
        .map(line -> line.path("canary"))
        .anyMatch(
            canary ->
                canary.path("name").asText().equals(modelLine)
                    && canary.path("version").asInt() == version
                    && canary.path("digest").asText().equals(digest));
  }

  /** Every model in service with its canary; none where the server refuses to say. */
  private Stream<JsonNode> lines() {
    HttpResponse<String> response = send(admin("/admin/models", ASKING).GET().build());
    if (response.statusCode() != 200) {
      return Stream.empty();
    }
    return read(response.body()).path("models").valueStream();
  }

  private HttpResponse<String> post(String path, ObjectNode body) {
    return send(
        admin(path, LOADING)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
            .build());
  }

  private URI accepted(HttpResponse<String> response, String modelLine, int version) {
    return switch (response.statusCode()) {
      case 200 -> endpoint();
      case 401, 403 ->
          throw LyceumException.user(
              "The inference server at "
                  + address
                  + " refuses the administration token. Give the server and the worker the same LYCEUM_ADMIN_TOKEN"
                  + " (serving.adminToken in the settings).");
      default ->
          throw LyceumException.external(
              "The inference server at "
                  + address
                  + " did not take version "
                  + version
                  + " of "
                  + modelLine
                  + ": status "
                  + response.statusCode()
                  + ", "
                  + response.body());
    };
  }

  @Override
  public Optional<Served> served() {
    HttpResponse<String> response;
    try {
      response = send(admin("/admin/model", ASKING).GET().build());
    } catch (LyceumException unreachable) {
      return Optional.empty();
    }
    if (response.statusCode() != 200) {
      return Optional.empty();
    }
    JsonNode served = read(response.body());
    return served.hasNonNull("name")
        ? Optional.of(
            new Served(
                served.get("name").asText(),
                served.path("version").asInt(),
                served.path("digest").asText(),
                endpoint()))
        : Optional.empty();
  }

  private JsonNode read(String body) {
    try {
      return json.readTree(body);
    } catch (JsonProcessingException e) {
      throw LyceumException.external(
          "What answers at " + address + " is not Lyceum's inference server.", e);
    }
  }

  private URI endpoint() {
    return address.resolve("/v1");
  }

  private HttpRequest.Builder admin(String path, Duration timeout) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address.resolve(path))
            .timeout(timeout)
            .header("Authorization", "Bearer " + adminToken);
    TraceHeaders.current().forEach(request::header);
    return request;
  }

  private HttpResponse<String> send(HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw LyceumException.external(
          "The inference server at "
              + address
              + " cannot be reached ("
              + e
              + "). Start it with ./lyceum up.",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external(
          "Interrupted while talking to the inference server at " + address + ".", e);
    }
  }
}
