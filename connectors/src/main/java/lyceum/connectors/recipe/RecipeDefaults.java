package lyceum.connectors.recipe;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lyceum.core.LyceumException;

/**
 * The built-in defaults and the description of every key: the resource {@code defaults.yaml}. Its
 * first document is a recipe, its second holds, by the path of each list or optional section, the
 * defaults of the list's items or of the section where it is given; {@code null} marks what a
 * recipe must give itself.
 */
final class RecipeDefaults {
  private static final String RESOURCE = "defaults.yaml";

  private final Value.Mapping recipe;
  private final Map<String, Value.Mapping> items;
  private final Map<String, String> descriptions;

  private RecipeDefaults(
      Value.Mapping recipe, Map<String, Value.Mapping> items, Map<String, String> descriptions) {
    this.recipe = recipe;
    this.items = Map.copyOf(items);
    this.descriptions = Map.copyOf(descriptions);
  }

  static RecipeDefaults load() {
    String text;
    try (InputStream in =
        Objects.requireNonNull(RecipeDefaults.class.getResourceAsStream(RESOURCE), RESOURCE)) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw LyceumException.internal(
          "Cannot read the built-in " + RESOURCE + ": " + e.getMessage(), e);
    }
    Map<String, String> descriptions = new HashMap<>();
    List<Value> documents =
        YamlText.documents(text, "built-in " + RESOURCE, false, descriptions::putIfAbsent);
    Map<String, Value.Mapping> items = new HashMap<>();
    ((Value.Mapping) documents.get(1))
        .entries()
        .forEach((path, item) -> items.put(path, (Value.Mapping) item));
    return new RecipeDefaults((Value.Mapping) documents.get(0), items, descriptions);
  }

  /** The given recipe over the defaults. */
  Value.Mapping under(Value.Mapping given) {
    return recipe.over(given);
  }

  /** The recipe with the defaults of list items. */
  Value withItems(Value value) {
    return withItems(value, "");
  }

  private Value withItems(Value value, String path) {
    return switch (value) {
      case Value.Mapping mapping -> {
        Value.Mapping section = items.get(path);
        Value.Mapping completed = section == null ? mapping : section.over(mapping);
        for (Map.Entry<String, Value> entry : completed.entries().entrySet()) {
          String child = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
          completed = completed.with(entry.getKey(), withItems(entry.getValue(), child));
        }
        yield completed;
      }
      case Value.Sequence sequence -> {
        Value.Mapping item = items.get(path);
        if (item == null) {
          yield sequence;
        }
        List<Value> completed = new ArrayList<>();
        for (Value each : sequence.items()) {
          completed.add(each instanceof Value.Mapping mapping ? item.over(mapping) : each);
        }
        yield new Value.Sequence(completed, sequence.origin(), sequence.isGiven());
      }
      case Value.Scalar scalar -> scalar;
    };
  }

  /** What a key means; empty when it is not described. The items of a list have the list's path. */
  String description(String path) {
    return descriptions.getOrDefault(path, "");
  }

  /** Whether a recipe must give the key itself. */
  boolean isRequired(String path) {
    Value value = recipe;
    StringBuilder walked = new StringBuilder();
    for (String key : path.split("\\.")) {
      value =
          items
              .getOrDefault(walked.toString(), value instanceof Value.Mapping m ? m : recipe)
              .entries()
              .get(key);
      walked.append(walked.isEmpty() ? "" : ".").append(key);
      if (value == null) {
        return true;
      }
    }
    return value instanceof Value.Scalar scalar && scalar.isNull();
  }
}
