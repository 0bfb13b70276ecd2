package lyceum.connectors.recipe;

import java.nio.file.Path;
import java.util.*;
import lyceum.core.recipe.Recipe;

/** Reads recipe files. */
public final class RecipeReader {
  /** A recipe file on hand. */
  public record Listing(String name, String description, Path file) {}

  /**
   * @param folder where recipes are looked up by name
   */
  public RecipeReader(Path folder) {}

  /**
   * Recipe of this name in the folder, or of this file, with overrides such as {@code
   * pretraining.steps=10}.
   */
  public Recipe read(String nameOrFile, List<String> overrides) {
    throw new UnsupportedOperationException();
  }

  /** The recipes of the folder by name. */
  public List<Listing> list() {
    throw new UnsupportedOperationException();
  }

  /** JSON Schema (draft 2020-12) of a whole recipe. */
  public String jsonSchema() {
    throw new UnsupportedOperationException();
  }

  /** The whole merged recipe as YAML. */
  public String toYaml(Recipe recipe) {
    throw new UnsupportedOperationException();
  }
}
