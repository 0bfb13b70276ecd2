package lyceum.cli.server;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import lyceum.application.text.Amounts;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.stack.Backup;
import lyceum.cli.stack.LocalStack;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code lyceum restore}. */
@Command(
    name = "restore",
    description = {
      "Make an installation from a backup, in a state folder that holds none (LYCEUM_HOME).",
      "Every file is compared with the backup's digests first. The servers run afterwards, without"
          + " a worker: up starts it, and runs that had not ended go on."
    })
public final class RestoreCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Parameters(paramLabel = "FOLDER", description = "What lyceum backup made.")
  private Path folder = Path.of("");

  public RestoreCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    Path backup = folder.toAbsolutePath().normalize();
    Backup.placeFiles(backup, lyceum.folder());
    lyceum.stack().up(LocalStack.Scope.SERVERS);
    Backup.Summary restored =
        new Backup(lyceum.installation(), lyceum.environment(), lyceum.screen())
            .restoreObjects(backup);
    lyceum
        .screen()
        .say(
            "Restored "
                + restored.files()
                + " objects, "
                + Amounts.bytes(restored.bytes())
                + ", and both databases into "
                + lyceum.folder().root()
                + ". Next: ./lyceum up");
    return ExitCode.OK.status();
  }
}
