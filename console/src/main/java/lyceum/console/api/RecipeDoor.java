package lyceum.console.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lyceum.application.recipe.Recipes;
import lyceum.core.LyceumException;
import lyceum.core.recipe.Recipe;
import org.jspecify.annotations.Nullable;

/** Recipes as they come over the network: by name or whole, never by a path of this machine. */
public final class RecipeDoor {
  private static final String PATH = "[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+){0,9}";

  private final Recipes recipes;
  private final SourcePolicy sources;

  public RecipeDoor(Recipes recipes, SourcePolicy sources) {
    this.recipes = recipes;
    this.sources = sources;
  }

  /**
   * @param recipe a name, or a whole recipe as an object
   * @throws LyceumException USER when it is wrong, or a source is not allowed
   */
  Recipe read(JsonNode recipe, @Nullable Map<String, JsonNode> set) {
    List<String> overrides = overrides(set);
    Recipe read;
    if (recipe.isTextual()) {
      if (!recipe.textValue().matches(Names.RECIPE)) {
        throw LyceumException.user("'" + recipe.textValue() + "' is no name of a recipe.");
      }
      read = recipes.read(recipe.textValue(), overrides);
    } else if (recipe.isObject()) {
      read = recipes.parse(recipe.toString(), overrides);
    } else {
      throw LyceumException.user("recipe must be a name or an object.");
    }
    sources.check(read);
    return read;
  }

  /** The recipe of this YAML text. */
  Recipe parse(String yaml, @Nullable Map<String, JsonNode> set) {
    Recipe read = recipes.parse(yaml, overrides(set));
    sources.check(read);
    return read;
  }

  /** A recipe that was checked before, with other values. */
  Recipe change(Recipe recipe, @Nullable Map<String, JsonNode> set) {
    return parse(recipes.toYaml(recipe), set);
  }

  private static List<String> overrides(@Nullable Map<String, JsonNode> set) {
    List<String> overrides = new ArrayList<>();
    if (set != null) {
      set.forEach(
          (path, value) -> {
            if (!path.matches(PATH)) {
              throw LyceumException.user(
                  "'" + path + "' in set is no path such as pretraining.steps.");
            }
            overrides.add(path + "=" + value);
          });
    }
    return overrides;
  }
}
