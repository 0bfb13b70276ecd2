package lyceum.application.recipe;

import java.nio.file.Path;
import java.util.List;
import lyceum.connectors.catalogue.SourceCatalogue;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.OpenModelSettings;
import lyceum.core.recipe.Recipe;

/** The recipes of an installation, and what they amount to. */
public final class Recipes {
  private final RecipeReader reader;
  private final Settings settings;

  /**
   * @param folder where recipes are looked up by name
   */
  public Recipes(Path folder, Settings settings) {
    this.reader = new RecipeReader(folder);
    this.settings = settings;
  }

  public List<RecipeReader.Listing> list() {
    return reader.list();
  }

  /** The recipe of this name, or in this file. */
  public Recipe read(String nameOrFile, List<String> overrides) {
    return reader.read(nameOrFile, overrides);
  }

  /** The recipe of this text. */
  public Recipe parse(String yaml, List<String> overrides) {
    return reader.parse(yaml, "the recipe", overrides);
  }

  public String toYaml(Recipe recipe) {
    return reader.toYaml(recipe);
  }

  /** JSON Schema of a whole recipe. */
  public String jsonSchema() {
    return reader.jsonSchema();
  }

  /** What a run of it would do: which stages run, which are on hand. */
  public Plan plan(Recipe recipe, boolean fresh) {
    return Plan.of(recipe, fresh, () -> new MinioArtifactStore(settings.storage()));
  }

  /** What its trainings cost on each kind of device, with at most so many of it. */
  public Forecast forecast(Recipe recipe, Hardware hardware, int mostDevices) {
    return Forecast.of(recipe, model(recipe), hardware.devices(), mostDevices);
  }

  /** The recipe's dimensions, or those of the model that it goes on from. */
  public ModelConfig model(Recipe recipe) {
    OpenModelSettings from = recipe.pretraining().from();
    if (from == null) {
      return recipe.model().config(recipe.tokenizer().vocabularySize());
    }
    OpenModelSettings.PinnedFile file =
        from.files().stream()
            .filter(pinned -> pinned.name().equals(ModelArtifact.CONFIG))
            .findFirst()
            .orElseThrow();
    return OpenModelCheck.config(from, new SourceCatalogue(settings).fetch(from.source(file)));
  }
}
