package lyceum.airflow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lyceum.airflow.coordinator.Client;
import lyceum.airflow.coordinator.Connection;
import lyceum.airflow.coordinator.Task;
import lyceum.airflow.coordinator.TaskInstance;
import org.jspecify.annotations.Nullable;

/** The variables, connections and XComs of one DAG run. */
final class FakeAirflow {
  final Map<String, String> variables = new HashMap<>();
  final Map<String, Object> xcoms = new HashMap<>();
  final List<String> lines = new ArrayList<>();
  private final Connection connection;
  private final String runId;

  FakeAirflow(int temporalPort, String runId) {
    this.connection =
        new Connection(
            "lyceum_default",
            "127.0.0.1",
            temporalPort,
            "ann",
            "",
            TemporalWithALife.NAMESPACE,
            "");
    this.runId = runId;
  }

  /** One process of a task: its result is pushed as Airflow would. */
  @Nullable Object run(String taskId, Task task, @Nullable String nextMethod) throws Exception {
    TaskInstance instance =
        new TaskInstance("retrain", taskId, runId, -1, 1, true, Map.of(), nextMethod, Map.of());
    Object result = task.run(instance, client(taskId));
    if (result != null) {
      xcoms.put(taskId + "/" + Task.RETURN_VALUE, result);
    }
    return result;
  }

  private Client client(String taskId) {
    return new Client() {
      @Override
      public Connection getConnection(String id) {
        return connection;
      }

      @Override
      public Optional<String> getVariable(String key) {
        return Optional.ofNullable(variables.get(key));
      }

      @Override
      public @Nullable Object getXCom(String task, String key) {
        return xcoms.get(task + "/" + key);
      }

      @Override
      public void setXCom(String key, Object value) {
        xcoms.put(taskId + "/" + key, value);
      }

      @Override
      public void log(String line) {
        lines.add(line);
      }
    };
  }
}
