package lyceum.workflows.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import java.util.concurrent.TimeUnit;
import lyceum.contracts.Failures;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.curation.CurationWorkflow;
import lyceum.contracts.curation.CurationWorkflow.CurationRequest;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.contracts.schedule.LaunchWorkflow;
import lyceum.contracts.schedule.LaunchWorkflow.Kind;
import lyceum.contracts.schedule.LaunchWorkflow.Launch;
import lyceum.core.recipe.FeedbackSettings;
import lyceum.core.recipe.Recipe;
import lyceum.workflows.testing.Examples;
import lyceum.workflows.testing.TestLife;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LaunchWorkflowTest {
  private static final String STARTED_AT = "schedule-nightly-2026-11-28T02:00:00Z";

  private final TestLife test = new TestLife();

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void run_isALifeUnderTheSchedulesNameAndTime() {
    launch(STARTED_AT, run(Examples.recipe()));

    assertThat(test.life("nightly-20261128-020000").status().requestedBy()).isEqualTo("ann");
    assertThat(test.deployment.champion()).isEqualTo(1);
  }

  @Test
  void run_thatFails_failsTheStart() {
    test.deployment.failSmoke();

    assertThatThrownBy(() -> launch(STARTED_AT, run(Examples.recipe())))
        .satisfies(e -> assertThat(Failures.reason(e)).contains("version 1 answers nothing"));
  }

  @Test
  void promotion_tellsSchedulesThatTheAliasMoved() {
    launch(STARTED_AT, run(Examples.recipe()));

    assertThat(test.calls.of("schedule.fire"))
        .containsExactly("schedule.fire alias:test-line/champion");
  }

  @Test
  void curation_makesAVersion_andTellsSchedules() {
    launch(STARTED_AT, new Launch("nightly", Kind.CURATION, null, "test-line", "ann", false));

    assertThat(test.calls.of("curation"))
        .containsExactly("curation.select test-line", "curation.curate", "curation.publish");
    assertThat(test.calls.of("schedule.fire"))
        .containsExactly("schedule.fire dataset:feedback-test-line");
  }

  @Test
  void curation_whileAnotherOfTheLineRuns_leavesItToThat() {
    test.curation.hold();
    CurationWorkflow other =
        test.client()
            .newWorkflowStub(
                CurationWorkflow.class,
                WorkflowOptions.newBuilder()
                    .setTaskQueue(TaskQueues.WORKFLOWS)
                    .setWorkflowId(CurationWorkflow.workflowId("test-line"))
                    .build());
    WorkflowClient.start(other::run, new CurationRequest("test-line"));

    launch(STARTED_AT, new Launch("nightly", Kind.CURATION, null, "test-line", "ann", false));

    test.curation.release();
    WorkflowStub.fromTyped(other).getResult(CurationWorkflow.CurationResult.class);
    assertThat(test.calls.of("curation.select")).hasSize(1);
  }

  @Test
  void recipeWithFeedback_givesTheNewestVersionToAlignmentAndFinetuning() {
    launch(STARTED_AT, new Launch("nightly", Kind.CURATION, null, "test-line", "ann", false));

    LifecycleResult result = test.run("life", withFeedback());

    assertThat(result.version()).isEqualTo(1);
    assertThat(test.calls.of("curation.latest")).containsExactly("curation.latest test-line");
    assertThat(test.calls.of("alignment.sampleAnswers"))
        .containsExactly("alignment.sampleAnswers feedback-test-line 1");
    assertThat(test.calls.of("finetuning.generateChats"))
        .containsExactly("finetuning.generateChats feedback-test-line 1");
  }

  private void launch(String id, Launch launch) {
    test.client()
        .newWorkflowStub(
            LaunchWorkflow.class,
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.WORKFLOWS)
                .setWorkflowId(id)
                .build())
        .run(launch);
  }

  private static Launch run(Recipe recipe) {
    return new Launch("nightly", Kind.RUN, recipe, recipe.modelLine(), "ann", false);
  }

  private static Recipe withFeedback() {
    Recipe plain = Examples.recipe();
    return new Recipe(
        plain.name(),
        plain.description(),
        plain.modelLine(),
        plain.seed(),
        plain.corpus(),
        plain.tokenizer(),
        plain.model(),
        plain.pretraining(),
        plain.finetuning(),
        plain.alignment(),
        plain.evaluation(),
        plain.distillation(),
        plain.deployment(),
        new FeedbackSettings(true, true));
  }
}
