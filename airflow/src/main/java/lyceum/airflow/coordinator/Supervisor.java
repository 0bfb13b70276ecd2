package lyceum.airflow.coordinator;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/** The other end: takes requests one at a time and answers each. */
final class Supervisor {
  private final DataInputStream in;
  private final OutputStream out;
  private long lastId;

  Supervisor(InputStream in, OutputStream out) {
    this.in = new DataInputStream(new BufferedInputStream(in));
    this.out = out;
  }

  /** The message that comes before any request. */
  TaskInstance startup() {
    try {
      Map<String, @Nullable Object> body = Frame.read(in).body();
      if (body == null || !"StartupDetails".equals(body.get("type"))) {
        throw LyceumException.internal(
            "Airflow's first message is not StartupDetails but "
                + (body == null ? "empty" : body.get("type"))
                + ".");
      }
      return TaskInstance.of(body);
    } catch (IOException e) {
      throw gone(e);
    }
  }

  /**
   * Sends a message and waits for its answer.
   *
   * @return the answer's body; empty where there is none
   */
  synchronized Map<String, @Nullable Object> request(Map<String, ? extends @Nullable Object> body) {
    try {
      out.write(Frame.request(lastId++, body));
      out.flush();
      Frame answer = Frame.read(in);
      Map<String, @Nullable Object> refusal =
          answer.error() != null ? answer.error() : isError(answer.body()) ? answer.body() : null;
      if (refusal != null) {
        throw new Refused(refusal);
      }
      return answer.body() == null ? Map.of() : answer.body();
    } catch (IOException e) {
      throw gone(e);
    }
  }

  private static boolean isError(@Nullable Map<String, @Nullable Object> body) {
    return body != null && "ErrorResponse".equals(body.get("type"));
  }

  private static LyceumException gone(IOException e) {
    return LyceumException.external("Airflow's supervisor does not answer: " + e.getMessage(), e);
  }

  /** What a task sees of the supervisor. */
  Client client(TaskInstance instance, TaskLog log) {
    return new Client() {
      @Override
      public Connection getConnection(String id) {
        try {
          return Connection.of(id, request(Map.of("type", "GetConnection", "conn_id", id)));
        } catch (Refused e) {
          if (!e.isNotFound()) {
            throw e;
          }
          throw LyceumException.user(
              "Airflow has no connection '"
                  + id
                  + "'. Add it: airflow connections add "
                  + id
                  + " --conn-type generic --conn-host HOST --conn-port PORT",
              e);
        }
      }

      @Override
      public Optional<String> getVariable(String key) {
        try {
          Object value = request(Map.of("type", "GetVariable", "key", key)).get("value");
          return Optional.ofNullable(value).map(String::valueOf);
        } catch (Refused e) {
          if (e.isNotFound()) {
            return Optional.empty();
          }
          throw e;
        }
      }

      @Override
      public @Nullable Object getXCom(String taskId, String key) {
        try {
          return request(
                  Map.of(
                      "type",
                      "GetXCom",
                      "key",
                      key,
                      "dag_id",
                      instance.dagId(),
                      "run_id",
                      instance.runId(),
                      "task_id",
                      taskId))
              .get("value");
        } catch (Refused e) {
          if (e.isNotFound()) {
            return null;
          }
          throw e;
        }
      }

      @Override
      public void setXCom(String key, Object value) {
        Map<String, Object> message = new HashMap<>();
        message.put("type", "SetXCom");
        message.put("key", key);
        message.put("value", value);
        message.put("dag_id", instance.dagId());
        message.put("run_id", instance.runId());
        message.put("task_id", instance.taskId());
        if (instance.mapIndex() >= 0) {
          message.put("map_index", instance.mapIndex());
        }
        request(message);
      }

      @Override
      public void log(String line) {
        log.info("lyceum." + instance.taskId(), line);
      }
    };
  }

  /** A request that the supervisor did not fulfil. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String error;

    Refused(Map<String, @Nullable Object> answer) {
      super("Airflow refused a request: " + answer.get("error") + " " + answer.get("detail"));
      this.error = String.valueOf(answer.get("error"));
    }

    /** There is no such variable, connection or XCom. */
    boolean isNotFound() {
      return error.endsWith("_NOT_FOUND");
    }
  }
}
