package lyceum.bench;

import lyceum.bench.allreduce.AllReduceBench;
import lyceum.bench.learn.LearnBench;
import lyceum.bench.serving.ServeBench;
import lyceum.bench.serving.ServeDrillCommand;
import lyceum.bench.step.StepBench;
import lyceum.bench.tokenizer.TokenizerBench;
import lyceum.bench.train.TrainBench;
import lyceum.core.LyceumException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/** The {@code lyceum bench} command, in a JVM of its own. */
@Command(
    name = "lyceum bench",
    description = "Measures Lyceum next to its peers on this machine, in turns.",
    subcommands = {
      TokenizerBench.class,
      TrainBench.class,
      StepBench.class,
      LearnBench.class,
      AllReduceBench.class,
      ServeBench.class,
      ServeDrillCommand.class
    })
public final class Main implements Runnable {
  private static final int FAILED = 1;
  private static final int WRONG = 2;

  @CommandLine.Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  private boolean help;

  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  public static void main(String[] args) {
    System.exit(
        new CommandLine(new Main())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(
                (failure, line, parsed) -> {
                  if (!(failure instanceof LyceumException known)) {
                    throw failure;
                  }
                  line.getErr().println("lyceum bench: " + known.getMessage());
                  return switch (known.category()) {
                    case USER -> WRONG;
                    case INTERNAL, RESOURCE, EXTERNAL -> FAILED;
                  };
                })
            .execute(args));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
