package lyceum.airflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.temporal.client.WorkflowClientOptions;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import io.temporal.workflow.Workflow;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
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
import lyceum.core.ArtifactRef;
import lyceum.core.Sha256;
import lyceum.core.Stage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FollowedRunTest {
  private static final LifecycleRequest REQUEST = request();

  private final TestWorkflowEnvironment environment =
      TestWorkflowEnvironment.newInstance(
          TestEnvironmentOptions.newBuilder()
              // A task waits in real time.
              .setUseTimeskipping(false)
              .setWorkflowClientOptions(
                  WorkflowClientOptions.newBuilder()
                      .setDataConverter(Payloads.dataConverter())
                      .build())
              .build());

  @BeforeEach
  void start() {
    Worker worker = environment.newWorker(TaskQueues.WORKFLOWS);
    worker.registerWorkflowImplementationTypes(ShortLife.class);
    environment.start();
  }

  @AfterEach
  void close() {
    environment.close();
  }

  @Test
  void await_runThatEndsWell_tellsProgressThenWhereItServes() {
    List<String> lines = new CopyOnWriteArrayList<>();

    FollowedRun run = follow("two seconds");
    FollowedRun.End end = run.await(Duration.ofMillis(300), lines::add);

    assertThat(run.found()).isFalse();
    assertThat(end.endedWell()).isTrue();
    assertThat(end.line()).isEqualTo("Version 3 of test-line serves at http://127.0.0.1:8080/v1");
    assertThat(lines).contains("Run a-run: corpus DONE tokenizer WAITING (someone is waited for)");
  }

  @Test
  void await_runThatFails_saysWhy() {
    FollowedRun.End end = follow("fails").await(Duration.ofSeconds(1), line -> {});

    assertThat(end.endedWell()).isFalse();
    assertThat(end.line())
        .isEqualTo("Run a-run ended without a served model: The corpus stage failed: no such file");
  }

  @Test
  void startOrFind_secondTry_findsTheRunOfTheFirst() {
    follow("two seconds");

    FollowedRun second = follow("two seconds");

    assertThat(second.found()).isTrue();
    assertThat(second.await(Duration.ofSeconds(5), line -> {}).endedWell()).isTrue();
    assertThat(follow("two seconds").found()).isTrue();
  }

  @Test
  void startOrFind_afterAFailedRun_startsItAgain() {
    follow("fails").await(Duration.ofSeconds(1), line -> {});

    assertThat(follow("two seconds").found()).isFalse();
  }

  @Test
  void cancel_waitsUntilTheRunHasEnded() {
    FollowedRun run = follow("for ever");

    assertThat(run.cancel(Duration.ofSeconds(10))).isTrue();
    assertThat(run.await(Duration.ofSeconds(1), line -> {}).line()).endsWith("cancelled");
  }

  private FollowedRun follow(String behaviour) {
    return FollowedRun.startOrFind(
        environment.getWorkflowClient(),
        new LifecycleRequest("a-run", REQUEST.recipe(), behaviour, false));
  }

  private static LifecycleRequest request() {
    try (var in = FollowedRunTest.class.getResourceAsStream("/request.json")) {
      return Payloads.fromJson(
          new String(in.readAllBytes(), StandardCharsets.UTF_8), LifecycleRequest.class);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A life that does what {@code requestedBy} says. */
  public static final class ShortLife implements LifecycleWorkflow {
    @Override
    public LifecycleResult run(LifecycleRequest request) {
      switch (request.requestedBy()) {
        case "fails" ->
            throw ApplicationFailure.newNonRetryableFailure(
                "The corpus stage failed: no such file", "USER");
        case "for ever" -> Workflow.sleep(Duration.ofDays(1));
        default -> Workflow.sleep(Duration.ofSeconds(2));
      }
      String digest = Sha256.of("report");
      return new LifecycleResult(
          request.runId(),
          "tracking",
          "test-line",
          3,
          URI.create("http://127.0.0.1:8080/v1"),
          new ArtifactRef(URI.create("s3://lyceum/artifacts/" + digest), digest, 6));
    }

    @Override
    public LifecycleStatus status() {
      List<StageStatus> stages =
          Arrays.stream(Stage.values())
              .map(s -> new StageStatus(s, state(s), 0, 0, note(s)))
              .toList();
      return new LifecycleStatus("a-run", "test", "test-line", "ann", false, "tracking", stages);
    }

    private static StageState state(Stage stage) {
      return switch (stage) {
        case CORPUS -> StageState.DONE;
        case TOKENIZER -> StageState.WAITING;
        default -> StageState.PENDING;
      };
    }

    private static String note(Stage stage) {
      return stage == Stage.TOKENIZER ? "someone is waited for" : "";
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
