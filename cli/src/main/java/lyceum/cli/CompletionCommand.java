package lyceum.cli;

import java.util.concurrent.Callable;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lyceum completion}. */
@Command(
    name = "completion",
    description = "Print completions for bash and zsh: source <(lyceum completion)")
final class CompletionCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  // Picocli puts the real one here.
  @Spec private CommandSpec spec = CommandSpec.create();

  CompletionCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    lyceum.screen().out().print(AutoComplete.bash("lyceum", spec.root().commandLine()));
    return ExitCode.OK.status();
  }
}
