package lyceum.cli.bench;

import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.common.SearchAttributes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Screen;
import lyceum.cli.screen.Table;
import lyceum.cli.stack.LocalStack;
import lyceum.cli.stack.Server;
import lyceum.cli.stack.Tools;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.connectors.settings.Settings;
import lyceum.contracts.SearchKeys;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.StageState;
import lyceum.core.LyceumException;
import lyceum.core.recipe.Recipe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code lyceum bench console}: fills an installation of its own with runs and asks for everything
 * that the pages ask for, one request after the other.
 */
@Command(
    name = "console",
    description = "How long the API takes for each page's questions, with many runs.")
final class ConsoleBench implements Callable<Integer> {
  /** Milliseconds that the slowest of twenty answers may take. */
  private static final double BOUND = 200;

  private static final int ALIVE = 20;
  private static final int AT_ONCE = 32;
  private static final int WARM_UP = 5;

  private final Lyceum lyceum;

  @Option(
      names = "--runs",
      defaultValue = "10000",
      description = "Runs to seed (default ${DEFAULT-VALUE}).")
  private int runs = 10_000;

  @Option(
      names = "--requests",
      defaultValue = "40",
      description = "Requests of each kind (default ${DEFAULT-VALUE}).")
  private int requests = 40;

  @Option(
      names = "--ports",
      defaultValue = "18400",
      description = "First of the hundred ports to use (default ${DEFAULT-VALUE}).")
  private int ports = 18_400;

  @Option(names = "--json", description = "Write JSON.")
  private boolean json;

  ConsoleBench(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  /**
   * One question of a page.
   *
   * @param p50 milliseconds
   * @param p95 milliseconds
   * @param ratio of p95 to the bound
   */
  record Row(String page, String request, double p50, double p95, double ratio) {}

  /**
   * What was measured.
   *
   * @param ratio the largest
   */
  record Report(int runs, int requests, double boundMillis, double ratio, List<Row> rows) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path home = Files.createTempDirectory("lyceum-bench-console");
    try {
      // The programs are those of the person's own installation.
      Path tools = lyceum.folder().tools();
      Files.createDirectories(tools);
      Files.createSymbolicLink(home.resolve("tools"), tools);
      Map<String, String> environment = new HashMap<>(lyceum.environment());
      environment.keySet().removeIf(key -> key.startsWith("LYCEUM_"));
      environment.put("LYCEUM_HOME", home.toString());
      environment.put("LYCEUM_PORTS", Integer.toString(ports));
      Lyceum own = new Lyceum(lyceum.screen(), environment, lyceum.install());
      LocalStack stack = own.stack();
      try {
        Settings settings = stack.up(LocalStack.Scope.CONSOLE);
        seed(own, settings);
        Report report = measure(own, home);
        show(report);
        return (report.ratio() <= 1 ? ExitCode.OK : ExitCode.FAILURE).status();
      } finally {
        stack.down();
      }
    } finally {
      delete(home);
    }
  }

  private void seed(Lyceum own, Settings settings) throws IOException, InterruptedException {
    Screen screen = lyceum.screen();
    screen.say("Seeding " + runs + " runs in MLflow");
    Tools tools = new Tools(own.folder(), own.environment());
    Path python = tools.mlflow(what -> {}).program().toRealPath().resolveSibling("python");
    Path database = own.folder().data(Server.TRACKING).resolve("mlflow.db");
    Process process =
        new ProcessBuilder(
                python.toString(),
                "-c",
                MlflowSeed.SCRIPT,
                database.toString(),
                Integer.toString(runs))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (process.waitFor() != 0) {
      throw LyceumException.internal("MLflow's database " + database + " could not be seeded.");
    }
    screen.say("Seeding " + runs + " runs in Temporal");
    Recipe recipe = new RecipeReader(lyceum.install().resolve("recipes")).read("smoke", List.of());
    Semaphore turns = new Semaphore(AT_ONCE);
    try (TemporalConnection connection = own.connect(settings);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < runs; i++) {
        int number = i;
        all.add(
            threads.submit(
                () -> {
                  turns.acquireUninterruptibly();
                  try {
                    run(connection.client(), recipe, number);
                  } finally {
                    turns.release();
                  }
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw LyceumException.external("Temporal could not be seeded: " + e.getCause(), e);
    }
  }

  private void run(WorkflowClient client, Recipe recipe, int number) {
    String id = String.format(Locale.ROOT, "smoke-%06d", number);
    boolean alive = number < ALIVE;
    WorkflowStub stub =
        client.newUntypedWorkflowStub(
            "LifecycleWorkflow",
            WorkflowOptions.newBuilder()
                .setWorkflowId(id)
                .setTaskQueue(TaskQueues.WORKFLOWS)
                .setWorkflowIdConflictPolicy(
                    WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
                .setTypedSearchAttributes(
                    SearchAttributes.newBuilder()
                        .set(SearchKeys.RECIPE, number % 3 == 0 ? "smoke" : "tiny")
                        .set(SearchKeys.MODEL_LINE, "line-" + number % 50)
                        .set(
                            SearchKeys.STATUS,
                            number % 4 == 0 && alive
                                ? StageState.PAUSED.name()
                                : StageState.RUNNING.name())
                        .set(SearchKeys.REQUESTED_BY, "user-" + number % 20)
                        .build())
                .build());
    stub.start(new LifecycleRequest(id, recipe, "user-" + number % 20, false));
    if (!alive) {
      stub.terminate("seeded");
    }
  }

  private Report measure(Lyceum own, Path home) throws IOException, InterruptedException {
    URI base = URI.create(own.installation().address(Server.CONSOLE) + "/api/v1");
    HttpClient http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    String token = Files.readString(home.resolve("console").resolve("login-token")).strip();
    HttpResponse<String> session =
        http.send(
            HttpRequest.newBuilder(URI.create(base + "/session"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"token\":\"" + token + "\"}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    String cookie = session.headers().firstValue("Set-Cookie").orElse("").split(";")[0];
    Map<String, List<String>> pages = new TreeMap<>();
    pages.put("home", List.of("/home"));
    pages.put(
        "runs",
        List.of(
            "/runs?pageSize=50",
            "/runs?pageSize=50&state=CANCELLED",
            "/runs?pageSize=50&recipe=tiny&user=user-1",
            "/runs?pageSize=50&q=smoke-0099"));
    pages.put(
        "run",
        List.of(
            "/runs/smoke-009999",
            "/runs/smoke-009999/timeline",
            "/runs/smoke-009999/logs",
            "/runs/smoke-009999/checkpoints",
            "/runs/smoke-009999/artifacts",
            "/runs/smoke-009999/settings"));
    pages.put("models", List.of("/models", "/models/line-1", "/models/line-1/history"));
    pages.put("deployments", List.of("/deployments"));
    pages.put("datasets", List.of("/datasets"));
    pages.put("recipes", List.of("/recipes", "/recipes/tiny", "/recipes/schema"));
    pages.put("reviews", List.of("/rankings", "/approvals"));
    pages.put("admin", List.of("/users", "/tokens", "/audit"));
    List<Row> rows = new ArrayList<>();
    for (Map.Entry<String, List<String>> page : pages.entrySet()) {
      for (String path : page.getValue()) {
        rows.add(row(http, base, cookie, page.getKey(), path));
      }
    }
    return new Report(
        runs, requests, BOUND, rows.stream().mapToDouble(Row::ratio).max().orElseThrow(), rows);
  }

  private Row row(HttpClient http, URI base, String cookie, String page, String path)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + path)).header("Cookie", cookie).build();
    double[] millis = new double[requests];
    for (int i = -WARM_UP; i < requests; i++) {
      long began = System.nanoTime();
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      double took = (System.nanoTime() - began) / 1e6;
      if (answer.statusCode() != 200) {
        throw LyceumException.internal(
            path + " answered with status " + answer.statusCode() + ": " + answer.body());
      }
      if (i >= 0) {
        millis[i] = took;
      }
    }
    java.util.Arrays.sort(millis);
    double p95 = millis[(int) Math.ceil(0.95 * requests) - 1];
    return new Row(page, path, millis[requests / 2], p95, p95 / BOUND);
  }

  private void show(Report report) {
    if (json) {
      Json.print(lyceum.screen(), report);
      return;
    }
    Table table = new Table("PAGE", "REQUEST", "P50 MS", "P95 MS", "OF 200 MS");
    for (Row row : report.rows()) {
      table.row(
          row.page(),
          row.request(),
          String.format(Locale.ROOT, "%.1f", row.p50()),
          String.format(Locale.ROOT, "%.1f", row.p95()),
          String.format(Locale.ROOT, "%.2f", row.ratio()));
    }
    table.print(lyceum.screen());
  }

  private static void delete(Path home) throws IOException {
    // The link goes, not the programs behind it.
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** What is written into MLflow's own tables, since its API would take minutes. */
  private static final class MlflowSeed {
    static final String SCRIPT =
        """
        import sqlite3, sys, time
        path, runs = sys.argv[1], int(sys.argv[2])
        db = sqlite3.connect(path, timeout=60)
        now = int(time.time() * 1000)
        db.execute("insert into experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time) values ('seeded', '', 'active', ?, ?)", (now, now))
        experiment = db.execute("select max(experiment_id) from experiments").fetchone()[0]
        def insert(table, rows):
            columns = [c[1] for c in db.execute(f"pragma table_info({table})")]
            given = [c for c in rows[0] if c in columns]
            db.executemany(f"insert into {table} ({', '.join(given)}) values ({', '.join('?' * len(given))})", [[r[c] for c in given] for r in rows])
        ids = [f"{i:032x}" for i in range(runs)]
        insert("runs", [dict(run_uuid=i, name=f"smoke-{n:06d}", source_type="LOCAL", source_name="", entry_point_name="", user_id="seed", status="FINISHED", start_time=now - n, end_time=now, source_version="", lifecycle_stage="active", artifact_uri="", experiment_id=experiment) for n, i in enumerate(ids)])
        insert("tags", [dict(key="lyceum.run_id", value=f"smoke-{n:06d}", run_uuid=i) for n, i in enumerate(ids)])
        insert("latest_metrics", [dict(key="train/loss", value=1.0, timestamp=now, step=100, is_nan=0, run_uuid=i) for i in ids])
        lines = [f"line-{n}" for n in range(50)]
        insert("registered_models", [dict(name=l, creation_time=now, last_updated_time=now, description="", workspace="default") for l in lines])
        insert("model_versions", [dict(name=l, version=v, creation_time=now, last_updated_time=now, description="", user_id="seed", current_stage="None", source="s3://seeded", run_id=ids[v], status="READY", status_message="", run_link="", storage_location="", workspace="default") for l in lines for v in range(1, 21)])
        insert("registered_model_aliases", [dict(name=l, alias=a, version=v, workspace="default") for l in lines for a, v in (("champion", 20), ("previous", 19))])
        db.commit()
        """;
  }
}
