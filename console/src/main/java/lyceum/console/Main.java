package lyceum.console;

import java.time.InstantSource;
import java.util.Map;
import lyceum.application.temporal.TemporalConnection;
import lyceum.connectors.settings.Settings;
import lyceum.console.api.Services;
import lyceum.core.LyceumException;

/**
 * Starts the console over the servers that {@link Settings} name, and stops it on SIGTERM. Its own
 * settings are those of {@code ConsoleSettings}.
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
    ConsoleSettings own = ConsoleSettings.of(environment, settings.home());
    InstantSource clock = InstantSource.system();
    Console console =
        Console.start(
            own,
            Services.of(
                settings,
                TemporalConnection.open(settings, "lyceum-console"),
                own.recipes(),
                own.temporalPages(),
                clock),
            clock);
    Runtime.getRuntime().addShutdownHook(new Thread(console::close));
    System.out.println("Console: " + console.address());
  }
}
