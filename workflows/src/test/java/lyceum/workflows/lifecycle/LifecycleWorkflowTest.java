package lyceum.workflows.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.failure.CanceledFailure;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import lyceum.contracts.Failures;
import lyceum.contracts.deployment.DeploymentResult;
import lyceum.contracts.evaluation.EvaluationResult;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.contracts.lifecycle.PauseRequest;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;
import lyceum.contracts.pretraining.PretrainingInput;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.Stage;
import lyceum.core.recipe.AlignmentSettings;
import lyceum.core.recipe.DeploymentSettings;
import lyceum.core.recipe.Recipe;
import lyceum.workflows.testing.Examples;
import lyceum.workflows.testing.Failing;
import lyceum.workflows.testing.TestLife;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LifecycleWorkflowTest {
  private final TestLife test = new TestLife();

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void run_wholeLife_endsWithAServedModel() {
    LifecycleResult result = test.run("life", Examples.recipe());

    assertThat(result.trackingRunId()).isEqualTo("tracking-life");
    assertThat(result.version()).isEqualTo(1);
    DeploymentResult deployment = test.result("life", Stage.DEPLOYMENT, DeploymentResult.class);
    assertThat(deployment.decision().decidedBy()).isEqualTo("gates");
    assertThat(deployment.smoke()).hasSize(1);
    assertThat(test.result("life", Stage.EVALUATION, EvaluationResult.class).models())
        .extracting(m -> m.name())
        .containsExactly("pretraining", "finetuning", "alignment");
    assertThat(states("life")).containsOnly(StageState.DONE);
    assertThat(test.life("life").status().stages())
        .allSatisfy(
            s ->
                assertThat(s.finishedAtMillis())
                    .isGreaterThanOrEqualTo(s.startedAtMillis())
                    .isPositive());
    assertThat(test.calls.of("corpus."))
        .containsExactlyInAnyOrder(
            "corpus.fetch first",
            "corpus.fetch second",
            "corpus.clean first",
            "corpus.clean second",
            "corpus.assemble [first, second]");
    assertThat(test.calls.of("records.close "))
        .containsExactly(
            Arrays.stream(Stage.values())
                .map(s -> "records.close " + s.noun())
                .toArray(String[]::new));
    // Base alone; base and assistant; assistant and policy; all three again for the report;
    // teacher, student, control.
    assertThat(test.calls.of("evaluation.measure")).hasSize(1 + 2 + 2 + 3 + 3);
    assertThat(test.calls.of("evaluation.writeReport"))
        .containsExactly("evaluation.writeReport [pretraining, finetuning, alignment, n-grams]");
    assertThat(test.calls.of("records.closeLife"))
        .containsExactly(
            "records.closeLife true version 1 of test-line serves at http://127.0.0.1:9999/v1");
  }

  @Test
  void run_fromAnOpenModel_adoptsItsTokenizerAndItsDimensions() {
    test.run("life", Examples.fromAnOpenModel());

    assertThat(test.calls.of("tokenizer.")).containsExactly("tokenizer.adopt", "tokenizer.encode");
    // The base model is measured, and what it went on from.
    assertThat(test.calls.of("evaluation.measure")).hasSize(2 + 2 + 2 + 3 + 3);
    PretrainingInput input =
        PretrainingInput.of(
            Examples.fromAnOpenModel(), Examples.tokens().adoptedFrom(Examples.parent()));
    assertThat(input.model()).isEqualTo(Examples.parent().config());
  }

  @Test
  void run_sameRecipeAgain_reusesEveryStageAndSaysWhy() {
    test.run("first", Examples.recipe());
    test.calls.clear();

    LifecycleResult again = test.run("second", Examples.recipe());

    assertThat(again.version()).isEqualTo(1);
    assertThat(states("second")).containsOnly(StageState.REUSED);
    assertThat(test.life("second").status().stages())
        .allSatisfy(
            s -> assertThat(s.note()).isEqualTo("same inputs, settings and code as before"));
    assertThat(test.calls.all()).allMatch(call -> call.startsWith("records."));
  }

  @Test
  void run_sameRecipeFresh_runsEveryStage() {
    test.run("first", Examples.recipe());

    test.start(new LifecycleRequest("second", Examples.recipe(), "ann", true))
        .getResult(LifecycleResult.class);

    assertThat(states("second")).containsOnly(StageState.DONE);
  }

  @Test
  void run_changedAlignmentSettings_runsFromThere() {
    Recipe recipe = Examples.recipe();
    test.run("first", recipe);

    Recipe changed =
        Examples.recipe(
            Examples.alignment(AlignmentSettings.Rater.SIMULATED, 120), recipe.deployment());
    test.run("second", changed);

    assertThat(states("second").subList(0, Stage.ALIGNMENT.ordinal()))
        .containsOnly(StageState.REUSED);
    assertThat(test.status("second", Stage.ALIGNMENT).state()).isEqualTo(StageState.DONE);
    // The fake policy has the same weights whatever its settings, so later stages find their
    // results on hand.
    assertThat(test.calls.of("alignment.train policy")).hasSize(2);
  }

  @Test
  void pause_inTheMiddleOfTraining_resumesFromTheCheckpoint() throws Exception {
    test.training.hold("base");
    WorkflowStub run = test.start(Examples.request("life", Examples.recipe()));
    test.training.awaitHeld();

    test.life("life").pause(new PauseRequest("ann", "the device is needed"));
    test.awaitState("life", Stage.PRETRAINING, StageState.PAUSED);

    assertThat(test.life("life").status().paused()).isTrue();
    assertThat(test.status("life", Stage.PRETRAINING).note())
        .isEqualTo("paused by ann: the device is needed");
    assertThat(test.calls.of("pretraining.stopped"))
        .containsExactly("pretraining.stopped base at step 50");
    assertThatThrownBy(() -> test.life("life").pause(new PauseRequest("bob", "")))
        .isInstanceOf(WorkflowUpdateException.class)
        .satisfies(e -> assertThat(Failures.reason(e)).contains("paused already, by ann"));

    test.training.release();
    test.life("life").resume(new PauseRequest("ann", ""));
    run.getResult(LifecycleResult.class);

    assertThat(test.calls.of("pretraining.train"))
        .containsExactly(
            "pretraining.train base from step 0", "pretraining.train base from step 50");
    assertThat(states("life")).containsOnly(StageState.DONE);
  }

  @Test
  void pause_betweenTrainingsSideBySide_stopsAndResumesBoth() throws Exception {
    test.training.hold("student");
    WorkflowStub run = test.start(Examples.request("life", Examples.recipe()));
    test.training.awaitHeld();

    test.life("life").pause(new PauseRequest("ann", ""));
    test.awaitState("life", Stage.DISTILLATION, StageState.PAUSED);
    test.training.release();
    test.life("life").resume(new PauseRequest("ann", ""));

    assertThat(run.getResult(LifecycleResult.class).version()).isEqualTo(1);
    assertThat(test.calls.of("distillation.train student"))
        .containsExactly(
            "distillation.train student from step 0", "distillation.train student from step 25");
  }

  @Test
  void resume_notPaused_isRefused() throws Exception {
    test.training.hold("base");
    test.start(Examples.request("life", Examples.recipe()));
    test.training.awaitHeld();

    assertThatThrownBy(() -> test.life("life").resume(new PauseRequest("ann", "")))
        .isInstanceOf(WorkflowUpdateException.class)
        .satisfies(e -> assertThat(Failures.reason(e)).isEqualTo("The run is not paused."));
  }

  @Test
  void cancel_duringTraining_waitsForTheStepAndClosesEverything() throws Exception {
    test.training.hold("base");
    WorkflowStub run = test.start(Examples.request("life", Examples.recipe()));
    test.training.awaitHeld();

    run.cancel();

    assertThatThrownBy(() -> run.getResult(LifecycleResult.class))
        .isInstanceOf(WorkflowFailedException.class)
        .hasCauseInstanceOf(CanceledFailure.class);
    assertThat(test.calls.of("pretraining.stopped")).hasSize(1);
    assertThat(test.calls.of("records.fail")).containsExactly("records.fail pretraining cancelled");
    assertThat(test.calls.of("records.closeLife")).hasSize(1);
    assertThat(test.status("life", Stage.PRETRAINING).state()).isEqualTo(StageState.CANCELLED);
    assertThat(test.status("life", Stage.FINETUNING).state()).isEqualTo(StageState.PENDING);
  }

  @Test
  void cancel_whilePaused_ends() throws Exception {
    test.training.hold("base");
    WorkflowStub run = test.start(Examples.request("life", Examples.recipe()));
    test.training.awaitHeld();
    test.life("life").pause(new PauseRequest("ann", ""));
    test.awaitState("life", Stage.PRETRAINING, StageState.PAUSED);

    run.cancel();

    assertThatThrownBy(() -> run.getResult(LifecycleResult.class))
        .hasCauseInstanceOf(CanceledFailure.class);
    assertThat(test.status("life", Stage.PRETRAINING).state()).isEqualTo(StageState.CANCELLED);
  }

  @Test
  void failure_ofCategoryUser_isNotRetriedAndNamesStageAndReason() {
    test.corpus.failFetch(
        n -> Failing.with(LyceumException.user("there is no file /texts/first.txt")));

    assertThatThrownBy(() -> test.run("life", Examples.oneSource()))
        .isInstanceOf(WorkflowFailedException.class)
        .satisfies(
            e -> {
              assertThat(Failures.reason(e))
                  .isEqualTo("The corpus stage failed: there is no file /texts/first.txt");
              assertThat(Failures.category(e)).contains(ErrorCategory.USER);
            });
    assertThat(test.calls.of("corpus.fetch")).hasSize(1);
    assertThat(test.calls.of("records.fail"))
        .containsExactly("records.fail corpus there is no file /texts/first.txt");
    assertThat(test.calls.of("records.closeLife"))
        .containsExactly(
            "records.closeLife false The corpus stage failed: there is no file /texts/first.txt");
    assertThat(test.status("life", Stage.CORPUS).state()).isEqualTo(StageState.FAILED);
  }

  @Test
  void failure_ofOneOfTwoSideBySide_cancelsTheOther() {
    test.corpus.holdFetch("second");
    test.corpus.failFetch(
        n -> Failing.with(LyceumException.user("there is no file /texts/first.txt")));

    assertThatThrownBy(() -> test.run("life", Examples.recipe()))
        .satisfies(
            e -> assertThat(Failures.reason(e)).contains("there is no file /texts/first.txt"));

    assertThat(test.calls.of("corpus.stopped")).containsExactly("corpus.stopped second");
    assertThat(test.status("life", Stage.CORPUS).state()).isEqualTo(StageState.FAILED);
  }

  @Test
  void failure_ofCategoryExternal_isRetriedByTheServer() {
    test.corpus.failFetch(
        n -> n <= 6 ? Failing.with(LyceumException.external("connection refused")) : null);

    test.run("life", Examples.oneSource());

    assertThat(test.calls.of("corpus.fetch")).hasSize(7);
    assertThat(states("life")).containsOnly(StageState.DONE);
  }

  @Test
  void failure_ofCategoryInternal_isTriedThreeTimes() {
    test.corpus.failFetch(n -> Failing.with(LyceumException.internal("a defect")));

    assertThatThrownBy(() -> test.run("life", Examples.oneSource()))
        .satisfies(e -> assertThat(Failures.category(e)).contains(ErrorCategory.INTERNAL));

    assertThat(test.calls.of("corpus.fetch")).hasSize(3);
  }

  @Test
  void failure_ofCategoryInternalOnce_isMended() {
    test.corpus.failFetch(
        n -> n == 1 ? Failing.with(LyceumException.internal("a rare defect")) : null);

    test.run("life", Examples.oneSource());

    assertThat(test.calls.of("corpus.fetch")).hasSize(2);
  }

  @Test
  void payload_over256KiB_failsTheStageWithoutDoingTheWorkAgain() {
    test.corpus.nameReasons(15_000);

    assertThatThrownBy(() -> test.run("life", Examples.oneSource()))
        .satisfies(
            e -> {
              assertThat(Failures.category(e)).contains(ErrorCategory.INTERNAL);
              assertThat(Failures.reason(e)).contains("over the limit of 262144");
            });
    assertThat(test.calls.of("corpus.clean")).hasSize(1);
  }

  @Test
  void request_over256KiB_isRefusedBeforeItIsSent() {
    LifecycleRequest large =
        new LifecycleRequest("life", Examples.recipe(), "a".repeat(300_000), false);

    assertThatThrownBy(() -> test.start(large))
        .satisfies(e -> assertThat(Failures.reason(e)).contains("over the limit of 262144"));
  }

  @Test
  void status_whileRunning_showsWhatIsAhead() throws Exception {
    test.training.hold("assistant");
    WorkflowStub run = test.start(Examples.request("life", Examples.recipe()));
    test.training.awaitHeld();

    assertThat(states("life"))
        .startsWith(
            StageState.DONE,
            StageState.DONE,
            StageState.DONE,
            StageState.RUNNING,
            StageState.PENDING);
    StageStatus ahead = test.status("life", Stage.DEPLOYMENT);
    assertThat(ahead.startedAtMillis()).isZero();
    assertThat(test.life("life").status().requestedBy()).isEqualTo("ann");
    test.training.release();
    run.getResult(LifecycleResult.class);
  }

  @Test
  void candidate_student_isDeployedWithItsOwnScores() {
    DeploymentSettings student =
        new DeploymentSettings(
            DeploymentSettings.Candidate.STUDENT,
            List.of(new DeploymentSettings.Gate("distillation/gap_closed", 0.5, null)),
            DeploymentSettings.Approval.AUTOMATIC,
            1,
            List.of("Hello"));
    test.run(
        "life",
        Examples.recipe(Examples.alignment(AlignmentSettings.Rater.SIMULATED, 100), student));

    assertThat(
            test.result("life", Stage.DEPLOYMENT, DeploymentResult.class)
                .gates()
                .getFirst()
                .value())
        .isEqualTo(0.5);
    assertThat(test.calls.of("deployment.register"))
        .containsExactly("deployment.register distillation as 1");
  }

  @Test
  void searchAttributes_ofARun_sayWhatItIs() {
    test.run("life", Examples.recipe());

    Awaitility.await()
        .untilAsserted(
            () -> {
              var attributes =
                  test.client()
                      .newUntypedWorkflowStub("life")
                      .describe()
                      .getTypedSearchAttributes();
              assertThat(attributes.get(lyceum.contracts.SearchKeys.RECIPE)).isEqualTo("test");
              assertThat(attributes.get(lyceum.contracts.SearchKeys.MODEL_LINE))
                  .isEqualTo("test-line");
              assertThat(attributes.get(lyceum.contracts.SearchKeys.REQUESTED_BY)).isEqualTo("ann");
              assertThat(attributes.get(lyceum.contracts.SearchKeys.STATUS)).isEqualTo("DONE");
            });
  }

  private List<StageState> states(String runId) {
    return test.life(runId).status().stages().stream().map(StageStatus::state).toList();
  }
}
