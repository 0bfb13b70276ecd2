package lyceum.cli.stack;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lyceum.core.LyceumException;

/**
 * Starts processes that outlive the command and the terminal, and stops them with everything that
 * they started.
 */
public final class Processes {
  private static final long LOG_ROLL_BYTES = 20L << 20;
  private static final Duration POLL = Duration.ofMillis(50);

  private Processes() {}

  /**
   * Starts a program as the leader of a session of its own, so that Ctrl-C and the closing of the
   * terminal do not reach it. Its output is appended to the log.
   *
   * @param changes environment variables to set, or to remove where the value is empty
   * @throws LyceumException RESOURCE when the program cannot be started
   */
  public static Process startDetached(
      List<String> command, Map<String, String> changes, Path folder, Path log) {
    List<String> full = new ArrayList<>(detacher());
    full.addAll(command);
    try {
      Files.createDirectories(folder);
      Files.createDirectories(log.toAbsolutePath().getParent());
      if (Files.exists(log) && Files.size(log) > LOG_ROLL_BYTES) {
        Files.move(
            log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
      }
      ProcessBuilder builder =
          new ProcessBuilder(full)
              .directory(folder.toFile())
              .redirectInput(new File("/dev/null"))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      changes.forEach(
          (name, value) -> {
            if (value.isEmpty()) {
              builder.environment().remove(name);
            } else {
              builder.environment().put(name, value);
            }
          });
      return builder.start();
    } catch (IOException e) {
      throw LyceumException.resource("Cannot start " + command.get(0) + ": " + e.getMessage(), e);
    }
  }

  /** What makes a program the leader of its own session; keeps the pid. */
  private static List<String> detacher() {
    Optional<Path> setsid = Programs.onPath("setsid");
    if (setsid.isPresent()) {
      return List.of(setsid.get().toString());
    }
    Optional<Path> python = Programs.onPath("python3");
    if (python.isPresent()) {
      return List.of(
          python.get().toString(),
          "-c",
          "import os, sys; os.setsid(); os.execvp(sys.argv[1], sys.argv[1:])");
    }
    return List.of();
  }

  /**
   * Asks the process and all that it started to end, and ends what is left after the patience is
   * over.
   *
   * @return whether everything ended by itself in time
   */
  public static boolean stop(Running running, Duration patience) {
    Optional<ProcessHandle> leader = running.process();
    if (leader.isEmpty()) {
      return true;
    }
    List<ProcessHandle> tree = tree(leader.get());
    boolean group = leadsGroup(running.pid());
    signal(group, running.pid(), tree, "TERM");
    if (awaitEnd(tree, running.pid(), group, patience)) {
      return true;
    }
    signal(group, running.pid(), tree, "KILL");
    awaitEnd(tree, running.pid(), group, Duration.ofSeconds(5));
    return false;
  }

  /** Ends the process at once, as a power cut would; its children too. */
  public static void kill(Running running) {
    running
        .process()
        .ifPresent(
            leader -> {
              List<ProcessHandle> tree = tree(leader);
              boolean group = leadsGroup(running.pid());
              signal(group, running.pid(), tree, "KILL");
              awaitEnd(tree, running.pid(), group, Duration.ofSeconds(5));
            });
  }

  private static List<ProcessHandle> tree(ProcessHandle leader) {
    return Stream.concat(Stream.of(leader), leader.descendants()).toList();
  }

  private static void signal(boolean group, long pid, List<ProcessHandle> tree, String signal) {
    if (group) {
      run(List.of("sh", "-c", "kill -s " + signal + " -- -" + pid + " 2>/dev/null"));
    }
    for (ProcessHandle process : tree) {
      if (process.isAlive()) {
        if (signal.equals("KILL")) {
          process.destroyForcibly();
        } else if (!group) {
          process.destroy();
        }
      }
    }
  }

  private static boolean awaitEnd(
      List<ProcessHandle> tree, long pid, boolean group, Duration patience) {
    Instant end = Instant.now().plus(patience);
    while (tree.stream().anyMatch(p -> p.isAlive() && !Running.isZombie(p.pid()))
        || (group && groupLives(pid))) {
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
    return true;
  }

  /**
   * Whether any process of the group runs that is not a zombie; on systems without /proc, whether
   * any is there.
   */
  private static boolean groupLives(long group) {
    Path proc = Path.of("/proc");
    if (!Files.isDirectory(proc.resolve("self"))) {
      return run(List.of("sh", "-c", "kill -s 0 -- -" + group + " 2>/dev/null")) == 0;
    }
    try (Stream<Path> entries = Files.list(proc)) {
      return entries.anyMatch(entry -> inGroup(entry, group));
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  private static boolean inGroup(Path process, long group) {
    if (!process.getFileName().toString().matches("[0-9]+")) {
      return false;
    }
    try {
      String stat = Files.readString(process.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return fields[2].equals(Long.toString(group))
          && !Running.isZombie(Long.parseLong(process.getFileName().toString()));
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  private static boolean leadsGroup(long pid) {
    Path stat = Path.of("/proc", Long.toString(pid), "stat");
    if (Files.isReadable(stat)) {
      return inGroup(Path.of("/proc", Long.toString(pid)), pid);
    }
    return run(List.of("sh", "-c", "test \"$(ps -o pgid= -p " + pid + " | tr -d ' ')\" = " + pid))
        == 0;
  }

  private static int run(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(10, TimeUnit.SECONDS) ? process.exitValue() : -1;
    } catch (IOException e) {
      return -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }
}
