package lyceum.worker;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import lyceum.activities.training.RankTeams;
import lyceum.connectors.settings.RankSettings;
import lyceum.connectors.settings.Settings;
import lyceum.core.LyceumException;
import lyceum.model.parallel.Patience;
import lyceum.model.parallel.ProcessGroup;
import lyceum.model.parallel.Rendezvous;
import lyceum.model.parallel.RunToken;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the other ranks of a training as processes of {@link RankMain} on this machine, with this
 * process's Java and class path, and waits for those that other machines start.
 */
final class RankProcesses implements RankTeams {
  private static final Logger LOG = LoggerFactory.getLogger(RankProcesses.class);
  private static final int LOG_LINES = 10;

  private final Settings settings;
  private final SecureRandom random = new SecureRandom();

  RankProcesses(Settings settings) {
    this.settings = settings;
  }

  @Override
  public int here(int ranks) {
    return settings.ranks().here(ranks);
  }

  @Override
  public Team assemble(int ranks, Runnable meanwhile) {
    RankSettings own = settings.ranks();
    RunToken token = own.token().isEmpty() ? RunToken.random(random) : new RunToken(own.token());
    int local = here(ranks) - 1;
    List<Started> started = new ArrayList<>();
    try (Rendezvous meeting =
        Rendezvous.open(
            new InetSocketAddress(own.host(), own.port()),
            ranks,
            token,
            Patience.OF_TRAINING,
            random)) {
      LOG.info(
          "Rank 0 of {} listens on {}; {} ranks are started here, {} have to come",
          ranks,
          meeting.address(),
          local,
          ranks - 1 - local);
      for (int number = 1; number <= local; number++) {
        started.add(start(number, meeting.address(), token));
      }
      ProcessGroup group =
          meeting.lead(
              () -> {
                meanwhile.run();
                started.forEach(Started::requireAlive);
              });
      return new ProcessTeam(group, started);
    } catch (RuntimeException e) {
      started.forEach(Started::end);
      throw e;
    }
  }

  /** Which rank it becomes is a matter of who comes first. */
  private Started start(int number, InetSocketAddress leader, RunToken token) {
    Path log = settings.home().resolve("logs").resolve("rank-" + number + ".log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            // A debugger or a profiler has one port or file, and it is taken.
            .filter(
                argument -> !argument.startsWith("-agent") && !argument.startsWith("-javaagent"))
            .toList());
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            RankMain.class.getName(),
            "--leader",
            leader.getAddress().getHostAddress() + ":" + leader.getPort()));
    try {
      Files.createDirectories(log.getParent());
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
      // Not among the arguments, which every user of the machine can read.
      builder.environment().put(Settings.variable("ranks.token"), token.hex());
      builder.environment().put("LYCEUM_HOME", settings.home().toString());
      List<String> gpus = settings.ranks().gpus();
      if (!gpus.isEmpty()) {
        builder.environment().put("CUDA_VISIBLE_DEVICES", gpus.get(number % gpus.size()));
      }
      return new Started(number, builder.start(), log);
    } catch (IOException e) {
      throw LyceumException.resource(
          "Rank process %d could not be started: %s".formatted(number, e.getMessage()), e);
    }
  }

  private record ProcessTeam(ProcessGroup group, List<Started> started) implements Team {
    @Override
    public void close() {
      started.forEach(Started::end);
    }
  }

  /** A rank of ours. */
  private record Started(int number, Process process, Path log) {
    void requireAlive() {
      if (!process.isAlive()) {
        throw LyceumException.external(
            "Rank process %d ended with status %d before the training began. The end of %s:\n%s"
                .formatted(number, process.exitValue(), log, tail()));
      }
    }

    private String tail() {
      try {
        List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
        return String.join(
            "\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
      } catch (IOException e) {
        return "(" + e.getMessage() + ")";
      }
    }

    /** A rank ends by itself when the group does; one that does not is ended. */
    void end() {
      try {
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
          LOG.warn("Rank process {} (id {}) did not end by itself", number, process.pid());
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
