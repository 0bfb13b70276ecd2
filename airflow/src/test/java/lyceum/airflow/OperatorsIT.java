package lyceum.airflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.client.WorkflowFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import lyceum.airflow.coordinator.TaskEnd;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.core.Sha256;
import lyceum.core.recipe.DeploymentSettings.Approval;
import lyceum.core.recipe.DeploymentSettings.Gate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The operators on a Temporal server, without Airflow. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OperatorsIT {
  private final StartRunOperator start =
      new StartRunOperator("recipe")
          .withOverrides("deployment.approval=PERSON")
          .withOverridesFrom("new_data");
  private Path folder = Path.of("");
  private TemporalWithALife temporal;
  private FakeAirflow airflow;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    folder = temporary;
    temporal = TemporalWithALife.start(temporary);
  }

  @AfterAll
  void stop() {
    if (temporal != null) {
      temporal.close();
    }
  }

  @BeforeEach
  void newDagRun(TestInfo test) throws IOException {
    airflow =
        new FakeAirflow(
            temporal.port, "manual__" + test.getTestMethod().orElseThrow().getName() + "+00:00");
    airflow.variables.put("recipe", recipe("a recipe", "line"));
  }

  @Test
  void start_secondTry_findsTheRunOfTheFirst() throws Exception {
    Object id = airflow.run("start", start, null);
    airflow.run("start", start, null);

    assertThat(id).isEqualTo("retrain-manual-start-secondTry-findsTheRunOfTheFirst-00-00");
    assertThat(airflow.lines).containsExactly("Started run " + id, "Found run " + id);
    LifecycleRequest request = new Run(temporal.client, id.toString()).request();
    assertThat(request.requestedBy()).isEqualTo("ann");
    assertThat(request.recipe().deployment().approval()).isEqualTo(Approval.PERSON);
  }

  @Test
  void start_afterAFailedRun_startsItAgain() throws Exception {
    airflow.variables.put("recipe", recipe(FakeLife.FAILS, "line"));
    Object id = airflow.run("start", start, null);
    assertThatThrownBy(
            () ->
                temporal
                    .client
                    .newUntypedWorkflowStub(id.toString())
                    .getResult(LifecycleResult.class))
        .isInstanceOf(WorkflowFailedException.class);
    assertThatThrownBy(() -> airflow.run("end", AwaitRunOperator.end("start"), null))
        .isInstanceOf(TaskEnd.Failed.class)
        .hasMessageContaining("no such file");

    airflow.variables.put("recipe", recipe("a recipe", "line"));
    airflow.run("start", start, null);

    assertThat(airflow.lines).endsWith("Started run " + id);
  }

  @Test
  void start_recipeThatIsNone_failsForGood_namingTheKey() {
    airflow.variables.put("recipe", "name: x\nmodell: {}\n");

    assertThatThrownBy(() -> airflow.run("start", start, null))
        .isInstanceOf(TaskEnd.Failed.class)
        .hasMessageContaining("the Airflow variable recipe")
        .hasMessageContaining("modell");
  }

  @Test
  void wholeDag_candidateThatPasses_isPromoted() throws Exception {
    Object id = airflow.run("start", start, null);
    assertThatThrownBy(() -> airflow.run("candidate", AwaitRunOperator.decision("start"), null))
        .isInstanceOf(TaskEnd.Deferred.class);
    awaitDecision(id);
    assertThat(airflow.run("candidate", AwaitRunOperator.decision("start"), Waiting.LOOK_AGAIN))
        .isEqualTo(Map.of("run_id", id, "version", 3));

    assertThat(
            airflow.run(
                "gate",
                new EvaluationGateOperator(
                    "start", new Gate("validation/bits_per_byte", null, 3.0)),
                null))
        .isEqualTo(Map.of("validation/bits_per_byte", 2.5));

    PromoteModelOperator promote = new PromoteModelOperator("start");
    assertThatThrownBy(() -> airflow.run("promote", promote, null))
        .isInstanceOf(TaskEnd.Deferred.class);
    // Killed after the approval: the next try finds it.
    assertThatThrownBy(
            () -> {
              airflow.run("promote", promote, null);
              throw new TaskEnd.Skipped("it had ended already");
            })
        .isInstanceOf(TaskEnd.class);
    temporal.client.newUntypedWorkflowStub(id.toString()).getResult(LifecycleResult.class);
    assertThat(airflow.run("promote", promote, Waiting.LOOK_AGAIN))
        .isEqualTo(
            Map.of(
                "run_id",
                id,
                "model_line",
                "line",
                "version",
                3,
                "endpoint",
                "http://127.0.0.1:8080/v1"));
  }

  @Test
  void gate_missed_rejectsTheCandidate() throws Exception {
    Object id = airflow.run("start", start, null);
    awaitDecision(id);

    assertThatThrownBy(
            () ->
                airflow.run(
                    "gate",
                    new EvaluationGateOperator(
                        "start",
                        new Gate("validation/bits_per_byte", null, 2.0),
                        new Gate("addition/accuracy", 0.5, null)),
                    null))
        .isInstanceOf(TaskEnd.Failed.class)
        .hasMessageContaining("validation/bits_per_byte at most 2.0 is 2.5")
        .hasMessageContaining("addition/accuracy at least 0.5 was not measured");
    assertThatThrownBy(() -> new Run(temporal.client, id.toString()).result())
        .hasMessageContaining("rejected by ann");
  }

  @Test
  void newData_sameFile_isSkipped_changedFile_isPinnedAnew() throws Exception {
    Path file = Files.writeString(folder.resolve("drop.txt"), "first text");
    airflow.variables.put("recipe", recipe("a recipe", "dropped", file));
    NewDataOperator newData = new NewDataOperator("recipe");

    airflow.run("new_data", newData, null);
    Object id =
        airflow.run(
            "start",
            new StartRunOperator("recipe")
                .withOverridesFrom("new_data")
                .withOverrides("deployment.approval=AUTOMATIC"),
            null);
    temporal.client.newUntypedWorkflowStub(id.toString()).getResult(LifecycleResult.class);
    assertThat(
            new Run(temporal.client, id.toString())
                .request()
                .recipe()
                .corpus()
                .sources()
                .get(0)
                .sha256())
        .isEqualTo(Sha256.of(file));
    // The list of ended runs follows the server's index, which takes a moment.
    awaitSkip(newData, id);

    Files.writeString(file, "second text");
    assertThat(airflow.run("new_data", newData, null)).isEqualTo(List.of(Sha256.of(file)));
    assertThat(airflow.lines).endsWith("The data differ from those of run " + id);
  }

  private void awaitSkip(NewDataOperator newData, Object id) throws Exception {
    while (true) {
      try {
        airflow.run("new_data", newData, null);
        Thread.sleep(200);
      } catch (TaskEnd.Skipped e) {
        assertThat(e).hasMessageContaining(id.toString());
        return;
      }
    }
  }

  private void awaitDecision(Object id) throws InterruptedException {
    Run run = new Run(temporal.client, id.toString());
    while (!run.waitsForDecision()) {
      Thread.sleep(100);
    }
  }

  private String recipe(String description, String line) throws IOException {
    return recipe(description, line, Files.writeString(folder.resolve("text.txt"), "a text"));
  }

  /** The smoke recipe with a source on disk. */
  private static String recipe(String description, String line, Path text) throws IOException {
    return FakeRecipe.of(description, line, text, 1);
  }
}
