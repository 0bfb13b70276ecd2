package lyceum.airflow;

import java.time.Duration;
import java.util.Map;
import lyceum.airflow.Waiting.Until;
import lyceum.airflow.coordinator.Client;
import lyceum.airflow.coordinator.Task;
import lyceum.airflow.coordinator.TaskEnd;
import lyceum.airflow.coordinator.TaskInstance;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * Waits for a run, deferred: while it waits it holds no slot. Ending the task cancels the run.
 *
 * @param startedBy the task that pushed the run's id
 * @param until whether a candidate that waits for a decision is enough
 * @param every between two looks at the run
 * @param patience after which the task fails; the run goes on
 * @param connectionId see {@link Temporal}
 */
public record AwaitRunOperator(
    String startedBy, Until until, Duration every, Duration patience, String connectionId)
    implements Task {
  private static final Duration EVERY = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofDays(14);

  /** Waits for the end. */
  public static AwaitRunOperator end(String startedBy) {
    return new AwaitRunOperator(startedBy, Until.END, EVERY, PATIENCE, Temporal.DEFAULT_CONNECTION);
  }

  /** Waits until the candidate waits for a decision. */
  public static AwaitRunOperator decision(String startedBy) {
    return new AwaitRunOperator(
        startedBy, Until.DECISION, EVERY, PATIENCE, Temporal.DEFAULT_CONNECTION);
  }

  /** The same with another interval. */
  public AwaitRunOperator withEvery(Duration interval) {
    return new AwaitRunOperator(startedBy, until, interval, patience, connectionId);
  }

  @Override
  public @Nullable Object run(TaskInstance instance, Client airflow) {
    try (Temporal temporal = Temporal.open(airflow, connectionId, instance)) {
      Run run = new Run(temporal.client(), StartRunOperator.runStartedBy(startedBy, airflow));
      try (CancelOnKill cancel = new CancelOnKill(run, airflow)) {
        airflow.log(run.progress());
        if (run.hasEnded()) {
          return ended(run);
        }
        if (until == Until.DECISION && run.waitsForDecision()) {
          return Map.of("run_id", run.id(), "version", run.approval().candidateVersion());
        }
      }
      throw Waiting.forRun(run, temporal, until, every, patience);
    }
  }

  /**
   * What a run that ended well is pushed as.
   *
   * @throws TaskEnd.Failed when it did not: waiting for it again changes nothing
   */
  static Map<String, Object> ended(Run run) {
    try {
      LifecycleResult result = run.result();
      return Map.of(
          "run_id", run.id(),
          "model_line", result.modelLine(),
          "version", result.version(),
          "endpoint", result.endpoint().toString());
    } catch (LyceumException e) {
      throw new TaskEnd.Failed(
          e.getMessage()
              + " Clear the task that starts it, and the run goes on from its checkpoints.");
    }
  }
}
