package lyceum.workflows.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lyceum.contracts.Failures;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.deployment.ApprovalDecision;
import lyceum.contracts.deployment.ApprovalStatus;
import lyceum.contracts.deployment.DeploymentResult;
import lyceum.contracts.deployment.PromotionWorkflow;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionRequest;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.contracts.lifecycle.StageState;
import lyceum.core.ErrorCategory;
import lyceum.core.Stage;
import lyceum.core.recipe.AlignmentSettings;
import lyceum.core.recipe.DeploymentSettings;
import lyceum.core.recipe.DeploymentSettings.Approval;
import lyceum.core.recipe.Recipe;
import lyceum.workflows.testing.Examples;
import lyceum.workflows.testing.TestLife;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeploymentWorkflowTest {
  private final TestLife test = new TestLife();

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void approval_byAPerson_promotesAndKeepsWhoDecided() {
    WorkflowStub run = startAndWait();

    ApprovalStatus status = test.deploymentOf("life").approval();
    assertThat(status.waiting()).isTrue();
    assertThat(status.candidateVersion()).isEqualTo(1);
    assertThat(status.gates()).allMatch(gate -> gate.passed());
    test.deploymentOf("life").decide(new ApprovalDecision(true, "bob", "reads well"));

    run.getResult(LifecycleResult.class);
    assertThat(test.result("life", Stage.DEPLOYMENT, DeploymentResult.class).decision())
        .isEqualTo(new ApprovalDecision(true, "bob", "reads well"));
    assertThat(test.deployment.champion()).isEqualTo(1);
  }

  @Test
  void rejection_byAPerson_failsButKeepsTheVersion() {
    WorkflowStub run = startAndWait();

    test.deploymentOf("life").decide(new ApprovalDecision(false, "bob", "it is rude"));

    failsWith(
        run, "Version 1 of test-line is registered but not promoted: rejected by bob: it is rude");
    assertThat(test.calls.of("deployment.register")).hasSize(1);
    assertThat(test.calls.of("deployment.serve")).isEmpty();
  }

  @Test
  void decide_whenNoneIsWaitedFor_isRefused() throws Exception {
    CountDownLatch smokeMay = test.deployment.holdSmoke();
    WorkflowStub run = startAndWait();
    test.deploymentOf("life").decide(new ApprovalDecision(true, "bob", ""));
    Awaitility.await().until(() -> !test.calls.of("deployment.smoke").isEmpty());

    assertThatThrownBy(
            () -> test.deploymentOf("life").decide(new ApprovalDecision(false, "cleo", "no")))
        .isInstanceOf(WorkflowUpdateException.class)
        .satisfies(
            e ->
                assertThat(Failures.reason(e))
                    .isEqualTo("Version 1 has been approved already, by bob."));
    smokeMay.countDown();
    run.getResult(LifecycleResult.class);
  }

  @Test
  void deadline_withoutADecision_failsButKeepsTheVersion() {
    WorkflowStub run = startAndWait();

    failsWith(
        run,
        "Version 1 of test-line is registered but not promoted: nobody decided within 48 hours.");
  }

  @Test
  void gate_notPassed_failsWithValueAndBound() {
    WorkflowStub run =
        test.start(
            Examples.request(
                "life",
                recipe(
                    Approval.PERSON,
                    new DeploymentSettings.Gate("validation/bits_per_byte", null, 2.0))));

    failsWith(run, "because it did not pass: validation/bits_per_byte at most 2.0 is 2.25.");
    assertThat(test.calls.of("deployment.register")).hasSize(1);
  }

  @Test
  void gate_notMeasured_doesNotPass() {
    WorkflowStub run =
        test.start(
            Examples.request(
                "life",
                recipe(
                    Approval.AUTOMATIC,
                    new DeploymentSettings.Gate("poetry/accuracy", 0.5, null))));

    failsWith(run, "poetry/accuracy at least 0.5 was not measured");
  }

  @Test
  void promotion_whileAnotherRuns_waitsForIt() {
    CountDownLatch smokeMay = test.deployment.holdSmoke();
    test.deployment.startFrom(3);
    PromotionWorkflow other =
        test.client()
            .newWorkflowStub(
                PromotionWorkflow.class,
                WorkflowOptions.newBuilder()
                    .setTaskQueue(TaskQueues.WORKFLOWS)
                    .setWorkflowId(PromotionWorkflow.workflowId("test-line"))
                    .build());
    WorkflowClient.start(
        other::run, new PromotionRequest("test-line", 2, List.of("Hello"), "bob", "rollback"));
    Awaitility.await()
        .until(() -> test.calls.of("deployment.smoke").contains("deployment.smoke 2"));
    WorkflowStub run = test.start(Examples.request("life", Examples.recipe()));
    Awaitility.await().until(() -> !test.calls.of("deployment.register").isEmpty());

    smokeMay.countDown();
    run.getResult(LifecycleResult.class);

    assertThat(test.calls.of("deployment.moveAlias"))
        .containsExactly("deployment.moveAlias 3 to 2", "deployment.moveAlias 2 to 4");
  }

  private WorkflowStub startAndWait() {
    WorkflowStub run =
        test.start(
            Examples.request(
                "life",
                recipe(
                    Approval.PERSON,
                    new DeploymentSettings.Gate("validation/bits_per_byte", null, 3.0))));
    test.awaitState("life", Stage.DEPLOYMENT, StageState.WAITING);
    assertThat(test.status("life", Stage.DEPLOYMENT).note())
        .isEqualTo("version 1 of test-line waits for approval");
    return run;
  }

  private void failsWith(WorkflowStub run, String message) {
    assertThatThrownBy(() -> run.getResult(LifecycleResult.class))
        .satisfies(
            e -> {
              assertThat(Failures.reason(e))
                  .startsWith("The deployment stage failed: ")
                  .contains(message);
              assertThat(Failures.category(e)).contains(ErrorCategory.USER);
            });
    assertThat(test.status("life", Stage.DEPLOYMENT).state()).isEqualTo(StageState.FAILED);
  }

  private static Recipe recipe(Approval approval, DeploymentSettings.Gate gate) {
    return Examples.recipe(
        Examples.alignment(AlignmentSettings.Rater.SIMULATED, 100),
        Examples.deployment(approval, gate));
  }
}
