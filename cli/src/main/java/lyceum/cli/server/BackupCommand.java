package lyceum.cli.server;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import lyceum.application.text.Amounts;
import lyceum.cli.Version;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.stack.Backup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code lyceum backup}. */
@Command(
    name = "backup",
    description = {
      "Copy settings, Temporal's and MLflow's databases and all objects into a folder.",
      "Runs may go on meanwhile. The copy holds this installation's keys: keep it where secrets may"
          + " be kept."
    })
public final class BackupCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Parameters(paramLabel = "FOLDER", description = "An empty folder, or one that is not there yet.")
  private Path folder = Path.of("");

  public BackupCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    Path target = folder.toAbsolutePath().normalize();
    Backup.Summary made =
        new Backup(lyceum.installation(), lyceum.environment(), lyceum.screen())
            .make(target, Version.NUMBER);
    lyceum
        .screen()
        .say(
            "Backed up "
                + made.files()
                + " files, "
                + Amounts.bytes(made.bytes())
                + ", to "
                + target
                + ".");
    return ExitCode.OK.status();
  }
}
