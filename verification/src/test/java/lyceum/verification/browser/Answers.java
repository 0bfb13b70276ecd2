package lyceum.verification.browser;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import lyceum.console.Pages;

/**
 * The console's pages over answers of the API that are written down, so that a page can be brought
 * into any state: thousands of events, hostile text, a session that ends.
 */
final class Answers implements AutoCloseable {
  private static final String API = "/api/v1";
  private static final int POINTS_AN_EVENT = 50;

  private final JsonNode answers;
  private final WebServer server;
  private final AtomicBoolean session = new AtomicBoolean();
  private final AtomicLong points = new AtomicLong();
  private final AtomicLong wanted = new AtomicLong();
  private final AtomicInteger listeners = new AtomicInteger();
  private final List<String> changes = new CopyOnWriteArrayList<>();

  Answers() {
    try (InputStream in = Answers.class.getResourceAsStream("answers.json")) {
      answers = new ObjectMapper().readTree(Objects.requireNonNull(in, "answers.json"));
    } catch (IOException e) {
      throw new AssertionError("answers.json cannot be read", e);
    }
    server = WebServer.builder().host("127.0.0.1").port(0).routing(this::route).build().start();
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.port());
  }

  /** What was POSTed, as "path body". */
  List<String> changes() {
    return List.copyOf(changes);
  }

  /** Lets so many more points of curves go out to whoever listens; pages read them in batches. */
  void sendPoints(long more) {
    wanted.addAndGet(more);
  }

  /** Points that went out so far. */
  long pointsSent() {
    return points.get();
  }

  /** Pages that hold an event stream open. */
  int eventStreams() {
    return listeners.get();
  }

  /** Every session is over. */
  void forgetSessions() {
    session.set(false);
  }

  @Override
  public void close() {
    server.stop();
  }

  private void route(HttpRouting.Builder routing) {
    routing
        .addFilter(
            (chain, request, response) -> {
              response.header(
                  HeaderValues.create("Content-Security-Policy", Pages.CONTENT_SECURITY_POLICY));
              chain.proceed();
            })
        .post(API + "/session", (request, response) -> logIn(request, response))
        .get(API + "/runs/{id}/events", (request, response) -> events(response))
        .any(API + "/*", this::answer)
        .register("/", Pages.service());
  }

  private void logIn(ServerRequest request, ServerResponse response) {
    if (request.content().as(String.class).contains("wrong")) {
      problem(response, Status.UNAUTHORIZED_401, "Name and password do not fit.");
      return;
    }
    session.set(true);
    json(response, answers.path("GET /session"));
  }

  private void answer(ServerRequest request, ServerResponse response) {
    String path = request.path().path().substring(API.length());
    String method = request.prologue().method().text();
    if (!session.get() && !path.equals("/session/providers")) {
      problem(response, Status.UNAUTHORIZED_401, "Log in first.");
      return;
    }
    if (!method.equals("GET")) {
      changes.add(path + " " + request.content().as(String.class));
    }
    JsonNode answer = answers.path(method + " " + path);
    if (!answer.isMissingNode()) {
      json(response, answer);
    } else if (method.equals("GET")) {
      problem(response, Status.NOT_FOUND_404, "There is nothing at " + path + ".");
    } else {
      response.status(Status.NO_CONTENT_204).send();
    }
  }

  /** Curves of one key, faster than any model learns, as long as points are wanted. */
  private void events(ServerResponse response) {
    response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, "text/event-stream"));
    listeners.incrementAndGet();
    try (OutputStream out = response.outputStream()) {
      out.write(":ok\n\n".getBytes(StandardCharsets.UTF_8));
      out.flush();
      while (server.isRunning()) {
        if (points.get() < wanted.get()) {
          out.write(batch().getBytes(StandardCharsets.UTF_8));
        } else {
          out.write(":\n\n".getBytes(StandardCharsets.UTF_8));
        }
        out.flush();
        Thread.sleep(10);
      }
    } catch (IOException e) {
      // The page was left.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      listeners.decrementAndGet();
    }
  }

  private String batch() {
    StringBuilder event = new StringBuilder("event: metrics\ndata: [");
    for (int i = 0; i < POINTS_AN_EVENT; i++) {
      long step = 10_000 + points.incrementAndGet();
      event
          .append(i == 0 ? "" : ",")
          .append("{\"stage\":\"pretraining\",\"key\":\"train/loss\",\"step\":")
          .append(step)
          .append(",\"time\":\"")
          .append(Instant.now())
          .append("\",\"value\":")
          .append(2 + Math.sin(step / 100.0))
          .append('}');
    }
    return event
        .append("]\n\nevent: log\ndata: {\"time\":\"")
        .append(Instant.now())
        .append("\",\"level\":\"INFO\",\"message\":\"<img src=x onerror=boom()>\"}\n\n")
        .toString();
  }

  private static void json(ServerResponse response, JsonNode body) {
    response.header(HeaderValues.CONTENT_TYPE_JSON);
    response.send(body.toString());
  }

  private static void problem(ServerResponse response, Status status, String detail) {
    response.status(status);
    response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, "application/problem+json"));
    response.send(
        "{\"title\":\""
            + status.reasonPhrase()
            + "\",\"status\":"
            + status.code()
            + ",\"detail\":\""
            + detail
            + "\",\"code\":\"told\"}");
  }
}
