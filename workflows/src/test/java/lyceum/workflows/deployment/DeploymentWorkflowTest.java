package lyceum.workflows.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

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
import lyceum.contracts.deployment.AuditEntry;
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
    startOther(PromotionWorkflow.Kind.ROLLBACK, 3);
    WorkflowStub run = test.start(Examples.request("life", Examples.recipe()));
    Awaitility.await().until(() -> !test.calls.of("deployment.register").isEmpty());

    smokeMay.countDown();
    run.getResult(LifecycleResult.class);

    assertThat(test.calls.of("deployment.moveAlias"))
        .containsExactly("deployment.moveAlias 3 to 4");
  }

  @Test
  void promotion_afterAnotherMovedTheChampion_isRefusedAsStale() {
    CountDownLatch smokeMay = test.deployment.holdSmoke();
    test.deployment.startFrom(3);
    startOther(PromotionWorkflow.Kind.ROLLBACK, 2);
    WorkflowStub run = test.start(Examples.request("life", Examples.recipe()));
    Awaitility.await().until(() -> !test.calls.of("evaluation.pair").isEmpty());

    smokeMay.countDown();

    failsWith(
        run,
        "Version 4 of test-line was not promoted: it was judged against version 3, but version 2 has become champion since.");
    assertThat(test.calls.of("deployment.moveAlias"))
        .containsExactly("deployment.moveAlias 3 to 2");
    assertThat(test.deployment.audit())
        .extracting(AuditEntry::action)
        .contains(AuditEntry.Action.REFUSED);
  }

  @Test
  void champion_betterBeyondNoise_blocksTheCandidate() {
    test.deployment.startFrom(3);
    test.evaluation.lose(0.4, true);

    WorkflowStub run = test.start(Examples.request("life", Examples.recipe()));

    failsWith(
        run,
        "Version 4 of test-line is registered but not promoted, because it did not pass: validation/bits_per_byte is 2.6500 where version 3, the champion, has 2.2500 on the same 100 items: +0.4000, 95% interval +0.2000 to +0.8000 (paired bootstrap).");
    AuditEntry rejected = test.deployment.audit().getLast();
    assertThat(rejected.action()).isEqualTo(AuditEntry.Action.REJECTED);
    assertThat(rejected.by()).isEqualTo("gates");
    assertThat(rejected.runId()).isEqualTo("life");
    assertThat(rejected.judgement().comparison().scores().getFirst().passed()).isFalse();
  }

  @Test
  void champion_betterWithinNoise_doesNot_andTheApproverSeesTheInterval() {
    test.deployment.startFrom(3);
    test.evaluation.lose(0.4, false);
    WorkflowStub run = startAndWait(4);

    ApprovalStatus status = test.deploymentOf("life").approval();
    assertThat(status.comparison().champion()).isEqualTo(3);
    assertThat(status.comparison().scores().getFirst().paired().low()).isEqualTo(-0.4);
    assertThat(status.requestedBy()).isEqualTo("ann");
    test.deploymentOf("life").decide(new ApprovalDecision(true, "bob", "within noise"));
    run.getResult(LifecycleResult.class);

    assertThat(test.deployment.audit())
        .extracting(AuditEntry::action, AuditEntry::by)
        .containsExactly(
            tuple(AuditEntry.Action.APPROVED, "bob"), tuple(AuditEntry.Action.PROMOTED, "bob"));
    assertThat(test.result("life", Stage.DEPLOYMENT, DeploymentResult.class).comparison())
        .isEqualTo(status.comparison());
  }

  @Test
  void fourEyes_refusesTheOneWhoStartedTheRun_butTakesTheNo() {
    WorkflowStub run =
        test.start(
            Examples.request(
                "life",
                Examples.recipe(
                    Examples.alignment(AlignmentSettings.Rater.SIMULATED, 100), fourEyes())));
    test.awaitState("life", Stage.DEPLOYMENT, StageState.WAITING);
    assertThat(test.deploymentOf("life").approval().fourEyes()).isTrue();

    assertThatThrownBy(
            () -> test.deploymentOf("life").decide(new ApprovalDecision(true, "ann", "mine")))
        .isInstanceOf(WorkflowUpdateException.class)
        .satisfies(
            e ->
                assertThat(Failures.reason(e))
                    .isEqualTo(
                        "The recipe asks for four eyes: ann started the run, so somebody else has to approve version 1."));
    assertThat(test.deploymentOf("life").approval().waiting()).isTrue();
    test.deploymentOf("life").decide(new ApprovalDecision(false, "ann", "not good enough"));

    failsWith(run, "rejected by ann: not good enough");
  }

  @Test
  void fourEyes_takesAnotherPersonsYes() {
    WorkflowStub run =
        test.start(
            Examples.request(
                "life",
                Examples.recipe(
                    Examples.alignment(AlignmentSettings.Rater.SIMULATED, 100), fourEyes())));
    test.awaitState("life", Stage.DEPLOYMENT, StageState.WAITING);

    test.deploymentOf("life").decide(new ApprovalDecision(true, "bob", ""));

    run.getResult(LifecycleResult.class);
    assertThat(test.deployment.champion()).isEqualTo(1);
  }

  @Test
  void people_areToldThatAnApprovalWaits_andThatTheRunFailed() {
    test.notification.tellBy("mail");
    WorkflowStub run = startAndWait();
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(test.calls.of("notification"))
                    .containsExactly(
                        "notification mail approval.waiting: Version 1 of test-line waits for approval"));

    failsWith(run, "nobody decided within 48 hours");

    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(test.calls.of("notification"))
                    .contains("notification mail run.failed: Run life failed"));
    assertThat(test.deployment.audit())
        .extracting(AuditEntry::action, AuditEntry::by, AuditEntry::reason)
        .containsExactly(
            tuple(AuditEntry.Action.REJECTED, "deadline", "nobody decided within 48 hours"));
  }

  private void startOther(PromotionWorkflow.Kind kind, int version) {
    PromotionWorkflow other =
        test.client()
            .newWorkflowStub(
                PromotionWorkflow.class,
                WorkflowOptions.newBuilder()
                    .setTaskQueue(TaskQueues.WORKFLOWS)
                    .setWorkflowId(PromotionWorkflow.workflowId("test-line"))
                    .build());
    WorkflowClient.start(
        other::run,
        new PromotionRequest("test-line", version, List.of("Hello"), "bob", "rollback", kind));
    Awaitility.await()
        .until(() -> test.calls.of("deployment.smoke").contains("deployment.smoke " + version));
  }

  private static DeploymentSettings fourEyes() {
    DeploymentSettings plain = Examples.deployment(Approval.PERSON);
    return new DeploymentSettings(
        plain.candidate(),
        plain.gates(),
        plain.approval(),
        plain.approvalDeadlineHours(),
        plain.smokePrompts(),
        true,
        plain.champion(),
        null,
        plain.health());
  }

  private WorkflowStub startAndWait() {
    return startAndWait(1);
  }

  private WorkflowStub startAndWait(int version) {
    WorkflowStub run =
        test.start(
            Examples.request(
                "life",
                recipe(
                    Approval.PERSON,
                    new DeploymentSettings.Gate("validation/bits_per_byte", null, 3.0))));
    test.awaitState("life", Stage.DEPLOYMENT, StageState.WAITING);
    assertThat(test.status("life", Stage.DEPLOYMENT).note())
        .isEqualTo("version " + version + " of test-line waits for approval");
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
