package lyceum.airflow.coordinator;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a task asks of Airflow and tells it. */
public interface Client {
  /**
   * @throws lyceum.core.LyceumException USER when Airflow has no such connection
   */
  Connection getConnection(String id);

  /** The variable's text, empty when Airflow has none of that name. */
  Optional<String> getVariable(String key);

  /** What a task of this DAG run pushed, {@code null} when it pushed nothing. */
  @Nullable Object getXCom(String taskId, String key);

  /** Pushes a value of text, numbers, booleans, lists and maps. */
  void setXCom(String key, Object value);

  /** A line of the task's log. */
  void log(String line);
}
