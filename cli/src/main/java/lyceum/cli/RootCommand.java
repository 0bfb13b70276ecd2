package lyceum.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command without a verb: shows its help. */
@Command(
    name = "lyceum",
    versionProvider = Version.class,
    description = "Takes a language model through its whole life, from text to a served model.",
    footer = {
      "",
      "First time: lyceum quickstart",
      "State is kept in LYCEUM_HOME (default ~/.lyceum). Exit codes: lyceum help exit-codes"
    })
final class RootCommand implements Runnable {
  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Show stack traces of failures and logs of libraries.")
  private boolean verbose;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show the help of this verb.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Say which version this is.")
  private boolean version;

  // Picocli puts the real one here.
  @Spec private CommandSpec spec = CommandSpec.create();

  boolean verbose() {
    return verbose;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
