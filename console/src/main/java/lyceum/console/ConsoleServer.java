package lyceum.console;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import lyceum.console.http.Api;
import lyceum.console.http.Problem;
import lyceum.core.LyceumException;
import lyceum.web.TimedConnections;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP server: the API under {@code /api/v1}, everything else the pages. */
final class ConsoleServer implements AutoCloseable {
  private static final Logger logger = LoggerFactory.getLogger(ConsoleServer.class);
  private static final String NOTHING =
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final Duration IDLE = Duration.ofSeconds(75);

  private final WebServer server;
  private final String host;

  private ConsoleServer(WebServer server, String host) {
    this.server = server;
    this.host = host;
  }

  static ConsoleServer start(ConsoleSettings settings, Api api, Optional<OidcPages> oidc) {
    Set<String> hosts = settings.hosts();
    WebServerConfig.Builder web =
        WebServer.builder()
            .host(settings.host())
            .port(settings.port())
            .shutdownHook(false)
            .maxPayloadSize(2L * Api.MAX_BODY)
            .routing(routing -> route(routing, hosts, api, oidc));
    TimedConnections.limit(web, settings.patience(), IDLE);
    WebServer server = web.build();
    server.start();
    // A port that cannot be had is logged by Helidon, not thrown.
    if (!server.isRunning()) {
      throw LyceumException.resource(
          "The console cannot listen on "
              + settings.host()
              + ":"
              + settings.port()
              + ". Another program may hold the port; set LYCEUM_CONSOLE_PORT to a free one.");
    }
    return new ConsoleServer(server, settings.host());
  }

  URI address() {
    return URI.create("http://" + host + ":" + server.port());
  }

  /** Finishes the requests in flight and stops. */
  @Override
  public void close() {
    server.stop();
  }

  private static void route(
      HttpRouting.Builder routing, Set<String> hosts, Api api, Optional<OidcPages> oidc) {
    routing
        .addFilter((chain, request, response) -> guard(chain, request, response, hosts))
        .register("/api/v1", api)
        .any(
            "/api/*",
            (request, response) ->
                Api.send(
                    response,
                    Problem.of(404, "not_found", "The API is at /api/v1; there is nothing here.")));
    oidc.ifPresent(pages -> routing.register("/login/oidc", pages));
    routing
        .get(
            "/healthz",
            (request, response) -> {
              response.header(HeaderValues.CONTENT_TYPE_JSON);
              response.send("{\"status\":\"ok\"}");
            })
        .register("/", Pages.service())
        .error(
            HttpException.class,
            (request, response, e) ->
                Api.send(
                    response,
                    Problem.of(
                        e.status().code(), "invalid_request", Objects.toString(e.getMessage()))))
        .error(
            Exception.class,
            (request, response, e) -> {
              logger.error("{} {} failed", request.prologue().method(), request.path().path(), e);
              Api.send(response, Problem.of(500, "internal", "The console's log tells more."));
            });
  }

  private static void guard(
      FilterChain chain, RoutingRequest request, RoutingResponse response, Set<String> hosts) {
    boolean page = !request.path().path().startsWith("/api/");
    header(response, "X-Content-Type-Options", "nosniff");
    header(response, "X-Frame-Options", "DENY");
    header(response, "Referrer-Policy", "no-referrer");
    header(response, "Cross-Origin-Opener-Policy", "same-origin");
    header(response, "Cross-Origin-Resource-Policy", "same-origin");
    header(response, "Cache-Control", page ? "no-cache" : "no-store");
    header(response, "Content-Security-Policy", page ? Pages.CONTENT_SECURITY_POLICY : NOTHING);
    String host = request.authority().replaceFirst(":\\d+$", "");
    if (hosts.contains(host)) {
      chain.proceed();
    } else {
      Api.send(
          response,
          Problem.of(
              403,
              "forbidden_host",
              "The console answers as "
                  + hosts
                  + ", not as '"
                  + host
                  + "'. LYCEUM_CONSOLE_URL names the address under which people reach it."));
    }
  }

  private static void header(RoutingResponse response, String name, String value) {
    response.header(HeaderValues.create(HeaderNames.create(name), value));
  }
}
