package lyceum.cli.stack;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.cli.screen.Screen;
import lyceum.cli.screen.Steps;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.contracts.SearchKeys;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/** The servers of this installation as processes of this machine. */
public final class LocalStack {
  private static final Duration START_PATIENCE = Duration.ofSeconds(60);
  // MLflow's first start makes its tables; half a minute on a busy machine.
  private static final Duration TRACKING_PATIENCE = Duration.ofSeconds(180);
  // A draining worker gives running steps 30 seconds.
  private static final Duration WORKER_STOP_PATIENCE = Duration.ofSeconds(45);

  private final Installation installation;
  private final StateFolder folder;
  private final Path install;
  private final Map<String, String> environment;
  private final Screen screen;
  private final Health health = new Health();
  private final Launches launches;

  /**
   * @param install folder of the repository
   */
  public LocalStack(
      Installation installation, Path install, Map<String, String> environment, Screen screen) {
    this.installation = installation;
    this.folder = installation.folder();
    this.install = install;
    this.environment = environment;
    this.screen = screen;
    this.launches = new Launches(folder);
  }

  /** What to bring up. */
  public enum Scope {
    /** Only the servers that others make. */
    SERVERS,
    /** These and the console. */
    CONSOLE,
    /** These, the model server and the worker. */
    EVERYTHING
  }

  /**
   * Installs what is missing, starts what does not run, prepares what is new. What runs already is
   * left alone, except a worker of an older build, which is drained and replaced.
   *
   * @return the settings that hold now
   */
  public Settings up(Scope scope) {
    try (StateFolder.Hold hold = folder.hold();
        Steps steps = new Steps(screen);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Settings settings = installation.settle();
      checkPorts(scope);
      Tools tools = new Tools(folder, environment);

      CompletableFuture<Void> storage =
          start(threads, steps, Server.STORAGE, () -> storage(tools, settings, steps));
      CompletableFuture<Void> temporal =
          start(threads, steps, Server.TEMPORAL, () -> temporal(tools, settings, steps));
      CompletableFuture<Void> tracking =
          start(threads, steps, Server.TRACKING, () -> tracking(tools, settings, steps, storage));
      List<CompletableFuture<Void>> all = new ArrayList<>(List.of(storage, temporal, tracking));
      CompletableFuture<Void> first = CompletableFuture.allOf(storage, temporal, tracking);
      if (scope != Scope.SERVERS) {
        Application pages = Application.prepare(install, "console", folder);
        all.add(
            start(
                threads,
                steps,
                Server.CONSOLE,
                () -> {
                  awaitOthers(first);
                  console(pages, settings, steps);
                }));
      }
      if (scope == Scope.EVERYTHING) {
        Application application = Application.prepare(install, "worker", folder);
        CompletableFuture<Void> serving =
            start(
                threads,
                steps,
                Server.SERVING,
                () ->
                    serving(
                        application, settings, steps, CompletableFuture.allOf(storage, tracking)));
        all.add(serving);
        all.add(
            start(
                threads,
                steps,
                Server.WORKER,
                () -> {
                  awaitOthers(first);
                  worker(application, settings, steps);
                }));
      }
      finish(all);
      return settings;
    }
  }

  private CompletableFuture<Void> start(
      ExecutorService threads, Steps steps, Server server, Runnable work) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            work.run();
          } catch (Skipped e) {
            steps.done(server.title(), false, "not started, since what it needs did not start");
            throw e;
          } catch (RuntimeException e) {
            steps.done(server.title(), false, "failed");
            throw e;
          }
        },
        threads);
  }

  /** What it needs did not start; the reason is reported there. */
  private static final class Skipped extends RuntimeException {
    Skipped(Throwable cause) {
      super(cause);
    }
  }

  private static void awaitOthers(CompletableFuture<Void> others) {
    try {
      others.join();
    } catch (CompletionException e) {
      throw new Skipped(e);
    }
  }

  private static void finish(List<CompletableFuture<Void>> all) {
    @Nullable RuntimeException first = null;
    for (CompletableFuture<Void> one : all) {
      try {
        one.join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof RuntimeException cause && !(cause instanceof Skipped)) {
          if (first == null) {
            first = cause;
          } else {
            first.addSuppressed(cause);
          }
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  /**
   * Refuses before anything is installed when another program holds a port that is about to be
   * needed.
   */
  private void checkPorts(Scope scope) {
    List<String> taken = new ArrayList<>();
    for (Server server : Server.values()) {
      boolean needed =
          scope == Scope.EVERYTHING
              || !server.setting().isEmpty()
              || (scope == Scope.CONSOLE && server == Server.CONSOLE);
      if (!needed
          || !installation.manages(server)
          || ComposeStack.contains(folder, server)
          || launches.running(server).isPresent()) {
        continue;
      }
      installation
          .ports()
          .named(server)
          .forEach(
              (name, port) -> {
                if (!PortHolder.isFree(port)) {
                  taken.add("port " + port + " (" + name + ") is held by " + PortHolder.of(port));
                }
              });
    }
    if (!taken.isEmpty()) {
      throw new RequestFailure(
          Outcome.CONFLICT,
          "Cannot start: "
              + String.join("; ", taken)
              + ". Stop that program, or choose other ports with ./lyceum up --ports BASE (or the variable "
              + Ports.BASE_VARIABLE
              + "); the base is "
              + (installation.ports().temporal() - 33)
              + " now.");
    }
  }

  // Each server: found or installed, started, well, prepared.

  private void storage(Tools tools, Settings settings, Steps steps) {
    String name = Server.STORAGE.title();
    URI endpoint = settings.storage().endpoint();
    if (!installation.manages(Server.STORAGE)) {
      steps.doing(name, "asking " + endpoint);
      new MinioArtifactStore(settings.storage()).getDocument("lyceum-reachable");
      steps.done(name, true, "is at " + endpoint + " (from the settings)");
      return;
    }
    Properties root = installation.storageRoot();
    if (ComposeStack.contains(folder, Server.STORAGE)) {
      Launches.awaitContainer(
          Server.STORAGE, START_PATIENCE, steps, () -> health.storage(endpoint));
      bootstrapStorage(settings, root, steps);
      steps.done(name, true, "runs at " + endpoint + " in a container");
      return;
    }
    steps.doing(name, "looking for it");
    Tool tool = tools.minio(what -> steps.doing(name, what));
    Ports ports = installation.ports();
    boolean started =
        launches.start(
            Server.STORAGE,
            tool,
            List.of(
                tool.program().toString(),
                "server",
                folder.data(Server.STORAGE).toString(),
                "--address",
                "127.0.0.1:" + ports.storage(),
                "--console-address",
                "127.0.0.1:" + ports.storageConsole()),
            Map.of(
                "MINIO_ROOT_USER",
                root.getProperty("user"),
                "MINIO_ROOT_PASSWORD",
                root.getProperty("password"),
                "MINIO_CI_CD",
                "1",
                "MINIO_UPDATE",
                "off"),
            steps,
            START_PATIENCE,
            () -> health.storage(endpoint));
    bootstrapStorage(settings, root, steps);
    steps.done(name, true, runs(started, tool, endpoint.toString()));
  }

  private static void bootstrapStorage(Settings settings, Properties root, Steps steps) {
    steps.doing(Server.STORAGE.title(), "making buckets and the key that may use them");
    MinioAdmin admin =
        new MinioAdmin(
            settings.storage().endpoint(),
            root.getProperty("user"),
            root.getProperty("password"),
            settings.storage().region(),
            new SecureRandom());
    List<String> buckets = List.of(settings.storage().bucket(), trackingBucket(settings));
    buckets.forEach(admin::makeBucket);
    admin.putPolicy("lyceum", StoragePolicy.json(buckets));
    admin.putUser(settings.storage().accessKey(), settings.storage().secretKey());
    admin.attachPolicy(settings.storage().accessKey(), "lyceum");
  }

  private void temporal(Tools tools, Settings settings, Steps steps) {
    String name = Server.TEMPORAL.title();
    String address = settings.temporalAddress();
    if (!installation.manages(Server.TEMPORAL)) {
      steps.doing(name, "asking " + address);
      if (health.temporal(address).isEmpty()) {
        throw LyceumException.external(
            "Temporal at "
                + address
                + " does not answer. The address comes from the settings (temporal.address or "
                + Settings.variable("temporal.address")
                + "); correct it, or remove it to have one started here.");
      }
      TemporalBootstrap.run(address, settings.temporalNamespace());
      steps.done(name, true, "is at " + address + " (from the settings)");
      return;
    }
    if (ComposeStack.contains(folder, Server.TEMPORAL)) {
      Launches.awaitContainer(
          Server.TEMPORAL, START_PATIENCE, steps, () -> health.temporal(address).isPresent());
      TemporalBootstrap.run(address, settings.temporalNamespace());
      steps.done(name, true, "runs at " + address + " in a container");
      return;
    }
    steps.doing(name, "looking for it");
    Tool tool = tools.temporal(what -> steps.doing(name, what));
    Ports ports = installation.ports();
    List<String> command =
        new ArrayList<>(
            List.of(
                tool.program().toString(),
                "server",
                "start-dev",
                "--ip",
                "127.0.0.1",
                "--port",
                Integer.toString(ports.temporal()),
                "--http-port",
                Integer.toString(ports.temporalHttp()),
                "--ui-port",
                Integer.toString(ports.temporalUi()),
                "--metrics-port",
                Integer.toString(ports.temporalMetrics()),
                "--db-filename",
                folder.data(Server.TEMPORAL).resolve("temporal.db").toString(),
                "--namespace",
                settings.temporalNamespace(),
                "--log-level",
                "warn"));
    SearchKeys.ALL.forEach(
        key -> command.addAll(List.of("--search-attribute", key.getName() + "=Keyword")));
    boolean started =
        launches.start(
            Server.TEMPORAL,
            tool,
            command,
            Map.of("TEMPORAL_ADDRESS", "", "TEMPORAL_NAMESPACE", ""),
            steps,
            START_PATIENCE,
            () -> health.temporal(address).isPresent());
    steps.doing(name, "preparing the namespace");
    TemporalBootstrap.run(address, settings.temporalNamespace());
    steps.done(name, true, runs(started, tool, address));
  }

  private void tracking(
      Tools tools, Settings settings, Steps steps, CompletableFuture<Void> storage) {
    String name = Server.TRACKING.title();
    URI server = settings.tracking().uri();
    if (!installation.manages(Server.TRACKING)) {
      steps.doing(name, "asking " + server);
      if (health.tracking(server).isEmpty()) {
        throw LyceumException.external(
            "MLflow at "
                + server
                + " does not answer. The address comes from the settings (tracking.uri or "
                + Settings.variable("tracking.uri")
                + "); correct it, or remove it to have one started here.");
      }
      steps.done(name, true, "is at " + server + " (from the settings)");
      return;
    }
    if (ComposeStack.contains(folder, Server.TRACKING)) {
      Launches.awaitContainer(
          Server.TRACKING, TRACKING_PATIENCE, steps, () -> health.tracking(server).isPresent());
      steps.done(name, true, "runs at " + server + " in a container");
      return;
    }
    steps.doing(name, "looking for it");
    Tool tool = tools.mlflow(what -> steps.doing(name, what));
    steps.doing(name, "waiting for MinIO");
    awaitOthers(storage);
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("AWS_ACCESS_KEY_ID", settings.storage().accessKey());
    variables.put("AWS_SECRET_ACCESS_KEY", settings.storage().secretKey());
    variables.put("AWS_DEFAULT_REGION", settings.storage().region());
    variables.put("AWS_SESSION_TOKEN", "");
    variables.put("AWS_PROFILE", "");
    variables.put("AWS_EC2_METADATA_DISABLED", "true");
    variables.put("MLFLOW_S3_ENDPOINT_URL", settings.storage().endpoint().toString());
    variables.put("MLFLOW_DISABLE_TELEMETRY", "true");
    variables.put("DO_NOT_TRACK", "true");
    // Its job runners are eight more processes that nothing here uses.
    variables.put("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false");
    variables.put("MLFLOW_TRACKING_URI", "");
    boolean started =
        launches.start(
            Server.TRACKING,
            tool,
            List.of(
                tool.program().toString(),
                "server",
                "--host",
                "127.0.0.1",
                "--port",
                Integer.toString(installation.ports().tracking()),
                "--workers",
                "1",
                "--backend-store-uri",
                "sqlite:///" + folder.data(Server.TRACKING).resolve("mlflow.db"),
                "--serve-artifacts",
                "--artifacts-destination",
                installation.manages(Server.STORAGE)
                    ? "s3://" + trackingBucket(settings)
                    : "s3://" + settings.storage().bucket() + "/tracking"),
            variables,
            steps,
            TRACKING_PATIENCE,
            () -> health.tracking(server).isPresent());
    steps.done(name, true, runs(started, tool, server.toString()));
  }

  private void serving(
      Application application, Settings settings, Steps steps, CompletableFuture<Void> keepers) {
    String name = Server.SERVING.title();
    URI address = servingAddress(settings);
    steps.doing(name, "starting");
    stopOlderBuild(Server.SERVING, application, Launches.STOP_PATIENCE, steps);
    boolean started =
        launches.start(
            Server.SERVING,
            javaTool(application),
            java(application, List.of("-XX:MaxRAMPercentage=20"), "lyceum.worker.ServingMain"),
            Map.of(
                "LYCEUM_HOME",
                folder.root().toString(),
                "LYCEUM_SERVING_HOST",
                settings.servingHost(),
                "LYCEUM_SERVING_PORT",
                Integer.toString(settings.servingPort()),
                "LYCEUM_ADMIN_TOKEN",
                settings.adminToken(),
                "LYCEUM_SERVING_LOG",
                folder.data(Server.SERVING).resolve("records").toString(),
                "LYCEUM_SIGNING_TRUSTED",
                settings.signing().trusted().stream()
                    .map(Path::toString)
                    .collect(Collectors.joining(",")),
                "LYCEUM_SIGNING_REQUIRED",
                Boolean.toString(settings.signing().required())),
            steps,
            START_PATIENCE,
            () -> health.serving(address).isPresent());
    awaitOthers(keepers);
    String what = LastServed.serveAgain(settings, folder, text -> steps.doing(name, text));
    steps.done(name, true, (started ? "runs at " : "ran already at ") + address + ", " + what);
  }

  /**
   * Drains a process of ours that was built from other sources, so that its successor can start.
   */
  private void stopOlderBuild(
      Server server, Application application, Duration patience, Steps steps) {
    Optional<Running> before = launches.running(server);
    if (before.isPresent() && !before.get().version().equals(application.build())) {
      steps.doing(server.title(), "draining the one of the older build");
      Processes.stop(before.get(), patience);
    }
  }

  /** Starts the worker, or replaces one of an older build. */
  private void worker(Application application, Settings settings, Steps steps) {
    String name = Server.WORKER.title();
    steps.doing(name, "starting");
    stopOlderBuild(Server.WORKER, application, WORKER_STOP_PATIENCE, steps);
    // One that runs already may have asked for work up to a minute ago.
    Instant began = launches.running(Server.WORKER).map(Running::began).orElse(Instant.now());
    boolean started =
        launches.start(
            Server.WORKER,
            javaTool(application),
            java(application, List.of("-XX:MaxRAMPercentage=25"), "lyceum.worker.Main"),
            Map.of(
                "LYCEUM_HOME",
                folder.root().toString(),
                "LYCEUM_METRICS_LISTEN",
                settings.metricsListen().isEmpty()
                    ? "127.0.0.1:" + installation.ports().workerMetrics()
                    : settings.metricsListen()),
            steps,
            START_PATIENCE,
            () -> health.worker(settings, began));
    steps.done(name, true, started ? "polls the task queues" : "polled already");
  }

  private void console(Application application, Settings settings, Steps steps) {
    String name = Server.CONSOLE.title();
    URI address = URI.create(installation.address(Server.CONSOLE));
    steps.doing(name, "starting");
    stopOlderBuild(Server.CONSOLE, application, Launches.STOP_PATIENCE, steps);
    boolean started =
        launches.start(
            Server.CONSOLE,
            javaTool(application),
            java(application, List.of("-XX:MaxRAMPercentage=10"), "lyceum.console.Main"),
            Map.of(
                "LYCEUM_HOME",
                folder.root().toString(),
                "LYCEUM_CONSOLE_PORT",
                Integer.toString(address.getPort()),
                "LYCEUM_RECIPES",
                install.resolve("recipes").toString(),
                "LYCEUM_TEMPORAL_PAGES",
                installation.manages(Server.TEMPORAL)
                    ? "http://127.0.0.1:" + installation.ports().temporalUi()
                    : ""),
            steps,
            START_PATIENCE,
            () -> health.console(address));
    steps.done(name, true, (started ? "runs at " : "ran already at ") + address);
  }

  private static Tool javaTool(Application application) {
    return new Tool(
        Path.of(System.getProperty("java.home"), "bin", "java"), application.build(), "this JDK");
  }

  private List<String> java(Application application, List<String> flags, String main) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(
        List.of(
            "-XX:+ExitOnOutOfMemoryError",
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dlyceum.install=" + install,
            "-cp",
            application.classPath(),
            main));
    return command;
  }

  static URI servingAddress(Settings settings) {
    return URI.create("http://" + settings.servingHost() + ":" + settings.servingPort());
  }

  static String trackingBucket(Settings settings) {
    return settings.storage().bucket() + "-tracking";
  }

  private static String runs(boolean started, Tool tool, String where) {
    return (started ? "runs at " : "ran already at ")
        + where
        + " ("
        + tool.version()
        + ", from "
        + tool.origin()
        + ")";
  }

  /**
   * Stops everything that this installation started, the last started first.
   *
   * @return what was stopped
   */
  public List<Server> down() {
    if (!Files.isDirectory(folder.root())) {
      return List.of();
    }
    List<Server> stopped = new ArrayList<>();
    try (StateFolder.Hold hold = folder.hold();
        Steps steps = new Steps(screen)) {
      for (Server server :
          List.of(
              Server.CONSOLE,
              Server.WORKER,
              Server.SERVING,
              Server.TRACKING,
              Server.TEMPORAL,
              Server.STORAGE)) {
        Optional<Running> running = launches.running(server);
        if (running.isPresent()) {
          steps.doing(server.title(), server == Server.WORKER ? "draining" : "stopping");
          boolean inTime =
              Processes.stop(
                  running.get(),
                  server == Server.WORKER ? WORKER_STOP_PATIENCE : Launches.STOP_PATIENCE);
          steps.done(
              server.title(), true, inTime ? "stopped" : "did not stop in time and was killed");
          stopped.add(server);
        }
        Running.forget(folder.pidFile(server));
      }
    }
    return stopped;
  }

  /** Kills the worker as a power cut would, for drills. */
  public void killWorker() {
    Running worker =
        launches
            .running(Server.WORKER)
            .orElseThrow(
                () ->
                    LyceumException.user(
                        "No worker of this installation runs. Start it with ./lyceum up."));
    Processes.kill(worker);
    Running.forget(folder.pidFile(Server.WORKER));
  }

  /** How every server is now. */
  public List<ServerStatus> status() {
    return new StackStatus(installation).all();
  }

  /** The end of a server's log. */
  public List<String> log(Server server, int lines) {
    return LogTail.lines(folder.log(server), 0, lines);
  }
}
