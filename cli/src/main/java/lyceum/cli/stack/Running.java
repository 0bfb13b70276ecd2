package lyceum.cli.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import lyceum.core.LyceumException;

/**
 * A process that this installation started, as its pid file tells it. The time of start is kept
 * too, since pids are used again: a process that began at another time is somebody else's and is
 * never touched.
 *
 * @param pid process id, also of the group that it leads
 * @param began when the process began
 * @param version of the program
 * @param program its path
 */
public record Running(long pid, Instant began, String version, String program) {
  /**
   * Linux tells the start in hundredths of a second after boot, and the time of boot may be
   * corrected by a second.
   */
  private static final Duration TOLERANCE = Duration.ofSeconds(2);

  /** The process that runs under the pid now. */
  public static Running of(ProcessHandle process, String version, String program) {
    return new Running(
        process.pid(), process.info().startInstant().orElse(Instant.now()), version, program);
  }

  /** What the pid file says; empty when there is none or it is not whole. */
  public static Optional<Running> read(Path pidFile) {
    Properties properties = StateFolder.read(pidFile);
    try {
      return Optional.of(
          new Running(
              Long.parseLong(properties.getProperty("pid", "")),
              Instant.parse(properties.getProperty("began", "")),
              properties.getProperty("version", ""),
              properties.getProperty("program", "")));
    } catch (NumberFormatException | java.time.format.DateTimeParseException e) {
      return Optional.empty();
    }
  }

  public void write(Path pidFile) {
    Properties properties = new Properties();
    properties.setProperty("pid", Long.toString(pid));
    properties.setProperty("began", began.toString());
    properties.setProperty("version", version);
    properties.setProperty("program", program);
    StateFolder.write(pidFile, properties);
  }

  static void forget(Path pidFile) {
    try {
      Files.deleteIfExists(pidFile);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot remove " + pidFile + ": " + e.getMessage(), e);
    }
  }

  /** The very process, when it still runs. */
  public Optional<ProcessHandle> process() {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(handle -> !isZombie(pid))
        .filter(
            handle ->
                handle
                    .info()
                    .startInstant()
                    .map(start -> Duration.between(start, began).abs().compareTo(TOLERANCE) <= 0)
                    .orElse(false));
  }

  public boolean isAlive() {
    return process().isPresent();
  }

  /**
   * Whether the process has ended and nobody has asked for its status yet, as happens where pid 1
   * does not reap. One whose first thread alone has ended still holds its ports.
   */
  static boolean isZombie(long pid) {
    Path process = Path.of("/proc", Long.toString(pid));
    try (Stream<Path> threads = Files.list(process.resolve("task"))) {
      String text = Files.readString(process.resolve("stat"));
      int end = text.lastIndexOf(')');
      return end >= 0
          && text.length() > end + 2
          && text.charAt(end + 2) == 'Z'
          && threads.count() <= 1;
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }
}
