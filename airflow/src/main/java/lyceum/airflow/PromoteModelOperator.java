package lyceum.airflow;

import java.time.Duration;
import java.util.Map;
import lyceum.airflow.Waiting.Until;
import lyceum.airflow.coordinator.Client;
import lyceum.airflow.coordinator.Task;
import lyceum.airflow.coordinator.TaskEnd;
import lyceum.airflow.coordinator.TaskInstance;
import lyceum.contracts.deployment.ApprovalDecision;
import lyceum.contracts.deployment.ApprovalStatus;
import org.jspecify.annotations.Nullable;

/**
 * Approves the candidate of a run and waits, deferred, until it serves or the promotion has gone
 * back. A run that ended well already is left as it is.
 *
 * @param startedBy the task that pushed the run's id
 * @param every between two looks at the run
 * @param patience after which the task fails; the promotion goes on
 * @param connectionId see {@link Temporal}
 */
public record PromoteModelOperator(
    String startedBy, Duration every, Duration patience, String connectionId) implements Task {
  public PromoteModelOperator(String startedBy) {
    this(startedBy, Duration.ofSeconds(5), Duration.ofDays(2), Temporal.DEFAULT_CONNECTION);
  }

  @Override
  public @Nullable Object run(TaskInstance instance, Client airflow) {
    try (Temporal temporal = Temporal.open(airflow, connectionId, instance)) {
      Run run = new Run(temporal.client(), StartRunOperator.runStartedBy(startedBy, airflow));
      if (run.hasEnded()) {
        Map<String, Object> served = AwaitRunOperator.ended(run);
        airflow.log(
            "Version " + served.get("version") + " of " + served.get("model_line") + " serves");
        return served;
      }
      if (instance.nextMethod() == null) {
        approve(run, temporal, instance, airflow);
      }
      throw Waiting.forRun(run, temporal, Until.END, every, patience);
    }
  }

  private static void approve(Run run, Temporal temporal, TaskInstance instance, Client airflow) {
    ApprovalStatus status = run.approval();
    ApprovalDecision made = status.decision();
    if (made != null && made.approved()) {
      airflow.log("Approved already, by " + made.decidedBy());
      return;
    }
    if (!status.waiting()) {
      throw new TaskEnd.Failed(
          "Run "
              + run.id()
              + " waits for no decision. Start it with the override deployment.approval=PERSON,"
              + " and wait with AwaitRunOperator.decision.");
    }
    run.decide(
        new ApprovalDecision(
            true, temporal.user(), "gates of the DAG run " + instance.runId() + " passed"));
    airflow.log("Approved version " + status.candidateVersion());
  }
}
