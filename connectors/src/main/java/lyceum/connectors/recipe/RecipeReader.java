package lyceum.connectors.recipe;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import lyceum.core.LyceumException;
import lyceum.core.recipe.Recipe;
import org.apache.commons.text.similarity.JaroWinklerSimilarity;

/**
 * Reads recipes: a YAML file over the built-in defaults, overrides over both. What is wrong with a
 * recipe is a USER error that names the file, the line and the key's path.
 */
public final class RecipeReader {
  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
          .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
          .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .disable(YAMLGenerator.Feature.SPLIT_LINES)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
          .build();

  private static final List<String> ENDINGS = List.of(".yaml", ".yml");

  private final Path folder;
  private final RecipeDefaults defaults = RecipeDefaults.load();

  /**
   * A recipe on hand.
   *
   * @param description the recipe's own, or what is wrong with the file
   */
  public record Listing(String name, String description, Path file) {}

  /**
   * @param folder where recipes are looked up by name
   */
  public RecipeReader(Path folder) {
    this.folder = folder;
  }

  /**
   * The recipe of this name in the folder, or in this file.
   *
   * @param nameOrFile a name such as {@code tiny}, or a path that ends in {@code .yaml} or {@code
   *     .yml}
   * @param overrides each {@code path=value}, for example {@code pretraining.steps=10} or {@code
   *     corpus.sources.0.limit=5}; the value is YAML; later ones go before earlier ones
   * @throws LyceumException USER when there is no such recipe or it is wrong
   */
  public Recipe read(String nameOrFile, List<String> overrides) {
    Path file = find(nameOrFile);
    return parse(text(file), file.toString(), overrides);
  }

  /**
   * The recipe of this text.
   *
   * @param source what errors call the text
   */
  public Recipe parse(String yaml, String source, List<String> overrides) {
    Value.Mapping given = mapping(yaml, source);
    Value.Mapping derived =
        DerivedValues.of(
            values -> (Value.Mapping) overridden(defaults.under(values.over(given)), overrides));
    return (Recipe)
        new RecordBinder(Recipe.class)
            .bind(defaults.withItems(overridden(defaults.under(derived.over(given)), overrides)));
  }

  private static Value overridden(Value recipe, List<String> overrides) {
    Value changed = recipe;
    for (String override : overrides) {
      changed = Override.parse(override).apply(changed);
    }
    return changed;
  }

  /** The recipes of the folder by name. */
  public List<Listing> list() {
    List<Listing> listings = new ArrayList<>();
    for (Path file : files()) {
      String name = name(file);
      listings.add(new Listing(name, description(file), file));
    }
    return listings;
  }

  /** JSON Schema (draft 2020-12) of a whole recipe, with descriptions and choices. */
  public String jsonSchema() {
    return RecipeSchema.write(defaults, JsonMapper.builder().build());
  }

  /** The whole recipe, defaults included, as YAML that reads back to an equal recipe. */
  public String toYaml(Recipe recipe) {
    try {
      return YAML.writeValueAsString(recipe);
    } catch (JsonProcessingException e) {
      throw LyceumException.internal(
          "Cannot write the recipe " + recipe.name() + " as YAML: " + e.getMessage(), e);
    }
  }

  private String description(Path file) {
    try {
      Value description = mapping(text(file), file.toString()).entries().get("description");
      return description instanceof Value.Scalar scalar ? scalar.text() : "";
    } catch (LyceumException e) {
      return "cannot be read: " + e.getMessage();
    }
  }

  private static Value.Mapping mapping(String yaml, String source) {
    List<Value> documents = YamlText.documents(yaml, source, true, (path, comment) -> {});
    if (documents.size() != 1) {
      throw LyceumException.user(
          source + " holds " + documents.size() + " YAML documents; a recipe is one.");
    }
    if (!(documents.getFirst() instanceof Value.Mapping mapping)) {
      throw LyceumException.user(
          documents.getFirst().origin()
              + ": a recipe is a mapping of keys, not "
              + documents.getFirst().kind()
              + ".");
    }
    return mapping;
  }

  private Path find(String nameOrFile) {
    if (ENDINGS.stream().anyMatch(nameOrFile::endsWith)) {
      Path file = Path.of(nameOrFile);
      if (!Files.isRegularFile(file)) {
        throw LyceumException.user(
            "There is no recipe file " + file.toAbsolutePath() + ". " + onHand());
      }
      return file;
    }
    for (Path file : files()) {
      if (name(file).equals(nameOrFile)) {
        return file;
      }
    }
    String nearest =
        files().stream()
            .map(RecipeReader::name)
            .max(
                java.util.Comparator.comparingDouble(
                    name -> new JaroWinklerSimilarity().apply(name, nameOrFile)))
            .map(name -> "Did you mean '" + name + "'? ")
            .orElse("");
    throw LyceumException.user("There is no recipe '" + nameOrFile + "'. " + nearest + onHand());
  }

  private String onHand() {
    return "On hand in "
        + folder
        + ": "
        + files().stream().map(RecipeReader::name).toList()
        + "; or give a path that ends in .yaml.";
  }

  private List<Path> files() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> ENDINGS.stream().anyMatch(file.getFileName().toString()::endsWith))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw LyceumException.user("Cannot list the recipes in " + folder + ": " + e.getMessage(), e);
    }
  }

  private static String name(Path file) {
    return file.getFileName().toString().replaceFirst("\\.ya?ml$", "");
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw LyceumException.user("Cannot read the recipe " + file + ": it is not UTF-8 text.", e);
    } catch (IOException e) {
      throw LyceumException.user("Cannot read the recipe " + file + ": " + e.getMessage(), e);
    }
  }

  /** One {@code path=value}. */
  private record Override(List<String> path, Value value, String option) {
    static Override parse(String text) {
      String option = "--set " + text;
      int equals = text.indexOf('=');
      if (equals <= 0) {
        throw LyceumException.user(
            option + ": write it as --set path=value, for example --set pretraining.steps=10.");
      }
      List<String> path = List.of(text.substring(0, equals).strip().split("\\.", -1));
      return new Override(path, YamlText.override(text.substring(equals + 1), option), option);
    }

    Value apply(Value recipe) {
      return apply(recipe, 0);
    }

    private Value apply(Value here, int depth) {
      if (depth == path.size()) {
        return here instanceof Value.Mapping old && value instanceof Value.Mapping fresh
            ? old.over(fresh)
            : value;
      }
      String key = path.get(depth);
      return switch (here) {
        case Value.Mapping mapping -> {
          Value child =
              Optional.ofNullable(mapping.entries().get(key)).orElseGet(() -> empty(depth));
          yield mapping.with(key, apply(child, depth + 1));
        }
        case Value.Sequence sequence -> {
          int index = index(key, sequence.items().size(), depth);
          List<Value> items = new ArrayList<>(sequence.items());
          items.set(index, apply(items.get(index), depth + 1));
          yield new Value.Sequence(items, sequence.origin(), true);
        }
        case Value.Scalar scalar when scalar.isNull() -> apply(empty(depth), depth);
        case Value.Scalar scalar ->
            throw LyceumException.user(
                option
                    + ": "
                    + String.join(".", path.subList(0, depth))
                    + " is "
                    + scalar.kind()
                    + " and holds no '"
                    + key
                    + "'.");
      };
    }

    private Value empty(int depth) {
      return depth + 1 == path.size() ? value : new Value.Mapping(Map.of(), option, true);
    }

    private int index(String key, int size, int depth) {
      String list = String.join(".", path.subList(0, depth));
      if (!key.matches("[0-9]{1,9}")) {
        throw LyceumException.user(
            option
                + ": "
                + list
                + " is a list; name an item by its number, 0 to "
                + (size - 1)
                + ".");
      }
      int index = Integer.parseInt(key);
      if (index >= size) {
        throw LyceumException.user(
            option
                + ": "
                + list
                + " has "
                + size
                + " items, so there is no item "
                + index
                + " (the first is 0).");
      }
      return index;
    }
  }
}
