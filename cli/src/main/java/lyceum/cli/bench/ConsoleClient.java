package lyceum.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import lyceum.core.LyceumException;

/** A browser that is signed in at a console. */
final class ConsoleClient {
  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final URI console;
  private final String cookie;
  private final String csrf;

  private ConsoleClient(URI console, Path home) throws IOException, InterruptedException {
    this.console = console;
    String token = Files.readString(home.resolve("console").resolve("login-token")).strip();
    HttpResponse<String> session =
        http.send(
            HttpRequest.newBuilder(URI.create(console + "/api/v1/session"))
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        JsonNodeFactory.instance.objectNode().put("token", token).toString()))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    this.cookie = session.headers().firstValue("Set-Cookie").orElse("").split(";")[0];
    this.csrf = json.readTree(session.body()).path("csrfToken").asText();
  }

  /** Signs in with the link that the console leaves in its home. */
  static ConsoleClient signIn(URI console, Path home) {
    try {
      return new ConsoleClient(console, home);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** What the path answers, which must be well. */
  String get(String path) {
    return send(request(path).build());
  }

  JsonNode read(String path) {
    try {
      return json.readTree(get(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void post(String path, String body) {
    send(
        request(path)
            .header("X-CSRF-Token", csrf)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  /** Lines of an event stream as they come; closing it closes the connection. */
  Stream<String> events(String path) {
    try {
      HttpResponse<Stream<String>> answer =
          http.send(request(path).build(), HttpResponse.BodyHandlers.ofLines());
      if (answer.statusCode() != 200) {
        answer.body().close();
        throw LyceumException.internal(path + " answered with status " + answer.statusCode() + ".");
      }
      return answer.body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(console + path)).header("Cookie", cookie);
  }

  private String send(HttpRequest request) {
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() / 100 != 2) {
        throw LyceumException.internal(
            request.uri().getPath()
                + " answered with status "
                + answer.statusCode()
                + ": "
                + answer.body());
      }
      return answer.body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  static LyceumException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return LyceumException.external("Interrupted while the console was measured.", e);
  }
}
