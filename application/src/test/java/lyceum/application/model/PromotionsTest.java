package lyceum.application.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.client.WorkflowClientOptions;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import io.temporal.workflow.Workflow;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.temporal.TemporalConnection;
import lyceum.contracts.Payloads;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.deployment.PromotionStatus;
import lyceum.contracts.deployment.PromotionStatus.Phase;
import lyceum.contracts.deployment.PromotionWorkflow;
import lyceum.core.recipe.CanarySettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Promotions as asked for at a door, over an in-process Temporal server. */
class PromotionsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String LINE = "tiny";

  private TestWorkflowEnvironment server;
  private Promotions promotions;

  /** Tries versions with a canary until it goes back, refuses version 9, serves others at once. */
  public static final class Line implements PromotionWorkflow {
    private Phase phase = Phase.JUDGING;
    private int version;
    private double percent;
    private boolean back;

    @Override
    public PromotionResult run(PromotionRequest request) {
      version = request.version();
      CanarySettings canary = request.canary();
      if (version == 9) {
        throw ApplicationFailure.newNonRetryableFailure("It did not pass: chat loss.", "USER");
      }
      if (canary != null) {
        percent = canary.percent();
        phase = Phase.CANARY;
        Workflow.await(() -> back);
        throw ApplicationFailure.newNonRetryableFailure("It went back.", "USER");
      }
      phase = Phase.DONE;
      return new PromotionResult(version, 1, URI.create("http://127.0.0.1:1/v1"), List.of());
    }

    @Override
    public PromotionStatus status() {
      return new PromotionStatus(LINE, version, 1, phase, percent, 0, 0, null);
    }

    @Override
    public PromotionStatus goBack(GoBack request) {
      back = true;
      return status();
    }

    @Override
    public void validateGoBack(GoBack request) {
      if (phase != Phase.CANARY) {
        throw ApplicationFailure.newNonRetryableFailure("No canary.", "USER");
      }
    }
  }

  @BeforeEach
  void start() {
    server =
        TestWorkflowEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .setUseTimeskipping(false)
                .setWorkflowClientOptions(
                    WorkflowClientOptions.newBuilder()
                        .setDataConverter(Payloads.dataConverter())
                        .build())
                .build());
    Worker worker = server.newWorker(TaskQueues.WORKFLOWS);
    worker.registerWorkflowImplementationTypes(Line.class);
    server.start();
    promotions =
        new Promotions(
            TemporalConnection.of(
                server.getWorkflowServiceStubs(), server.getWorkflowClient(), "in-process"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Promotions.Begun promote(int version, Optional<CanarySettings> canary) {
    return promotions.promote(LINE, version, "ann", "why not", false, canary);
  }

  @Test
  void promotion_thatIsDone_givesItsResult_andStandsNowhere() {
    assertThat(promote(2, Optional.empty()).within(PATIENCE).orElseThrow().version()).isEqualTo(2);
    assertThat(promotions.status(LINE)).isEmpty();
    assertThat(promotions.goBack(LINE, "ann", "")).isFalse();
  }

  @Test
  void canary_isToldAsSoonAsItIsOne_andGoesBack() {
    Promotions.Begun begun = promote(3, Optional.of(new CanarySettings(12.5, 60, 0)));

    // A canary lasts an hour: what ends the waiting is that it is one.
    assertThat(begun.within(Duration.ofHours(1))).isEmpty();
    PromotionStatus status = promotions.status(LINE).orElseThrow();
    assertThat(status.phase()).isEqualTo(Phase.CANARY);
    assertThat(status.percent()).isEqualTo(12.5);
    assertThatThrownBy(() -> promote(4, Optional.empty()))
        .isInstanceOfSatisfying(
            RequestFailure.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.CONFLICT));

    assertThat(promotions.goBack(LINE, "ann", "enough")).isTrue();
    assertThatThrownBy(begun::end).hasMessageContaining("It went back.");
    assertThat(promotions.status(LINE)).isEmpty();
  }

  @Test
  void promotion_thatIsRefused_saysWhy() {
    assertThatThrownBy(() -> promote(9, Optional.empty()).within(PATIENCE))
        .isInstanceOfSatisfying(
            RequestFailure.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.REFUSED))
        .hasMessageContaining("chat loss");
  }

  @Test
  void override_withoutAReason_isRefused_beforeAnythingBegins() {
    assertThatThrownBy(() -> promotions.promote(LINE, 2, "ann", " ", true, Optional.empty()))
        .isInstanceOfSatisfying(
            RequestFailure.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.INVALID));
    assertThat(promotions.status(LINE)).isEmpty();
  }
}
