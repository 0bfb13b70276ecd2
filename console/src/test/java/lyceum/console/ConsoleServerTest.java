package lyceum.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import io.temporal.workflow.Workflow;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lyceum.contracts.Payloads;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.contracts.lifecycle.LifecycleStatus;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.contracts.lifecycle.PauseRequest;
import lyceum.contracts.lifecycle.StageReport;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;
import lyceum.core.LyceumException;
import lyceum.core.Stage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The console over HTTP, over Temporal's in-process server and a life that stands in its third
 * stage.
 */
@Timeout(60)
class ConsoleServerTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  private final HttpClient http = HttpClient.newHttpClient();
  private TestWorkflowEnvironment temporal;
  private KnownRuns runs;
  private ConsoleServer console;

  @BeforeEach
  void start() {
    temporal =
        TestWorkflowEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .setUseTimeskipping(false)
                .setWorkflowClientOptions(
                    WorkflowClientOptions.newBuilder()
                        .setDataConverter(Payloads.dataConverter())
                        .build())
                .build());
    Worker worker = temporal.newWorker(TaskQueues.WORKFLOWS);
    worker.registerWorkflowImplementationTypes(LifeInItsThirdStage.class);
    temporal.start();
    runs =
        new KnownRuns(
            new TemporalRuns(
                temporal.getWorkflowClient(),
                Optional.of(URI.create("http://127.0.0.1:8233")),
                Optional.of(URI.create("http://127.0.0.1:5000"))));
    console = ConsoleServer.start(0, runs, InstantSource.fixed(NOW));
  }

  @AfterEach
  void stop() {
    console.close();
    temporal.close();
  }

  @Test
  void run_isRunning_tellsItsStagesAndLinks() throws Exception {
    begin("tiny-1", "tiny");

    HttpResponse<String> response = get("/api/v1/runs/tiny-1");

    assertThat(response.statusCode()).isEqualTo(200);
    JsonNode run = Payloads.mapper().readTree(response.body());
    assertThat(run.at("/run/runId").asText()).isEqualTo("tiny-1");
    assertThat(run.at("/run/state").asText()).isEqualTo("RUNNING");
    assertThat(run.at("/run/finishedAt").isNull()).isTrue();
    assertThat(run.at("/status/recipe").asText()).isEqualTo("tiny");
    assertThat(run.at("/status/stages")).hasSize(Stage.values().length);
    assertThat(run.at("/status/stages/2/state").asText()).isEqualTo("RUNNING");
    assertThat(run.at("/links/temporal").asText()).endsWith("/workflows/tiny-1");
    assertThat(run.at("/links/mlflow").asText()).isEqualTo("http://127.0.0.1:5000/#/runs/abc123");
  }

  @Test
  void run_unknown_isAProblemThatSaysWhatToDo() throws Exception {
    HttpResponse<String> response = get("/api/v1/runs/nothing-here");

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    JsonNode problem = Payloads.mapper().readTree(response.body());
    assertThat(problem.path("code").asText()).isEqualTo("not_found");
    assertThat(problem.path("status").asInt()).isEqualTo(404);
    assertThat(problem.path("detail").asText()).contains("nothing-here").contains("/api/v1/runs");
  }

  @Test
  void run_noWorkerAnswers_isToldWithoutItsStages() throws Exception {
    begin("tiny-1", "tiny");
    temporal.shutdownNow();
    temporal.awaitTermination(10, java.util.concurrent.TimeUnit.SECONDS);

    JsonNode run = Payloads.mapper().readTree(get("/api/v1/runs/tiny-1").body());

    assertThat(run.at("/run/state").asText()).isEqualTo("RUNNING");
    assertThat(run.path("status").isNull()).isTrue();
    assertThat(run.path("note").asText()).contains("worker");
  }

  @Test
  void list_wrongPageSize_isRefusedWithTheValue() throws Exception {
    for (String wrong : List.of("0", "101", "many")) {
      HttpResponse<String> response = get("/api/v1/runs?page_size=" + wrong);
      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(response.body()).contains(wrong).contains("1 and 100");
    }
  }

  @Test
  void list_brokenToken_isRefused() throws Exception {
    assertThat(get("/api/v1/runs?page_token=!!").statusCode()).isEqualTo(400);
  }

  @Test
  void page_hasRuns_showsTheRailAndLinks() throws Exception {
    begin("tiny-1", "tiny");

    HttpResponse<String> response = get("/");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("text/html; charset=utf-8");
    assertThat(response.body())
        .contains(
            "tiny-1",
            "<li class=\"done\"><span>corpus</span>",
            "<li class=\"running\"><span>pretraining</span>")
        .contains(
            "recipe <i>tiny</i>",
            "http://127.0.0.1:5000/#/runs/abc123",
            "href=\"/api/v1/runs/tiny-1\"");
  }

  @Test
  void page_namesWithMarkup_areShownAsText() throws Exception {
    begin("tiny-1", "<script>alert(1)</script>");

    HttpResponse<String> response = get("/");

    assertThat(response.body()).doesNotContain("<script").contains("&lt;script&gt;");
    assertThat(response.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'");
  }

  @Test
  void page_noRuns_saysTheCommandThatStartsOne() throws Exception {
    assertThat(get("/").body()).contains("./lyceum run start");
  }

  @Test
  void path_unknown_isAProblem() throws Exception {
    HttpResponse<String> response = get("/admin");
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
  }

  @Test
  void temporal_isDown_isUnavailableButAlive() throws Exception {
    WorkflowServiceStubs nowhere =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget("127.0.0.1:1").build());
    Runs unreachable =
        new TemporalRuns(WorkflowClient.newInstance(nowhere), Optional.empty(), Optional.empty());
    try (ConsoleServer other = ConsoleServer.start(0, unreachable, InstantSource.fixed(NOW))) {
      HttpResponse<String> response = get(other.address().resolve("/api/v1/runs"));
      assertThat(response.statusCode()).isEqualTo(503);
      assertThat(response.body()).contains("Temporal did not answer", "./lyceum status");
      assertThat(get(other.address().resolve("/")).statusCode()).isEqualTo(503);
      assertThat(get(other.address().resolve("/healthz")).statusCode()).isEqualTo(200);
    } finally {
      nowhere.shutdownNow();
    }
  }

  @Test
  void host_isAStrangersName_isRefused() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", console.address().getPort())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write(
              "GET /api/v1/runs HTTP/1.1\r\nHost: lyceum.example\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      var reader =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      assertThat(reader.readLine()).startsWith("HTTP/1.1 403");
    }
  }

  @Test
  void start_portTaken_saysSo() {
    int taken = console.address().getPort();
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> ConsoleServer.start(taken, runs, InstantSource.fixed(NOW)))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("127.0.0.1:" + taken);
  }

  private void begin(String runId, String recipe) {
    WorkflowClient client = temporal.getWorkflowClient();
    WorkflowClient.start(
        client.newWorkflowStub(
                LifecycleWorkflow.class,
                WorkflowOptions.newBuilder()
                    .setWorkflowId(runId)
                    .setTaskQueue(TaskQueues.WORKFLOWS)
                    .build())
            ::run,
        new LifecycleRequest(runId, null, recipe, false));
    runs.known.add(new RunSummary(runId, RunState.RUNNING, NOW.minusSeconds(90), null));
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return get(console.address().resolve(path));
  }

  private HttpResponse<String> get(URI address) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(30)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /**
   * Temporal's in-process server cannot list, so the list is kept here once Temporal has checked
   * the request.
   */
  private static final class KnownRuns implements Runs {
    private final Runs temporal;
    private final List<RunSummary> known = new ArrayList<>();

    private KnownRuns(Runs temporal) {
      this.temporal = temporal;
    }

    @Override
    public RunPage list(int pageSize, String pageToken) {
      try {
        return temporal.list(pageSize, pageToken);
      } catch (LyceumException e) {
        if (!e.getMessage().contains("UNIMPLEMENTED")) {
          throw e;
        }
        return new RunPage(known, "");
      }
    }

    @Override
    public RunView get(String runId) {
      return temporal.get(runId);
    }
  }

  /** Two stages behind it, the third running, and there it stays. */
  public static final class LifeInItsThirdStage implements LifecycleWorkflow {
    private String recipe = "";

    @Override
    public LifecycleResult run(LifecycleRequest request) {
      recipe = request.requestedBy();
      Workflow.await(() -> false);
      throw new IllegalStateException("not reached");
    }

    @Override
    public LifecycleStatus status() {
      List<StageStatus> stages = new ArrayList<>();
      for (Stage stage : Stage.values()) {
        StageState state =
            stage.ordinal() < 2
                ? StageState.DONE
                : stage.ordinal() == 2 ? StageState.RUNNING : StageState.PENDING;
        stages.add(new StageStatus(stage, state, 0, 0, ""));
      }
      return new LifecycleStatus("tiny-1", recipe, "tiny", "someone", false, "abc123", stages);
    }

    @Override
    public void pause(PauseRequest request) {}

    @Override
    public void validatePause(PauseRequest request) {}

    @Override
    public void resume(PauseRequest request) {}

    @Override
    public void validateResume(PauseRequest request) {}

    @Override
    public void report(StageReport report) {}
  }
}
