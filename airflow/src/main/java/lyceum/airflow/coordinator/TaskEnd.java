package lyceum.airflow.coordinator;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A task's process ends in another way than by a result or a failure. */
public abstract sealed class TaskEnd extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private TaskEnd(String message) {
    super(message, null, false, false);
  }

  /** Frees the worker's slot; a trigger waits, and a new process goes on. */
  public static final class Deferred extends TaskEnd {
    private static final long serialVersionUID = 1L;

    final String trigger;
    final transient Map<String, @Nullable Object> arguments;
    final String nextMethod;
    final Duration patience;

    /**
     * @param trigger class of a Python trigger, with its module
     * @param arguments of its constructor
     * @param nextMethod what {@link TaskInstance#nextMethod} is when it goes on
     * @param patience after which Airflow fails the task
     */
    public Deferred(
        String trigger,
        Map<String, @Nullable Object> arguments,
        String nextMethod,
        Duration patience) {
      super("deferred to " + trigger);
      this.trigger = trigger;
      this.arguments = Map.copyOf(arguments);
      this.nextMethod = nextMethod;
      this.patience = patience;
    }
  }

  /** There is nothing to do; what comes after it is skipped as well. */
  public static final class Skipped extends TaskEnd {
    private static final long serialVersionUID = 1L;

    public Skipped(String message) {
      super(message);
    }
  }

  /** Fails, and another try would fail as well. */
  public static final class Failed extends TaskEnd {
    private static final long serialVersionUID = 1L;

    public Failed(String message) {
      super(message);
    }
  }
}
