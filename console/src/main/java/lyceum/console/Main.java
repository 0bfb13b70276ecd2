package lyceum.console;

import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.net.URI;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import lyceum.connectors.settings.Settings;
import lyceum.contracts.Payloads;
import lyceum.core.LyceumException;

/**
 * Starts the console over the servers that {@link Settings} name, and stops it on SIGTERM.
 *
 * <p>{@code LYCEUM_CONSOLE_PORT} is its port, 8090 when unset. {@code LYCEUM_TEMPORAL_PAGES} is the
 * address of Temporal's own pages; runs link to them where it is set.
 */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    try {
      start(System.getenv());
    } catch (LyceumException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private static void start(Map<String, String> environment) {
    Settings settings = Settings.load(environment);
    int port = port(environment.getOrDefault("LYCEUM_CONSOLE_PORT", "8090"));
    Optional<URI> temporalPages =
        Optional.ofNullable(environment.get("LYCEUM_TEMPORAL_PAGES")).map(Main::address);
    WorkflowServiceStubs temporal =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(settings.temporalAddress()).build());
    WorkflowClient client =
        WorkflowClient.newInstance(
            temporal,
            WorkflowClientOptions.newBuilder()
                .setNamespace(settings.temporalNamespace())
                .setDataConverter(Payloads.dataConverter())
                .build());
    ConsoleServer server =
        ConsoleServer.start(
            port,
            new TemporalRuns(client, temporalPages, Optional.of(settings.tracking().uri())),
            InstantSource.system());
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.close();
                  temporal.shutdown();
                }));
    System.out.println(
        "Console: " + server.address() + " over Temporal at " + settings.temporalAddress());
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= 65535) {
        return port;
      }
    } catch (NumberFormatException e) {
      throw wrongPort(text);
    }
    throw wrongPort(text);
  }

  private static LyceumException wrongPort(String text) {
    return LyceumException.user(
        "LYCEUM_CONSOLE_PORT is '" + text + "'. A port from 0 to 65535 is expected.");
  }

  private static URI address(String text) {
    try {
      return URI.create(text.replaceFirst("/+$", ""));
    } catch (IllegalArgumentException e) {
      throw LyceumException.user(
          "LYCEUM_TEMPORAL_PAGES is '"
              + text
              + "'. An address such as http://127.0.0.1:8233 is expected.",
          e);
    }
  }
}
