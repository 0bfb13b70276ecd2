package lyceum.connectors.serving;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import lyceum.connectors.settings.Settings;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelServer;

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
    Path directory = files.apply(model);
    String body =
        json.createObjectNode()
            .put("directory", directory.toString())
            .put("name", modelLine)
            .put("version", version)
            .put("digest", model.digest())
            .toString();
    HttpResponse<String> response =
        send(
            admin(LOADING)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    switch (response.statusCode()) {
      case 200 -> {
        return endpoint();
      }
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
    }
  }

  @Override
  public Optional<Served> served() {
    HttpResponse<String> response;
    try {
      response = send(admin(ASKING).GET().build());
    } catch (LyceumException unreachable) {
      return Optional.empty();
    }
    if (response.statusCode() != 200) {
      return Optional.empty();
    }
    try {
      JsonNode served = json.readTree(response.body());
      return served.hasNonNull("name")
          ? Optional.of(
              new Served(
                  served.get("name").asText(),
                  served.path("version").asInt(),
                  served.path("digest").asText(),
                  endpoint()))
          : Optional.empty();
    } catch (JsonProcessingException e) {
      throw LyceumException.external(
          "What answers at " + address + " is not Lyceum's inference server.", e);
    }
  }

  private URI endpoint() {
    return address.resolve("/v1");
  }

  private HttpRequest.Builder admin(Duration timeout) {
    return HttpRequest.newBuilder(address.resolve("/admin/model"))
        .timeout(timeout)
        .header("Authorization", "Bearer " + adminToken);
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
