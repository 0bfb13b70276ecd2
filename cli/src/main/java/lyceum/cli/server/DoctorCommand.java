package lyceum.cli.server;

import java.util.List;
import java.util.concurrent.Callable;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Screen;
import lyceum.cli.screen.Style;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code lyceum doctor}. */
@Command(
    name = "doctor",
    description =
        "Check the machine, the tools, the servers and the keys, and say what to do about each fault.")
public final class DoctorCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Mixin private OutputOption output = new OutputOption();

  public DoctorCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    List<Doctor.Finding> findings = new Doctor(lyceum).examine();
    Screen screen = lyceum.screen().forData();
    if (output.isJson()) {
      Json.print(screen, findings);
    } else {
      int widest = findings.stream().mapToInt(finding -> finding.what().length()).max().orElse(0);
      for (Doctor.Finding finding : findings) {
        String mark =
            switch (finding.level()) {
              case GOOD -> screen.style(Style.GOOD, "ok  ");
              case WARNING -> screen.style(Style.WARN, "warn");
              case FAULT -> screen.style(Style.BAD, "bad ");
            };
        screen
            .out()
            .println(
                mark
                    + "  "
                    + finding.what()
                    + " ".repeat(widest - finding.what().length() + 2)
                    + finding.seen());
        if (!finding.fix().isEmpty()) {
          screen.out().println("      " + " ".repeat(widest + 2) + "-> " + finding.fix());
        }
      }
    }
    boolean fault = findings.stream().anyMatch(finding -> finding.level() == Doctor.Level.FAULT);
    return (fault ? ExitCode.FAILURE : ExitCode.OK).status();
  }
}
