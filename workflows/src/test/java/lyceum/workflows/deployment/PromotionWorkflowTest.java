package lyceum.workflows.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.client.WorkflowOptions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import lyceum.contracts.Failures;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.deployment.PromotionWorkflow;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionRequest;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionResult;
import lyceum.workflows.testing.TestLife;
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
    return test.client()
        .newWorkflowStub(
            PromotionWorkflow.class,
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.WORKFLOWS)
                .setWorkflowId(PromotionWorkflow.workflowId("test-line"))
                .build())
        .run(new PromotionRequest("test-line", version, List.of("Hello"), "bob", "because"));
  }
}
