package lyceum.workflows.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.api.enums.v1.EventType;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.CanceledFailure;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lyceum.contracts.Failures;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.deployment.PromotionWorkflow;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionRequest;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionResult;
import lyceum.workflows.testing.TestLife;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PromotionWorkflowTest {
  private final TestLife test = new TestLife();

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void run_earlierVersion_rollsTheLineBack() {
    test.deployment.startFrom(3);

    PromotionResult result = promote(2);

    assertThat(result.version()).isEqualTo(2);
    assertThat(result.previousVersion()).isEqualTo(3);
    assertThat(test.deployment.champion()).isEqualTo(2);
  }

  @Test
  void run_smokeFails_servesThePreviousVersionAgain() {
    test.deployment.startFrom(3);
    test.deployment.failSmoke();

    assertThatThrownBy(() -> promote(4))
        .satisfies(
            e ->
                assertThat(Failures.reason(e))
                    .isEqualTo(
                        "Version 4 of test-line was not promoted: version 4 answers nothing. Version 3 serves again."));

    assertThat(test.calls.of("deployment."))
        .containsExactly("deployment.serve 4", "deployment.smoke 4", "deployment.serve 3");
    assertThat(test.deployment.champion()).isEqualTo(3);
  }

  @Test
  void run_serveFails_triesAFewTimesThenServesThePreviousVersionAgain() {
    test.deployment.startFrom(3);
    test.deployment.failServe(4);

    assertThatThrownBy(() -> promote(4))
        .satisfies(
            e -> assertThat(Failures.reason(e)).contains("not enough memory to load version 4"));

    assertThat(test.calls.of("deployment.serve 4")).hasSize(4);
    assertThat(test.calls.all()).last().isEqualTo("deployment.serve 3");
  }

  @Test
  void run_aliasMovedButCallFailed_movesItBack() {
    test.deployment.startFrom(3);
    test.deployment.failAfterMovingTo(4);

    assertThatThrownBy(() -> promote(4))
        .satisfies(e -> assertThat(Failures.reason(e)).contains("the history cannot be written"));

    assertThat(test.deployment.champion()).isEqualTo(3);
    assertThat(test.calls.all())
        .endsWith(
            "deployment.moveAlias 3 to 4", "deployment.moveAlias 0 to 3", "deployment.serve 3");
  }

  @Test
  void cancel_duringSmoke_servesThePreviousVersionAgain() {
    test.deployment.startFrom(3);
    CountDownLatch smokeMay = test.deployment.holdSmoke();
    PromotionWorkflow promotion = promotion();
    WorkflowClient.start(promotion::run, request(4));
    Awaitility.await().until(() -> !test.calls.of("deployment.smoke").isEmpty());

    WorkflowStub.fromTyped(promotion).cancel();
    // The in-process server loses an activity that completes while its cancellation is on its way.
    Awaitility.await()
        .until(
            () ->
                test
                    .client()
                    .fetchHistory(PromotionWorkflow.workflowId("test-line"))
                    .getEvents()
                    .stream()
                    .anyMatch(
                        e ->
                            e.getEventType()
                                == EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED));
    smokeMay.countDown();

    assertThatThrownBy(() -> WorkflowStub.fromTyped(promotion).getResult(PromotionResult.class))
        .hasCauseInstanceOf(CanceledFailure.class);
    assertThat(test.calls.all()).last().isEqualTo("deployment.serve 3");
    assertThat(test.deployment.champion()).isEqualTo(3);
  }

  @Test
  void run_firstVersionFails_saysThatThereIsNoOther() {
    test.deployment.failSmoke();

    assertThatThrownBy(() -> promote(1))
        .satisfies(
            e ->
                assertThat(Failures.reason(e))
                    .endsWith("There is no earlier version to go back to."));
    assertThat(test.deployment.champion()).isZero();
  }

  @Test
  void run_championAgain_servesItAndMovesNothing() {
    test.deployment.startFrom(3);

    promote(3);

    assertThat(test.calls.of("deployment."))
        .containsExactly("deployment.serve 3", "deployment.smoke 3");
  }

  private PromotionResult promote(int version) {
    return promotion().run(request(version));
  }

  private PromotionWorkflow promotion() {
    return test.client()
        .newWorkflowStub(
            PromotionWorkflow.class,
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.WORKFLOWS)
                .setWorkflowId(PromotionWorkflow.workflowId("test-line"))
                .build());
  }

  private static PromotionRequest request(int version) {
    return new PromotionRequest("test-line", version, List.of("Hello"), "bob", "because");
  }
}
