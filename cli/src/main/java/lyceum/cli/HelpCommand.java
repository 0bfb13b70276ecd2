package lyceum.cli;

import java.util.List;
import java.util.concurrent.Callable;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Table;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lyceum help [VERB...]}, with the page {@code exit-codes}. */
@Command(name = "help", description = "Show the help of a verb, or the page exit-codes.")
final class HelpCommand implements Callable<Integer> {
  private static final String EXIT_CODES = "exit-codes";

  private final Lyceum lyceum;

  // Picocli puts the real one here.
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..*",
      paramLabel = "VERB",
      description = "A verb such as run start, or exit-codes.")
  private List<String> words = List.of();

  HelpCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    if (words.equals(List.of(EXIT_CODES))) {
      Table table = new Table("CODE", "NAME", "MEANING");
      for (ExitCode code : ExitCode.values()) {
        table.row(
            Integer.toString(code.status()),
            code.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'),
            code.meaning());
      }
      table.print(lyceum.screen());
      return ExitCode.OK.status();
    }
    CommandLine line = spec.commandLine().getParent();
    for (String word : words) {
      CommandLine next = line.getSubcommands().get(word);
      if (next == null) {
        throw new RequestFailure(
            Outcome.NOT_FOUND,
            "There is no help on '"
                + String.join(" ", words)
                + "'. The verbs are "
                + String.join(", ", line.getSubcommands().keySet())
                + "; there is also the page "
                + EXIT_CODES
                + ".");
      }
      line = next;
    }
    line.usage(lyceum.screen().out());
    return ExitCode.OK.status();
  }
}
