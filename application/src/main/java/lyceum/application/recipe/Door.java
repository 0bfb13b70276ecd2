package lyceum.application.recipe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import lyceum.application.text.Amounts;
import lyceum.connectors.catalogue.SourceCatalogue;
import lyceum.connectors.settings.Settings;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.plan.MachineMemory;
import lyceum.core.plan.MemoryCheck;
import lyceum.core.plan.Operations;
import lyceum.core.plan.PlannedTraining;
import lyceum.core.recipe.OpenModelSettings;
import lyceum.core.recipe.Recipe;
import lyceum.core.recipe.SourceSettings;

/** What is checked before a run starts, so that nothing is half done for want of it. */
public final class Door {
  private final Settings settings;

  public Door(Settings settings) {
    this.settings = settings;
  }

  /**
   * Compares what the run will write with the space left.
   *
   * @throws LyceumException RESOURCE when it does not suffice
   */
  public void checkDisk(Recipe recipe) {
    Path folder = settings.home();
    while (!Files.exists(folder) && folder.getParent() != null) {
      folder = folder.getParent();
    }
    long needed = Plan.diskBytes(recipe);
    try {
      long free = Files.getFileStore(folder).getUsableSpace();
      if (free < needed) {
        throw LyceumException.resource(
            "The run will write about "
                + Amounts.bytes(needed)
                + " and "
                + folder
                + " has "
                + Amounts.bytes(free)
                + " left. Free some space, or set LYCEUM_HOME to a larger disk.");
      }
    } catch (IOException e) {
      throw LyceumException.resource(
          "Cannot ask how much space " + folder + " has: " + e.getMessage(), e);
    }
  }

  /**
   * Compares what each training of the recipe takes at its peak with this machine's memory, where
   * the workers are on it. Elsewhere the worker that is to train does so itself.
   *
   * @throws LyceumException of category USER when it does not suffice
   */
  private void checkMemory(Recipe recipe, ModelConfig model) {
    String address = settings.temporalAddress();
    String host = address.substring(0, address.lastIndexOf(':'));
    if (!host.matches("localhost|127\\..*|\\[?::1]?")) {
      return;
    }
    long machine = MachineMemory.here().total();
    boolean packaged =
        System.getProperty("os.name", "").startsWith("Linux")
            && System.getProperty("os.arch", "").equals("amd64");
    for (PlannedTraining training : PlannedTraining.of(recipe, model)) {
      if (!training.compute().onGpu()) {
        MemoryCheck.require(
            training,
            settings.ranks().here(training.compute().ranks()),
            packaged ? Operations.NATIVE : Operations.STOCK,
            // Who holds memory now need not hold it when the training begins.
            new MachineMemory(machine, machine),
            0);
      }
    }
  }

  /**
   * Fetches every source that is not in the cache yet and verifies all of them, and likewise the
   * model to go on from, which must fit the recipe. Refuses trainings that this machine's memory
   * does not hold.
   *
   * @throws LyceumException as the source fails
   */
  public void checkSources(Recipe recipe, Progress progress) {
    OpenModelSettings from = recipe.pretraining().from();
    if (from == null) {
      checkMemory(recipe, recipe.model().config(recipe.tokenizer().vocabularySize()));
    }
    SourceCatalogue catalogue = new SourceCatalogue(settings);
    Map<String, SourceSettings> distinct = new LinkedHashMap<>();
    recipe.corpus().sources().forEach(source -> distinct.putIfAbsent(source.sha256(), source));
    for (SourceSettings source : distinct.values()) {
      fetch(catalogue, source, progress);
    }
    if (from != null) {
      Map<String, Path> files = new LinkedHashMap<>();
      for (OpenModelSettings.PinnedFile file : from.files()) {
        files.put(file.name(), fetch(catalogue, from.source(file), progress));
      }
      ModelConfig config = OpenModelCheck.check(recipe, from, files);
      checkMemory(recipe, config);
      progress.done(
          from.name(),
          true,
          "a Llama of "
              + Amounts.count((double) config.parameterCount())
              + " parameters, context "
              + config.contextLength());
    }
  }

  private static Path fetch(SourceCatalogue catalogue, SourceSettings source, Progress progress) {
    String name = source.uri().toString();
    progress.doing(name, "fetching or verifying");
    try {
      Path file = catalogue.fetch(source);
      progress.done(name, true, "verified, " + Amounts.bytes(Files.size(file)));
      return file;
    } catch (LyceumException e) {
      progress.done(name, false, "failed");
      throw e;
    } catch (IOException e) {
      progress.done(name, false, "failed");
      throw LyceumException.resource(
          "Cannot read the source " + source.name() + ": " + e.getMessage(), e);
    }
  }
}
