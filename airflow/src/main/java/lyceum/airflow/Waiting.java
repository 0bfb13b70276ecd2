package lyceum.airflow;

import java.time.Duration;
import java.util.Map;
import lyceum.airflow.coordinator.TaskEnd;
import org.jspecify.annotations.Nullable;

/** Waiting for a run in Airflow's triggerer, with no slot held and no JVM running. */
final class Waiting {
  /** In {@code airflow/plugins}. */
  private static final String TRIGGER = "lyceum_trigger.RunTrigger";

  /** What a task goes on with; it looks at the run itself and believes no event. */
  static final String LOOK_AGAIN = "look_again";

  private Waiting() {}

  /** What is waited for. */
  enum Until {
    /** The run's end. */
    END,
    /** A candidate that waits for a decision, or the run's end. */
    DECISION
  }

  static TaskEnd.Deferred forRun(
      Run run, Temporal temporal, Until until, Duration every, Duration patience) {
    Map<String, @Nullable Object> arguments =
        Map.of(
            "target",
            temporal.target(),
            "namespace",
            temporal.namespace(),
            "run_id",
            run.id(),
            "until",
            until.name(),
            "every",
            (double) every.toMillis() / 1000);
    return new TaskEnd.Deferred(TRIGGER, arguments, LOOK_AGAIN, patience);
  }
}
