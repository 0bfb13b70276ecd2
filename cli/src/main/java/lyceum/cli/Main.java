package lyceum.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import lyceum.cli.command.Lyceum;
import lyceum.cli.screen.Screen;
import picocli.CommandLine;

/** The {@code lyceum} command. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    Lyceum lyceum =
        new Lyceum(
            Screen.ofProcess(System.getenv()),
            System.getenv(),
            Path.of(System.getProperty("lyceum.install", ".")).toAbsolutePath().normalize());
    int status = commandLine(lyceum).execute(args);
    System.out.flush();
    // Connections to servers keep threads alive; what the command had to do is done.
    Runtime.getRuntime().exit(status);
  }

  /** The whole command with all verbs. */
  static CommandLine commandLine(Lyceum lyceum) {
    RootCommand root = new RootCommand();
    CommandLine line = new CommandLine(root);
    Verbs.addTo(line, lyceum);
    FailureReport report = new FailureReport(lyceum.screen(), root);
    line.setOut(new PrintWriter(lyceum.screen().out(), true));
    line.setErr(new PrintWriter(lyceum.screen().err(), true));
    line.setExecutionExceptionHandler(report);
    line.setParameterExceptionHandler(report);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpAutoWidth(false);
    line.setUsageHelpWidth(Math.clamp(lyceum.screen().width(), 80, 120));
    line.setColorScheme(
        CommandLine.Help.defaultColorScheme(
            lyceum.screen().colour() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
    return line;
  }
}
