package lyceum.airflow.coordinator;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/** The Java tasks of a jar, and the process that Airflow starts for one try of one of them. */
public final class Tasks {
  private final Map<String, Task> byName = new TreeMap<>();
  private final Clock clock;

  public Tasks() {
    this(Clock.systemUTC());
  }

  Tasks(Clock clock) {
    this.clock = clock;
  }

  /** Adds the work of a task that the DAG declares with {@code @task.stub}. */
  public Tasks add(String dagId, String taskId, Task task) {
    if (byName.put(dagId + "." + taskId, task) != null) {
      throw LyceumException.user("The task " + dagId + "." + taskId + " is there twice.");
    }
    return this;
  }

  /**
   * Runs the task that the supervisor names and tells it how the task ended. Whether the task
   * failed is the supervisor's business: the process itself fails only where it could not say so.
   *
   * @param arguments {@code --comm=HOST:PORT} and {@code --logs=HOST:PORT}
   */
  public void serve(String[] arguments) {
    try (Socket messages = open(arguments, "--comm=");
        Socket logs = open(arguments, "--logs=")) {
      messages.setTcpNoDelay(true);
      run(
          new Supervisor(messages.getInputStream(), messages.getOutputStream()),
          new TaskLog(logs.getOutputStream(), clock));
    } catch (IOException e) {
      throw LyceumException.external("Airflow's supervisor cannot be reached: " + e, e);
    }
  }

  void run(Supervisor supervisor, TaskLog log) {
    TaskInstance instance = supervisor.startup();
    supervisor.request(end(instance, supervisor, log));
  }

  /** How it ended, as the message that says so. */
  private Map<String, @Nullable Object> end(
      TaskInstance instance, Supervisor supervisor, TaskLog log) {
    Client client = supervisor.client(instance, log);
    String logger = "lyceum." + instance.taskId();
    try {
      Task task = byName.get(instance.name());
      if (task == null) {
        throw new TaskEnd.Failed(
            "There is no Java task "
                + instance.name()
                + "; there are "
                + byName.keySet()
                + ". The names in the DAG and in the jar must be the same.");
      }
      Object result = task.run(instance, client);
      if (result != null) {
        client.setXCom(Task.RETURN_VALUE, result);
      }
      Map<String, @Nullable Object> message = message("SucceedTask", "success");
      message.put("task_outlets", List.of());
      message.put("outlet_events", List.of());
      return message;
    } catch (TaskEnd.Deferred e) {
      log.info(logger, "Frees the slot while " + e.trigger + " waits");
      Map<String, @Nullable Object> message = new HashMap<>();
      message.put("type", "DeferTask");
      message.put("state", "deferred");
      message.put("classpath", e.trigger);
      message.put("trigger_kwargs", e.arguments);
      message.put("trigger_timeout", (double) e.patience.toSeconds());
      message.put("next_method", e.nextMethod);
      message.put("next_kwargs", Map.of());
      return message;
    } catch (TaskEnd.Skipped e) {
      log.info(logger, "Skipped: " + e.getMessage());
      return message("TaskState", "skipped");
    } catch (TaskEnd.Failed e) {
      log.error(logger, String.valueOf(e.getMessage()), e);
      return message("TaskState", "failed");
    } catch (Exception | StackOverflowError e) {
      log.error(logger, e.getMessage() == null ? e.toString() : e.getMessage(), e);
      return instance.shouldRetry()
          ? message("RetryTask", "up_for_retry")
          : message("TaskState", "failed");
    }
  }

  private Map<String, @Nullable Object> message(String type, String state) {
    Map<String, @Nullable Object> message = new HashMap<>();
    message.put("type", type);
    message.put("state", state);
    message.put("end_date", Instant.now(clock).toString());
    return message;
  }

  private static Socket open(String[] arguments, String option) throws IOException {
    for (String argument : arguments) {
      if (argument.startsWith(option)) {
        String address = argument.substring(option.length());
        int colon = address.lastIndexOf(':');
        if (colon > 0 && address.substring(colon + 1).matches("[0-9]{1,5}")) {
          return new Socket(
              InetAddress.getByName(address.substring(0, colon)),
              Integer.parseInt(address.substring(colon + 1)));
        }
      }
    }
    throw LyceumException.user(
        "Expected "
            + option
            + "HOST:PORT among the arguments. Airflow's JavaCoordinator starts this program.");
  }
}
