package lyceum.workflows.testing;

import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.common.WorkflowExecutionHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.alignment.Ranking;
import lyceum.contracts.curation.CurationWorkflow;
import lyceum.contracts.deployment.ApprovalDecision;
import lyceum.contracts.deployment.PromotionWorkflow;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.contracts.lifecycle.PauseRequest;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.schedule.LaunchWorkflow;
import lyceum.core.Notification;
import lyceum.core.Stage;
import lyceum.core.recipe.AlignmentSettings;
import lyceum.core.recipe.CanarySettings;
import lyceum.core.recipe.DeploymentSettings;
import lyceum.core.recipe.HealthSettings;

/**
 * Records the histories that replay tests hold today's workflow code against: one life in which
 * everything that people can do happens (a pause, rankings, an approval), with its eight stages and
 * its promotion.
 *
 * <p>Run {@code main} once a release, with the folder to write to as its argument, and keep the
 * files of earlier releases beside the new ones for as long as such lives may still run.
 */
public final class Histories {
  private Histories() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    String release = arguments[1];
    for (Map.Entry<String, WorkflowExecutionHistory> history : record().entrySet()) {
      write(folder.resolve(release + "-" + history.getKey() + ".json"), history.getValue());
    }
  }

  /**
   * Histories by the name of what they are of: {@code lifecycle}, the nouns of the stages, {@code
   * promotion}, {@code launch}, {@code curation}, {@code notification}.
   */
  public static Map<String, WorkflowExecutionHistory> record() throws InterruptedException {
    String runId = "recorded";
    try (TestLife test = new TestLife()) {
      test.training.hold("base");
      test.deployment.startFrom(3);
      test.notification.tellBy("mail");
      WorkflowStub run =
          test.start(
              Examples.request(
                  runId,
                  Examples.recipe(
                      Examples.alignment(AlignmentSettings.Rater.PEOPLE, 100), deployment())));
      test.training.awaitHeld();
      test.life(runId).pause(new PauseRequest("ann", "the device is needed"));
      test.awaitState(runId, Stage.PRETRAINING, StageState.PAUSED);
      test.training.release();
      test.life(runId).resume(new PauseRequest("ann", ""));
      test.awaitState(runId, Stage.ALIGNMENT, StageState.WAITING);
      for (int pair = 0; pair < 3; pair++) {
        test.alignment(runId).rank(new Ranking(pair, Ranking.Choice.FIRST, "ann"));
      }
      test.awaitState(runId, Stage.DEPLOYMENT, StageState.WAITING);
      test.deploymentOf(runId).decide(new ApprovalDecision(true, "bob", "reads well"));
      run.getResult(LifecycleResult.class);
      String launch = LaunchWorkflow.workflowId("recorded") + "-2026-11-28T02:00:00Z";
      test.client()
          .newWorkflowStub(
              LaunchWorkflow.class,
              WorkflowOptions.newBuilder()
                  .setTaskQueue(TaskQueues.WORKFLOWS)
                  .setWorkflowId(launch)
                  .build())
          .run(
              new LaunchWorkflow.Launch(
                  "recorded", LaunchWorkflow.Kind.CURATION, null, "test-line", "ann", false));

      Map<String, WorkflowExecutionHistory> histories = new TreeMap<>();
      histories.put("lifecycle", test.client().fetchHistory(runId));
      for (Stage stage : Stage.values()) {
        histories.put(
            stage.noun(),
            test.client().fetchHistory(LifecycleWorkflow.stageWorkflowId(runId, stage)));
      }
      histories.put(
          "promotion", test.client().fetchHistory(PromotionWorkflow.workflowId("test-line")));
      histories.put("launch", test.client().fetchHistory(launch));
      histories.put(
          "curation", test.client().fetchHistory(CurationWorkflow.workflowId("test-line")));
      String waiting =
          "notification-mail-"
              + firstRunId(histories.get("deployment"))
              + "-"
              + Notification.Event.APPROVAL_WAITING.noun();
      test.client().newUntypedWorkflowStub(waiting).getResult(Void.class);
      histories.put("notification", test.client().fetchHistory(waiting));
      return histories;
    }
  }

  /** With all that a deployment can have: four eyes, a comparison, a canary and a watch. */
  private static DeploymentSettings deployment() {
    DeploymentSettings plain = Examples.deployment(DeploymentSettings.Approval.PERSON);
    return new DeploymentSettings(
        plain.candidate(),
        plain.gates(),
        plain.approval(),
        plain.approvalDeadlineHours(),
        plain.smokePrompts(),
        true,
        plain.champion(),
        new CanarySettings(10, 2, 0),
        new HealthSettings(1, 15, 0.05, 3, 20));
  }

  private static String firstRunId(WorkflowExecutionHistory history) {
    return history
        .getEvents()
        .getFirst()
        .getWorkflowExecutionStartedEventAttributes()
        .getOriginalExecutionRunId();
  }

  /** Every history kept in {@code folder}, in the order of the files' names. */
  public static List<WorkflowExecutionHistory> read(Path folder) throws IOException {
    List<WorkflowExecutionHistory> histories = new ArrayList<>();
    try (var files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        histories.add(
            WorkflowExecutionHistory.fromJson(
                Files.readString(file), file.getFileName().toString()));
      }
    }
    return histories;
  }

  private static void write(Path file, WorkflowExecutionHistory history) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, history.toJson(true) + "\n");
  }
}
