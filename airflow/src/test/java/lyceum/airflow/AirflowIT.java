package lyceum.airflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.client.WorkflowExecutionDescription;
import io.temporal.client.WorkflowNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The sample DAG under a real Airflow and on a real Temporal. Runs where {@code LYCEUM_AIRFLOW}
 * names an {@code airflow} command (apache-airflow 3.3 with temporalio).
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AirflowIT {
  private static final String DAG = "lyceum_retrain_weekly";

  /** Of a loaded machine; the whole test takes two minutes on one that is not. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final JsonMapper json = JsonMapper.builder().build();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<Process> processes = new ArrayList<>();
  private Path folder = Path.of("");
  private String airflow = "";
  private Map<String, String> environment = Map.of();
  private String api = "";
  private TemporalWithALife temporal;

  @BeforeAll
  void up(@TempDir Path temporary) throws Exception {
    String program = System.getenv("LYCEUM_AIRFLOW");
    assumeTrue(
        program != null,
        "LYCEUM_AIRFLOW names no airflow command: python3 -m venv V && V/bin/pip install apache-airflow==3.3.2 temporalio==1.35.0");
    airflow = program;
    folder = temporary;
    temporal = TemporalWithALife.start(folder);
    int port = TemporalWithALife.freePort();
    api = "http://127.0.0.1:" + port;
    environment = environment(port);
    Path module = Path.of("").toAbsolutePath();
    Files.createDirectories(folder.resolve("dags"));
    Files.createDirectories(folder.resolve("plugins"));
    // Tries follow each other at once here, and runs come when they are called for.
    Files.writeString(
        folder.resolve("dags/" + DAG + ".py"),
        Files.readString(module.resolve("dags/" + DAG + ".py"))
            .replace("timedelta(minutes=1)", "timedelta(seconds=1)")
            .replace("schedule=\"@weekly\"", "schedule=None"));
    Files.copy(
        module.resolve("plugins/lyceum_trigger.py"),
        folder.resolve("plugins/lyceum_trigger.py"),
        StandardCopyOption.REPLACE_EXISTING);
    Path text = Files.writeString(folder.resolve("drop.txt"), "a text");
    jarOfTestClasses(folder.resolve("tasks.jar"));
    run("db", "migrate");
    run("variables", "set", "lyceum_recipe", FakeRecipe.of("weekly", "line", text, 4));
    start("api-server", "--host", "127.0.0.1", "--port", Integer.toString(port));
    start("dag-processor");
    start("scheduler", "--skip-serve-logs");
    start("triggerer", "--skip-serve-logs");
    await(
        PATIENCE,
        "the DAG to be read",
        () -> get("/api/v2/dags/" + DAG).path("dag_id").asText().equals(DAG));
    call("PATCH", "/api/v2/dags/" + DAG, "{\"is_paused\": false}");
  }

  @AfterAll
  void down() throws Exception {
    // A component's children outlive it.
    for (Process process : processes) {
      Stream.concat(Stream.of(process.toHandle()), process.descendants())
          .toList()
          .forEach(ProcessHandle::destroyForcibly);
    }
    for (Process process : processes) {
      process.waitFor();
    }
    if (temporal != null) {
      temporal.close();
    }
    keepLogs();
  }

  @Test
  @Order(1)
  void dagRun_startsWaitsDeferredGatesAndPromotes() throws Exception {
    trigger("whole", "{}");

    awaitState("whole", "candidate", "deferred");
    awaitDag("whole", "success");

    assertThat(status("whole"))
        .isEqualTo(WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED);
    assertThat(log("whole", "start")).contains("Started run " + id("whole"));
    assertThat(log("whole", "candidate")).contains("Frees the slot");
    assertThat(log("whole", "gate")).contains("validation/bits_per_byte at most 3.0 is 2.5");
    assertThat(log("whole", "promote")).contains("Approved version 3", "Version 3 of line serves");
    JsonNode promoted =
        get(
            "/api/v2/dags/"
                + DAG
                + "/dagRuns/whole/taskInstances/promote/xcomEntries/return_value");
    assertThat(promoted.toString()).contains("http://127.0.0.1:8080/v1");
  }

  @Test
  @Order(2)
  void sameData_everythingIsSkipped() throws Exception {
    trigger("again", "{}");

    awaitState("again", "promote", "skipped");

    assertThat(log("again", "new_data")).contains("was made from the same data of line");
  }

  @Test
  @Order(3)
  void killedTask_nextTryFindsTheSameRun() throws Exception {
    Files.writeString(folder.resolve("drop.txt"), "another text");
    trigger("killed", "{\"kill\": true}");

    awaitDag("killed", "success");

    assertThat(log("killed", "start")).contains("Started run " + id("killed"));
    assertThat(log("killed", "start")).contains("Found run " + id("killed"));
    assertThat(runs(id("killed"))).isEqualTo(1);
  }

  @Test
  @Order(4)
  void deferredTaskMarkedFailed_cancelsTheRun() throws Exception {
    Files.writeString(folder.resolve("drop.txt"), "a third text");
    run(
        "variables",
        "set",
        "lyceum_recipe",
        FakeRecipe.of("weekly", "line", folder.resolve("drop.txt"), 600));
    trigger("unwanted", "{}");
    awaitState("unwanted", "candidate", "deferred");
    awaitTriggerRuns();

    call(
        "PATCH",
        "/api/v2/dags/" + DAG + "/dagRuns/unwanted/taskInstances/candidate",
        "{\"new_state\": \"failed\"}");

    await(
        PATIENCE,
        "the run to be cancelled",
        () -> status("unwanted") == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_CANCELED);
  }

  /** A trigger is taken up by the triggerer some moments after the task was deferred. */
  private void awaitTriggerRuns() throws Exception {
    await(
        PATIENCE,
        "the trigger to be taken up",
        () ->
            get("/api/v2/dags/" + DAG + "/dagRuns/unwanted/taskInstances/candidate")
                .path("triggerer_job")
                .path("id")
                .isNumber());
  }

  private Map<String, String> environment(int port) {
    String java = ProcessHandle.current().info().command().orElseThrow();
    String target = Path.of("target").toAbsolutePath().toString();
    String jars =
        String.join(
            "\", \"",
            folder.resolve("tasks.jar").toString(),
            target + "/airflow-0.1.0.jar",
            target + "/lib");
    String coordinators =
        "{\"java\": {\"classpath\": \"airflow.sdk.coordinators.java.JavaCoordinator\", \"kwargs\": {"
            + "\"jars_root\": [\""
            + jars
            + "\"], \"java_executable\": \""
            + java
            + "\","
            + "\"main_class\": \""
            + RetrainAtOnce.class.getName()
            + "\","
            + "\"jvm_args\": [\"-Xmx256m\", \"-XX:TieredStopAtLevel=1\", \"-XX:+UseSerialGC\", \"--enable-native-access=ALL-UNNAMED\","
            + " \"--sun-misc-unsafe-memory-access=allow\"],"
            + "\"task_startup_timeout\": 60}}}";
    return Map.ofEntries(
        Map.entry("AIRFLOW_HOME", folder.toString()),
        Map.entry("AIRFLOW__CORE__DAGS_FOLDER", folder.resolve("dags").toString()),
        Map.entry("AIRFLOW__CORE__PLUGINS_FOLDER", folder.resolve("plugins").toString()),
        Map.entry("AIRFLOW__CORE__LOAD_EXAMPLES", "False"),
        Map.entry("AIRFLOW__CORE__EXECUTOR", "LocalExecutor"),
        Map.entry("AIRFLOW__CORE__PARALLELISM", "2"),
        Map.entry("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS", "True"),
        Map.entry(
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL", "http://127.0.0.1:" + port + "/execution/"),
        Map.entry("AIRFLOW__API__WORKERS", "1"),
        Map.entry("AIRFLOW__API__BASE_URL", "http://127.0.0.1:" + port),
        Map.entry("AIRFLOW__USAGE_DATA_COLLECTION__ENABLED", "False"),
        Map.entry("AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK", "False"),
        Map.entry("AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL", "5"),
        Map.entry("AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL", "1"),
        Map.entry("AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT", "60"),
        Map.entry("AIRFLOW__SDK__COORDINATORS", coordinators),
        Map.entry("AIRFLOW__SDK__QUEUE_TO_COORDINATOR", "{\"java\": \"java\"}"),
        Map.entry(
            "AIRFLOW_CONN_LYCEUM_DEFAULT",
            "{\"conn_type\": \"generic\", \"host\": \"127.0.0.1\", \"login\": \"weekly\", \"port\": "
                + temporal.port
                + "}"));
  }

  /** As a user's own jar of tasks would be. */
  private static void jarOfTestClasses(Path jar) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, RetrainAtOnce.class.getName());
    String entry = RetrainAtOnce.class.getName().replace('.', '/') + ".class";
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
      out.putNextEntry(new JarEntry(entry));
      Files.copy(Path.of("target/test-classes").resolve(entry), out);
      out.closeEntry();
    }
  }

  private ProcessBuilder command(String... arguments) {
    List<String> command = new ArrayList<>(List.of(airflow));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().putAll(environment);
    builder
        .environment()
        .merge("PATH", Path.of(airflow).getParent().toString(), (path, bin) -> bin + ":" + path);
    return builder;
  }

  private void run(String... arguments) throws Exception {
    Path log = folder.resolve("commands.log");
    Process process =
        command(arguments)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    assertThat(process.waitFor()).as(() -> read(log)).isZero();
  }

  private void start(String... arguments) throws IOException {
    processes.add(
        command(arguments)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(arguments[0] + ".log").toFile())
            .start());
  }

  private void trigger(String dagRun, String conf) throws Exception {
    call(
        "POST",
        "/api/v2/dags/" + DAG + "/dagRuns",
        "{\"dag_run_id\": \"" + dagRun + "\", \"logical_date\": null, \"conf\": " + conf + "}");
  }

  private static String id(String dagRun) {
    return "lyceum-retrain-weekly-" + dagRun;
  }

  private void awaitState(String dagRun, String task, String state) throws Exception {
    await(
        PATIENCE,
        task + " of " + dagRun + " to be " + state,
        () ->
            get("/api/v2/dags/" + DAG + "/dagRuns/" + dagRun + "/taskInstances/" + task)
                .path("state")
                .asText()
                .equals(state));
  }

  private void awaitDag(String dagRun, String state) throws Exception {
    await(
        PATIENCE,
        dagRun + " to be " + state,
        () -> {
          String now = get("/api/v2/dags/" + DAG + "/dagRuns/" + dagRun).path("state").asText();
          assertThat(now).isIn("queued", "running", state);
          return now.equals(state);
        });
  }

  private WorkflowExecutionStatus status(String dagRun) {
    try {
      WorkflowExecutionDescription run =
          temporal.client.newUntypedWorkflowStub(id(dagRun)).describe();
      return run.getStatus();
    } catch (WorkflowNotFoundException e) {
      return WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED;
    }
  }

  private long runs(String workflowId) {
    return temporal.client.listExecutions("WorkflowId = '" + workflowId + "'").count();
  }

  /** Of every try: on a loaded machine Airflow may need a second one of its own. */
  private String log(String dagRun, String task) throws IOException {
    Path logs =
        folder
            .resolve("logs")
            .resolve("dag_id=" + DAG)
            .resolve("run_id=" + dagRun)
            .resolve("task_id=" + task);
    StringBuilder log = new StringBuilder();
    try (Stream<Path> files = Files.list(logs)) {
      for (Path file : files.sorted().toList()) {
        log.append(Files.readString(file));
      }
    }
    return log.toString();
  }

  private JsonNode get(String path) throws Exception {
    HttpResponse<String> response;
    try {
      response =
          http.send(
              HttpRequest.newBuilder(URI.create(api + path))
                  .header("Accept", "application/json")
                  .build(),
              HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // The server is starting.
      return json.createObjectNode();
    }
    return response.statusCode() == 200 ? json.readTree(response.body()) : json.createObjectNode();
  }

  private void call(String method, String path, String body) throws Exception {
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(URI.create(api + path))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
  }

  private static void await(Duration patience, String what, Callable<Boolean> holds)
      throws Exception {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!holds.call()) {
      assertThat(System.nanoTime()).as("waited %s for %s", patience, what).isLessThan(deadline);
      Thread.sleep(250);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** The tasks' logs outlive the test, for whoever wants to see them. */
  private void keepLogs() throws IOException {
    Path logs = folder.resolve("logs");
    if (!Files.isDirectory(logs)) {
      return;
    }
    Path kept = Path.of("target/airflow-logs");
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".log")).toList()) {
        Path copy = kept.resolve(folder.relativize(file).toString().replace(':', '-'));
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }
}
