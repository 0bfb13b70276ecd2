package lyceum.airflow.coordinator;

import org.jspecify.annotations.Nullable;

/** The work of one task. */
@FunctionalInterface
public interface Task {
  /** The key under which a task's result is pushed. */
  String RETURN_VALUE = "return_value";

  /**
   * Does the work of a try, or the part of it up to a deferral or after one.
   *
   * @return what is pushed as {@link #RETURN_VALUE}; {@code null} for nothing
   * @throws TaskEnd to defer, to skip, or to fail for good
   * @throws Exception to fail; another try follows where the DAG says so
   */
  @Nullable Object run(TaskInstance instance, Client client) throws Exception;
}
