package lyceum.cli.command;

import lyceum.cli.screen.OutputFormat;
import picocli.CommandLine.Option;

/** The option {@code -o} of verbs that print data. */
public final class OutputOption {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "Write table or json (default ${DEFAULT-VALUE}).")
  private OutputFormat format = OutputFormat.TABLE;

  public boolean isJson() {
    return format == OutputFormat.JSON;
  }
}
