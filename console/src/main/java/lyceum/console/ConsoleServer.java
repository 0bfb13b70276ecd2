package lyceum.console;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import lyceum.console.Runs.RunNotFoundException;
import lyceum.core.LyceumException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The console's HTTP server: {@code /}, {@code /api/v1/runs}, {@code /healthz}. It knows no users
 * yet, so it listens on the loopback address only and answers only to its names.
 */
public final class ConsoleServer implements AutoCloseable {
  private static final Logger logger = LoggerFactory.getLogger(ConsoleServer.class);
  private static final int RUNS_ON_PAGE = 10;

  // A page elsewhere may point its own name at 127.0.0.1 to read from here through a visitor's
  // browser.
  private static final Set<String> HOSTS = Set.of("127.0.0.1", "localhost", "[::1]");

  private final WebServer server;

  private ConsoleServer(WebServer server) {
    this.server = server;
  }

  /**
   * A listening server.
   *
   * @param port 0 for any free one
   * @throws LyceumException of category RESOURCE when the port is taken
   */
  public static ConsoleServer start(int port, Runs runs, InstantSource clock) {
    WebServer server =
        WebServer.builder()
            .host("127.0.0.1")
            .port(port)
            .shutdownHook(false)
            .routing(routing -> route(routing, runs, clock))
            .build();
    server.start();
    // A port that cannot be had is logged by Helidon, not thrown.
    if (!server.isRunning()) {
      throw LyceumException.resource(
          "The console cannot listen on 127.0.0.1:"
              + port
              + ". Another program may hold the port; set LYCEUM_CONSOLE_PORT to a free one.");
    }
    return new ConsoleServer(server);
  }

  public URI address() {
    return URI.create("http://127.0.0.1:" + server.port());
  }

  /** Finishes the requests in flight and stops. */
  @Override
  public void close() {
    server.stop();
  }

  private static void route(HttpRouting.Builder routing, Runs runs, InstantSource clock) {
    String style = resource("style.css");
    routing
        .addFilter(ConsoleServer::guard)
        .get(
            "/healthz",
            (request, response) -> {
              response.header(HeaderValues.CONTENT_TYPE_JSON);
              response.send("{\"status\":\"ok\"}");
            })
        .register("/api/v1/runs", new RunsApi(runs))
        .get("/", (request, response) -> page(request, response, runs, clock))
        .get(
            "/style.css",
            (request, response) -> {
              response.header(
                  HeaderValues.create(HeaderNames.CONTENT_TYPE, "text/css; charset=utf-8"));
              response.send(style);
            })
        .any(
            (request, response) ->
                Problem.notFound("There is nothing at " + request.path().path() + ".")
                    .send(response))
        .error(
            RunNotFoundException.class,
            (request, response, e) ->
                Problem.notFound(Objects.toString(e.getMessage())).send(response))
        .error(LyceumException.class, (request, response, e) -> problem(e).send(response))
        .error(
            HttpException.class,
            (request, response, e) ->
                new Problem(
                        e.status().reasonPhrase(),
                        e.status().code(),
                        Objects.toString(e.getMessage()),
                        "invalid_request")
                    .send(response))
        .error(
            Exception.class,
            (request, response, e) -> {
              logger.error("{} {} failed", request.prologue().method(), request.path().path(), e);
              new Problem("Internal error", 500, "The console's log tells more.", "internal")
                  .send(response);
            });
  }

  private static void guard(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    response.header(HeaderValues.create("X-Content-Type-Options", "nosniff"));
    response.header(HeaderValues.create("Referrer-Policy", "no-referrer"));
    response.header(HeaderValues.create("Cache-Control", "no-store"));
    response.header(
        HeaderValues.create(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"));
    String host = request.authority().replaceFirst(":\\d+$", "");
    if (HOSTS.contains(host)) {
      chain.proceed();
    } else {
      new Problem(
              "Forbidden",
              403,
              "The console has no login yet and answers only as 127.0.0.1 or localhost, not as '"
                  + host
                  + "'.",
              "forbidden_host")
          .send(response);
    }
  }

  private static void page(
      ServerRequest request, ServerResponse response, Runs runs, InstantSource clock) {
    RunPage page = runs.list(RUNS_ON_PAGE, request.query().first("page_token").orElse(""));
    String html = RunsPage.html(views(runs, page), page.nextPageToken(), clock.instant());
    response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, "text/html; charset=utf-8"));
    response.send(html);
  }

  /** Asks every run at once: one that nobody answers for must not hold up the others. */
  private static List<RunView> views(Runs runs, RunPage page) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<RunView>> asked = new ArrayList<>();
      for (RunSummary run : page.runs()) {
        asked.add(threads.submit(() -> runs.get(run.runId())));
      }
      List<RunView> views = new ArrayList<>();
      for (int i = 0; i < asked.size(); i++) {
        views.add(view(page.runs().get(i), asked.get(i)));
      }
      return views;
    }
  }

  private static RunView view(RunSummary run, Future<RunView> asked) {
    try {
      return asked.get();
    } catch (java.util.concurrent.ExecutionException e) {
      Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
      logger.warn("Run {} could not be read", run.runId(), cause);
      return new RunView(run, null, Objects.toString(cause.getMessage()), java.util.Map.of());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.resource(
          "Interrupted while run " + run.runId() + " was asked for its status.", e);
    }
  }

  private static Problem problem(LyceumException e) {
    String detail = Objects.toString(e.getMessage());
    return switch (e.category()) {
      case USER -> new Problem("Invalid request", 400, detail, "invalid_request");
      case RESOURCE, EXTERNAL -> new Problem("Unavailable", 503, detail, "unavailable");
      case INTERNAL -> {
        logger.error("A request failed", e);
        yield new Problem("Internal error", 500, detail, "internal");
      }
    };
  }

  private static String resource(String name) {
    try (InputStream in = ConsoleServer.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw LyceumException.internal(
          "Cannot read the console's own " + name + ": " + e.getMessage(), e);
    }
  }
}
