package lyceum.serving;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.signing.TrustedKeys;
import lyceum.model.inference.WeightPrecision;
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
      "                      without it the served model cannot be changed over HTTP",
      "  LYCEUM_LOG_FORMAT   text, or json: each line an object, with trace_id and request_id",
      "  OTEL_EXPORTER_OTLP_ENDPOINT",
      "                      where the spans of requests are sent, and the other OTEL_ variables"
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
      names = "--draft",
      paramLabel = "DIR",
      description =
          "Folder of a smaller model with the same tokenizer, for example the distilled student: it"
              + " proposes tokens that the model checks several at a time.")
  private @Nullable Path draft;

  @Option(
      names = "--precision",
      defaultValue = "${env:LYCEUM_SERVING_PRECISION:-F32}",
      description =
          "How weights are kept: F32, BF16 or INT8 (default ${DEFAULT-VALUE}). Half and a quarter of"
              + " the memory, and nearly twice and four times the speed of a single answer.")
  private WeightPrecision precision = WeightPrecision.F32;

  @Option(
      names = "--trusted-keys",
      paramLabel = "FILE",
      split = ",",
      defaultValue = "${env:LYCEUM_SIGNING_TRUSTED:-" + Option.NULL_VALUE + "}",
      description =
          "Public keys (PEM, commas between) whose signatures of models hold; a model with another"
              + " signature, or a false one, is refused. Without it none is looked at.")
  private @Nullable List<Path> trustedKeys;

  @Option(
      names = "--require-signature",
      arity = "0..1",
      fallbackValue = "true",
      defaultValue = "${env:LYCEUM_SIGNING_REQUIRED:-false}",
      description = "Refuse a model without a signature, too (default ${DEFAULT-VALUE}).")
  private boolean requireSignature;

  @Option(
      names = "--models",
      defaultValue = "4",
      description = "Models that may be in service at a time (default ${DEFAULT-VALUE}).")
  private int models;

  @Option(
      names = "--keys",
      paramLabel = "FILE",
      defaultValue = "${env:LYCEUM_SERVING_KEYS:-" + Option.NULL_VALUE + "}",
      description =
          "JSON list of the keys that may ask, with their limits; without it everybody may.")
  private @Nullable Path keys;

  @Option(
      names = "--placement",
      paramLabel = "FILE",
      defaultValue = "${env:LYCEUM_SERVING_PLACEMENT:-" + Option.NULL_VALUE + "}",
      description =
          "File on a volume that several servers share: what one of them is told to serve, all of them do,"
              + " and those started later. Without it a server knows what it was told alone.")
  private @Nullable Path placement;

  @Option(
      names = "--log",
      paramLabel = "DIR",
      defaultValue = "${env:LYCEUM_SERVING_LOG:-" + Option.NULL_VALUE + "}",
      description =
          "Folder for the records of exchanges and feedback, JSON lines, from which they are shipped to"
              + " object storage where there is one; texts only with consent and without personal"
              + " data. Without it nothing is kept.")
  private @Nullable Path log;

  @Option(
      names = "--running",
      defaultValue = "32",
      description = "Requests that are worked on at a time (default ${DEFAULT-VALUE}).")
  private int running;

  @Option(
      names = "--waiting",
      defaultValue = "256",
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
      names = "--patience",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description =
          "How long a request may take to arrive, from its first byte to its last; then it is refused with"
              + " 408 (default ${DEFAULT-VALUE}).")
  private long patienceSeconds;

  @Option(
      names = "--idle",
      paramLabel = "SECONDS",
      defaultValue = "75",
      description =
          "How long a connection is kept after an answer for the next request (default ${DEFAULT-VALUE}).")
  private long idleSeconds;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  private final Optional<Supplier<ArtifactStore>> storage;

  private Main(Optional<Supplier<ArtifactStore>> storage) {
    this.storage = storage;
  }

  /** Runs the server without object storage: its records stay in the folder. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Main(Optional.empty())).execute(args));
  }

  /**
   * Runs the server with object storage, to which its records are shipped.
   *
   * @param storage asked for only where records are kept
   * @return the exit code
   */
  public static int run(String[] args, Supplier<ArtifactStore> storage) {
    return new CommandLine(new Main(Optional.of(storage))).execute(args);
  }

  @Override
  public Integer call() throws InterruptedException {
    try {
      ServerSettings settings =
          new ServerSettings(
              host,
              port,
              adminToken(System.getenv()),
              running,
              waiting,
              Duration.ofSeconds(drainSeconds),
              Duration.ofSeconds(patienceSeconds),
              Duration.ofSeconds(idleSeconds),
              models,
              Optional.ofNullable(keys),
              Optional.ofNullable(placement));
      EngineSetup setup =
          EngineSetup.of(running, precision)
              .trusting(
                  TrustedKeys.read(
                      trustedKeys == null ? List.of() : trustedKeys, requireSignature));
      Optional<ServedModel> first =
          directory == null
              ? Optional.empty()
              : Optional.of(
                  ServedModel.load(
                      directory,
                      name,
                      version,
                      Optional.empty(),
                      Optional.ofNullable(draft),
                      setup));
      Optional<RecordFolder> records =
          Optional.ofNullable(log)
              .map(folder -> RecordFolder.open(folder, storage.map(Supplier::get)));
      Tracing tracing = Tracing.of(System.getenv());
      InferenceServer server =
          InferenceServer.start(
              settings,
              setup,
              first,
              records.map(ExchangeLog.class::cast).orElse(ExchangeLog.NONE),
              tracing);
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform()
                  .name("drain")
                  .unstarted(
                      () -> {
                        LOG.info("Draining {} requests", server.present());
                        server.close();
                        records.ifPresent(RecordFolder::close);
                        tracing.close();
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
