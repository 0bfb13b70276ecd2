package lyceum.application.recipe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import lyceum.application.text.Amounts;
import lyceum.contracts.Payloads;
import lyceum.core.LlamaConfigFile;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.OpenModelSettings;
import lyceum.core.recipe.Recipe;

/**
 * Whether a model to go on from can be gone on from, as far as it shows without reading its
 * weights: architecture, dimensions against the recipe, and whether the weights' files have room
 * for the parameters.
 */
public final class OpenModelCheck {
  private static final int SMALLEST_BYTES_PER_PARAMETER = 2;

  private OpenModelCheck() {}

  /**
   * Checks the fetched files and gives the model's dimensions.
   *
   * @param files by their names in the folder
   * @throws LyceumException of category USER
   */
  static ModelConfig check(Recipe recipe, OpenModelSettings from, Map<String, Path> files) {
    ModelConfig config = config(from, file(files, ModelArtifact.CONFIG));
    recipe.checkAgainst(config);
    Path index = files.get(ModelArtifact.WEIGHTS_INDEX);
    if (!files.containsKey(ModelArtifact.WEIGHTS) && index != null) {
      checkShards(from, object(index).get("weight_map"), files);
    }
    long bytes = 0;
    for (Map.Entry<String, Path> entry : files.entrySet()) {
      if (entry.getKey().endsWith(".safetensors")) {
        bytes += size(entry.getValue());
      }
    }
    long needed = SMALLEST_BYTES_PER_PARAMETER * config.parameterCount();
    if (bytes < needed) {
      throw LyceumException.user(
          "pretraining.from "
              + from.name()
              + ": its configuration asks for "
              + config.parameterCount()
              + " parameters, at least "
              + Amounts.bytes(needed)
              + ", but its .safetensors files have "
              + Amounts.bytes(bytes)
              + ". Pin every file of the model in pretraining.from.files.");
    }
    return config;
  }

  /** The dimensions in a fetched {@code config.json}. */
  public static ModelConfig config(OpenModelSettings from, Path file) {
    return LlamaConfigFile.parse(ModelArtifact.CONFIG + " of " + from.name(), object(file));
  }

  private static void checkShards(
      OpenModelSettings from,
      @org.jspecify.annotations.Nullable Object map,
      Map<String, Path> files) {
    if (!(map instanceof Map<?, ?> shards)) {
      throw LyceumException.user(
          ModelArtifact.WEIGHTS_INDEX + " of " + from.name() + " has no weight_map.");
    }
    for (Object shard : shards.values()) {
      if (!files.containsKey(String.valueOf(shard))) {
        throw LyceumException.user(
            "pretraining.from.files lacks "
                + shard
                + ", which "
                + ModelArtifact.WEIGHTS_INDEX
                + " of "
                + from.name()
                + " names.");
      }
    }
  }

  private static Map<String, Object> object(Path file) {
    try {
      return Payloads.mapper()
          .readValue(Files.readString(file), new TypeReference<LinkedHashMap<String, Object>>() {});
    } catch (JsonProcessingException e) {
      throw LyceumException.user(file + " is not a JSON object: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw LyceumException.user("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static Path file(Map<String, Path> files, String name) {
    return Objects.requireNonNull(files.get(name), name);
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
