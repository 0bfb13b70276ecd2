package lyceum.airflow;

import java.time.Duration;
import lyceum.airflow.coordinator.Client;

/**
 * Cancels the run when Airflow ends the task's process by SIGTERM, which it does when a person
 * clears the task or marks it. A process that is killed outright leaves the run going; its next try
 * finds it.
 */
final class CancelOnKill implements AutoCloseable {
  /** Airflow waits a minute between SIGTERM and SIGKILL. */
  private static final Duration TIME_TO_CANCEL = Duration.ofSeconds(45);

  private final Thread hook;

  CancelOnKill(Run run, Client airflow) {
    hook =
        Thread.ofPlatform()
            .name("cancel-run")
            .unstarted(
                () -> {
                  airflow.log("Cancelling run " + run.id());
                  airflow.log(
                      run.cancel(TIME_TO_CANCEL)
                          ? "Run " + run.id() + " is cancelled"
                          : "Run " + run.id() + " is still stopping");
                });
    Runtime.getRuntime().addShutdownHook(hook);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is being ended; how the task ended is not its to say any more.
      awaitEnd();
    }
  }

  private static void awaitEnd() {
    while (true) {
      try {
        Thread.sleep(Duration.ofHours(1));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
