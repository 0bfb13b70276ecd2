package lyceum.serving;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the inference server until it is told to stop. */
@Command(
    name = "lyceum-serving",
    description = "Answers chats in the OpenAI style over HTTP until SIGTERM.",
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  LYCEUM_ADMIN_TOKEN  bearer token of /admin/model (or LYCEUM_SERVING_ADMIN_TOKEN);",
      "                      without it the served model cannot be changed over HTTP"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:stopped after draining",
      "1:failed",
      "2:wrong options, or a model that cannot be served",
      "3:the port is taken, or memory or disk is short"
    })
public final class Main implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);
  private static final int FAILED = 1;
  private static final int WRONG = 2;
  private static final int SHORT = 3;

  @Option(
      names = "--host",
      defaultValue = "${env:LYCEUM_SERVING_HOST:-127.0.0.1}",
      description = "Address to listen on (default ${DEFAULT-VALUE}).")
  private String host = "";

  @Option(
      names = "--port",
      defaultValue = "${env:LYCEUM_SERVING_PORT:-8080}",
      description = "Port to listen on; 0 takes a free one (default ${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description =
          "Folder of the model to serve at first; without it the server waits for POST /admin/model.")
  private @Nullable Path directory;

  @Option(
      names = "--name",
      defaultValue = "lyceum",
      description = "The model's name (default ${DEFAULT-VALUE}).")
  private String name = "";

  // Not the usual print-my-version: here it is the model that has versions.
  @Option(
      names = "--version",
      defaultValue = "0",
      description = "The model's version (default ${DEFAULT-VALUE}).")
  private int version;

  @Option(
      names = "--running",
      defaultValue = "0",
      description = "Requests that generate at a time (default: one a processor).")
  private int running;

  @Option(
      names = "--waiting",
      defaultValue = "64",
      description =
          "Requests that may wait for their turn; more are refused with 429 (default ${DEFAULT-VALUE}).")
  private int waiting;

  @Option(
      names = "--drain",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description =
          "How long requests in flight may take after SIGTERM (default ${DEFAULT-VALUE}).")
  private long drainSeconds;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }

  @Override
  public Integer call() throws InterruptedException {
    try {
      ServerSettings settings =
          new ServerSettings(
              host,
              port,
              adminToken(System.getenv()),
              running == 0 ? Runtime.getRuntime().availableProcessors() : running,
              waiting,
              Duration.ofSeconds(drainSeconds));
      Optional<ServedModel> first =
          directory == null
              ? Optional.empty()
              : Optional.of(ServedModel.load(directory, name, version, Optional.empty()));
      InferenceServer server = InferenceServer.start(settings, first);
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform()
                  .name("drain")
                  .unstarted(
                      () -> {
                        LOG.info("Draining {} requests", server.present());
                        server.close();
                        LOG.info("Stopped");
                        // A process ended by SIGTERM would report 143; a drained one ended well.
                        Runtime.getRuntime().halt(0);
                      }));
      Thread.currentThread().join();
      return 0;
    } catch (LyceumException e) {
      LOG.error("{}", e.getMessage());
      return switch (e.category()) {
        case USER -> WRONG;
        case RESOURCE -> SHORT;
        case INTERNAL, EXTERNAL -> FAILED;
      };
    }
  }

  private static Optional<String> adminToken(Map<String, String> environment) {
    return Stream.of("LYCEUM_ADMIN_TOKEN", "LYCEUM_SERVING_ADMIN_TOKEN")
        .map(variable -> environment.getOrDefault(variable, ""))
        .filter(token -> !token.isBlank())
        .findFirst();
  }
}
