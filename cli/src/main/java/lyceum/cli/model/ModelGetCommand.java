package lyceum.cli.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import lyceum.application.model.ModelLines;
import lyceum.application.text.Amounts;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Screen;
import lyceum.cli.screen.Table;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.connectors.tracking.MlflowTracker;
import lyceum.core.ModelArtifact;
import lyceum.core.Tracker;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lyceum model get}. */
@Command(
    name = "get",
    description =
        "Show one version: where it comes from and its files; --to writes them into a folder.")
final class ModelGetCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Parameters(index = "0", paramLabel = "LINE", description = "A model line.")
  private String line = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      defaultValue = "champion",
      paramLabel = "VERSION",
      description = "A number or an alias (default ${DEFAULT-VALUE}).")
  private String version = ModelLines.CHAMPION;

  @Option(
      names = "--to",
      paramLabel = "FOLDER",
      description = "Write the model's files here, in the Hugging Face layout.")
  private @Nullable Path to;

  @Mixin private OutputOption output = new OutputOption();

  ModelGetCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() throws IOException {
    ModelLines lines = lyceum.modelLines();
    String name = lines.resolve(line);
    Tracker.Version found = lines.version(name, version);
    ModelArtifact model = ModelLines.files(found);
    Screen screen = lyceum.screen();
    if (output.isJson()) {
      Map<String, Object> all = new TreeMap<>();
      all.put("modelLine", name);
      all.put("version", found.version());
      all.put("runId", found.runId());
      all.put("digest", model.digest());
      all.put("files", model.files());
      all.put("tags", found.tags());
      Json.print(screen, all);
    } else {
      Map<Integer, String> aliases = lines.aliases(name);
      screen
          .out()
          .println(
              name
                  + " version "
                  + found.version()
                  + "  "
                  + aliases.getOrDefault(found.version(), ""));
      screen.out().println("digest " + model.digest());
      found.tags().entrySet().stream()
          .filter(tag -> !tag.getKey().equals(ModelLines.MODEL_TAG))
          .forEach(tag -> screen.out().println(tag.getKey() + " " + tag.getValue()));
      screen.out().println();
      Table table = new Table("FILE", "SIZE", "SHA256");
      model
          .files()
          .forEach((file, ref) -> table.row(file, Amounts.bytes(ref.bytes()), ref.sha256()));
      table.print(screen);
      screen.say(
          "  MLflow  " + new MlflowTracker(lyceum.settings().tracking()).runUrl(found.runId()));
    }
    if (to != null) {
      Files.createDirectories(to);
      MinioArtifactStore store = new MinioArtifactStore(lyceum.settings().storage());
      Path folder = to;
      model.files().forEach((file, ref) -> store.fetch(ref, folder.resolve(file)));
      screen.say("Written to " + to);
    }
    return ExitCode.OK.status();
  }
}
