package lyceum.cli.stack;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import lyceum.cli.screen.Steps;
import lyceum.core.LyceumException;

/**
 * Starts the processes of one installation, each with its pid file and its log, and waits until
 * they are well.
 */
final class Launches {
  static final Duration STOP_PATIENCE = Duration.ofSeconds(20);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final int TAIL = 15;

  private final StateFolder folder;

  Launches(StateFolder folder) {
    this.folder = folder;
  }

  /** The server's process, when it runs. */
  Optional<Running> running(Server server) {
    return Running.read(folder.pidFile(server)).filter(Running::isAlive);
  }

  /**
   * Starts the server unless it runs, and waits until it is well. On failure the process is ended
   * and the end of its log is part of the error.
   *
   * @return whether it was started now
   */
  boolean start(
      Server server,
      Tool tool,
      List<String> command,
      Map<String, String> variables,
      Steps steps,
      Duration patience,
      BooleanSupplier isWell) {
    Path pidFile = folder.pidFile(server);
    Optional<Running> before = running(server);
    if (before.isPresent()) {
      if (awaitWell(before.get(), patience, isWell)) {
        return false;
      }
      steps.doing(server.title(), "does not answer; starting it again");
      Processes.stop(before.get(), STOP_PATIENCE);
    }
    steps.doing(server.title(), "starting");
    Path log = folder.log(server);
    long position = LogTail.position(log);
    Process process = Processes.startDetached(command, variables, folder.data(server), log);
    Running running = Running.of(process.toHandle(), tool.version(), tool.program().toString());
    running.write(pidFile);
    if (awaitWell(running, patience, isWell)) {
      return true;
    }
    boolean ended = !running.isAlive();
    Processes.stop(running, STOP_PATIENCE);
    Running.forget(pidFile);
    throw LyceumException.external(
        server.title()
            + (ended
                ? " ended right after its start"
                : " did not answer within " + patience.toSeconds() + " seconds and was stopped")
            + ". The end of its log:\n    "
            + String.join("\n    ", LogTail.lines(log, position, TAIL))
            + "\n  All of it: "
            + log);
  }

  /**
   * The engine starts containers and keeps their logs; all that is done here is to wait until the
   * server answers.
   */
  static void awaitContainer(
      Server server, Duration patience, Steps steps, BooleanSupplier isWell) {
    steps.doing(server.title(), "waiting for its container");
    Running self = Running.of(ProcessHandle.current(), "", "");
    if (!awaitWell(self, patience, isWell)) {
      throw LyceumException.external(
          server.title()
              + " in its container does not answer after "
              + patience.toSeconds()
              + " s. docker compose --project-name lyceum logs "
              + server.noun()
              + " shows why.");
    }
  }

  private static boolean awaitWell(Running running, Duration patience, BooleanSupplier isWell) {
    Instant end = Instant.now().plus(patience);
    while (running.isAlive()) {
      if (isWell.getAsBoolean()) {
        return true;
      }
      if (Instant.now().isAfter(end)) {
        return false;
      }
      try {
        Thread.sleep(POLL);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return false;
  }
}
