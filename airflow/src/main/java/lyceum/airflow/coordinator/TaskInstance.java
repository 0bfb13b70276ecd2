package lyceum.airflow.coordinator;

import java.util.Map;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * Which task this process runs, as the supervisor's first message says.
 *
 * @param runId of the DAG run, for example {@code scheduled__2026-11-28T00:00:00+00:00}
 * @param mapIndex of a mapped task, -1 for one that is not
 * @param tryNumber 1 for the first
 * @param shouldRetry whether another try follows when this one fails
 * @param conf what the DAG run was triggered with
 * @param nextMethod where to go on after a deferral; {@code null} in a try's first process
 * @param nextArguments what the trigger handed over
 */
public record TaskInstance(
    String dagId,
    String taskId,
    String runId,
    long mapIndex,
    long tryNumber,
    boolean shouldRetry,
    Map<String, @Nullable Object> conf,
    @Nullable String nextMethod,
    Map<String, @Nullable Object> nextArguments) {

  /** {@code dag.task}: how {@link Tasks} finds the work. */
  public String name() {
    return dagId + "." + taskId;
  }

  static TaskInstance of(Map<String, @Nullable Object> startup) {
    Map<String, @Nullable Object> instance = map(startup, "ti");
    Map<String, @Nullable Object> context = map(startup, "ti_context");
    return new TaskInstance(
        text(instance, "dag_id"),
        text(instance, "task_id"),
        text(instance, "run_id"),
        instance.get("map_index") instanceof Long index ? index : -1,
        instance.get("try_number") instanceof Long number ? number : 1,
        Boolean.TRUE.equals(context.get("should_retry")),
        map(map(context, "dag_run"), "conf"),
        context.get("next_method") instanceof String method ? method : null,
        map(context, "next_kwargs"));
  }

  @SuppressWarnings("unchecked") // a frame's maps have text as keys
  private static Map<String, @Nullable Object> map(
      Map<String, @Nullable Object> message, String key) {
    return switch (message.get(key)) {
      case null -> Map.of();
      case Map<?, ?> map -> (Map<String, @Nullable Object>) map;
      default -> throw unexpected(key, message);
    };
  }

  private static String text(Map<String, @Nullable Object> message, String key) {
    if (message.get(key) instanceof String text) {
      return text;
    }
    throw unexpected(key, message);
  }

  private static LyceumException unexpected(String key, Map<String, @Nullable Object> message) {
    return LyceumException.internal(
        "Airflow's first message has no usable '"
            + key
            + "' among "
            + message.keySet()
            + ". Airflow 3.3 is known to speak as expected.");
  }
}
