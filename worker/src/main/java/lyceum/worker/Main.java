package lyceum.worker;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;
import lyceum.connectors.settings.Settings;
import lyceum.core.LyceumException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Runs a worker until it is told to stop. Settings come from the environment and {@code
 * LYCEUM_HOME}.
 */
@Command(
    name = "lyceum-worker",
    mixinStandardHelpOptions = true,
    description = "Polls the task queues and runs workflows and activities until SIGTERM.")
public final class Main implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  @Option(
      names = "--drain",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description =
          "How long running activities may take to stop after SIGTERM (default ${DEFAULT-VALUE}).")
  private long drainSeconds;

  @Option(
      names = "--queues",
      paramLabel = "QUEUE",
      split = ",",
      defaultValue = "${env:LYCEUM_WORKER_QUEUES:-WORKFLOWS,CONTROL,DATA,LEARNING}",
      description =
          "Task queues to serve, of ${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE}). Each queue"
              + " needs a worker somewhere.")
  private Set<Queue> queues = EnumSet.noneOf(Queue.class);

  @Option(
      names = "--build-id",
      paramLabel = "ID",
      defaultValue = "${env:LYCEUM_WORKER_BUILD_ID:-}",
      description =
          "Workflow code under this id: a run stays with the id that was current when it began."
              + " Nothing comes to an id before it is made the current one. Without it, runs go on"
              + " under whatever code serves the queue.")
  private String buildId = "";

  public static void main(String[] args) {
    System.exit(
        new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
  }

  @Override
  public Integer call() throws InterruptedException {
    try {
      Settings settings = Settings.load();
      LyceumWorker worker = LyceumWorker.start(settings, queues, buildId);
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform()
                  .name("drain")
                  .unstarted(() -> worker.drain(Duration.ofSeconds(drainSeconds))));
      LOG.info(
          "Polling {} in namespace {} for {}",
          settings.temporalAddress(),
          settings.temporalNamespace(),
          queues);
      Thread.currentThread().join();
      return 0;
    } catch (LyceumException e) {
      LOG.error("{}", e.getMessage());
      return 1;
    }
  }
}
