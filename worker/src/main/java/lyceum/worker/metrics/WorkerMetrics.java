package lyceum.worker.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.uber.m3.tally.RootScopeBuilder;
import com.uber.m3.tally.Scope;
import com.uber.m3.tally.ScopeCloseException;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.DiskSpaceMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.temporal.common.interceptors.WorkerInterceptor;
import io.temporal.common.reporter.MicrometerClientStatsReporter;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Executors;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A worker's figures, and the page {@code /metrics} where Prometheus fetches them. */
public final class WorkerMetrics implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerMetrics.class);

  /** Temporal's SDK collects in between; Prometheus seldom asks more often. */
  private static final double REPORT_SECONDS = 5;

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics garbage = new JvmGcMetrics();
  private final Scope scope;
  private final WorkerInterceptor activities;
  private @Nullable HttpServer server;

  /**
   * @param home the folder whose disk is watched
   */
  public WorkerMetrics(Path home, Clock clock) {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    new DiskSpaceMetrics(home.toFile()).bindTo(registry);
    garbage.bindTo(registry);
    GpuMetrics.find().ifPresent(gpus -> gpus.bindTo(registry));
    scope =
        new RootScopeBuilder()
            .reporter(new MicrometerClientStatsReporter(registry))
            .reportEvery(com.uber.m3.util.Duration.ofSeconds(REPORT_SECONDS));
    activities = new ActivityMetrics(registry, clock);
  }

  /** Where Temporal's SDK counts: polls, queue latencies, workflow and activity executions. */
  public Scope scope() {
    return scope;
  }

  /** Counts activities and follows their heartbeats. */
  public WorkerInterceptor activities() {
    return activities;
  }

  /**
   * Serves the page.
   *
   * @param address HOST:PORT; port 0 takes a free one
   * @return the port
   * @throws LyceumException RESOURCE when the port is taken
   */
  public int listen(String address) {
    int colon = address.lastIndexOf(':');
    try {
      HttpServer listening =
          HttpServer.create(
              new InetSocketAddress(
                  InetAddress.getByName(address.substring(0, colon)),
                  Integer.parseInt(address.substring(colon + 1))),
              0);
      listening.createContext(
          "/metrics", exchange -> answer(exchange, "text/plain; version=0.0.4", page()));
      listening.createContext("/health", exchange -> answer(exchange, "text/plain", "OK\n"));
      listening.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      listening.start();
      server = listening;
      return listening.getAddress().getPort();
    } catch (IOException e) {
      throw LyceumException.resource(
          "The worker's metrics cannot be served at "
              + address
              + ": "
              + e.getMessage()
              + ". metrics.listen sets the address; empty serves none.",
          e);
    }
  }

  /** The page in Prometheus' text format. */
  public String page() {
    return registry.scrape();
  }

  private static void answer(HttpExchange exchange, String type, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(200, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  @Override
  public void close() {
    Optional.ofNullable(server).ifPresent(listening -> listening.stop(0));
    try {
      scope.close();
    } catch (ScopeCloseException e) {
      LOG.warn("Temporal's last figures were not counted: {}", e.toString());
    }
    garbage.close();
    registry.close();
  }
}
