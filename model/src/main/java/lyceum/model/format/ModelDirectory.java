package lyceum.model.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import lyceum.core.LlamaConfigFile;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelConfig;
import lyceum.core.RotaryScaling;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.SpecialTokens;

/**
 * A model as a folder in the Hugging Face layout, as {@code transformers} loads it with {@code
 * LlamaForCausalLM} and {@code PreTrainedTokenizerFast}.
 */
public final class ModelDirectory {
  public static final String GENERATION_CONFIG = "generation_config.json";

  private static final JsonMapper JSON = new JsonMapper();

  private ModelDirectory() {}

  /**
   * Reads configuration, weights and tokenizer. A configuration that asks for what the decoder does
   * not do is refused with a USER error, as {@link LlamaConfigFile} says.
   */
  public static LanguageModel read(Path directory) {
    ModelConfig config = readConfig(directory);
    return new LanguageModel(
        config,
        readWeights(directory, config),
        BpeTokenizer.fromJson(readText(directory.resolve(ModelArtifact.TOKENIZER))));
  }

  /** Reads {@code config.json} alone. */
  public static ModelConfig readConfig(Path directory) {
    Path file = directory.resolve(ModelArtifact.CONFIG);
    return LlamaConfigFile.parse(file.toString(), readObject(file));
  }

  /**
   * Reads the weights that the configuration asks for, from {@code model.safetensors} or from the
   * files that {@code model.safetensors.index.json} names. Tensors of other names, such as buffers
   * that older versions of transformers kept, are left out.
   *
   * @throws LyceumException of category USER when one is missing or has another shape
   */
  public static SortedMap<String, FloatTensor> readWeights(Path directory, ModelConfig config) {
    SortedMap<String, int[]> shapes = LanguageModel.shapes(config);
    Path whole = directory.resolve(ModelArtifact.WEIGHTS);
    Path index = directory.resolve(ModelArtifact.WEIGHTS_INDEX);
    TreeMap<String, FloatTensor> weights = new TreeMap<>();
    if (Files.exists(whole) || Files.notExists(index)) {
      weights.putAll(Safetensors.read(whole, shapes::containsKey).tensors());
    } else {
      for (Map.Entry<String, Set<String>> shard : shards(index, shapes.keySet()).entrySet()) {
        weights.putAll(
            Safetensors.read(directory.resolve(shard.getKey()), shard.getValue()::contains)
                .tensors());
      }
    }
    LanguageModel.check(config, weights);
    return weights;
  }

  /** The wanted tensors of each file that an index names. */
  private static SortedMap<String, Set<String>> shards(Path index, Set<String> wanted) {
    if (!(readObject(index).get("weight_map") instanceof Map<?, ?> files)) {
      throw LyceumException.user(
          index + " has no weight_map, which says which file each tensor is in.");
    }
    SortedMap<String, Set<String>> tensors = new TreeMap<>();
    files.forEach(
        (tensor, file) -> {
          String name = String.valueOf(file);
          // The index may come from anywhere; it must not reach out of the folder.
          if (!name.matches("[A-Za-z0-9._-]+") || name.startsWith(".")) {
            throw LyceumException.user(
                index + " names the file '" + name + "'; a plain file name is expected.");
          }
          if (wanted.contains(String.valueOf(tensor))) {
            tensors.computeIfAbsent(name, key -> new TreeSet<>()).add(String.valueOf(tensor));
          }
        });
    return tensors;
  }

  /**
   * Writes the folder; each file appears whole or not at all, the weights last but one and {@code
   * config.json} last, so that a folder with a configuration is a whole model.
   *
   * @param tokenizerJson {@code tokenizer.json} as {@link BpeTokenizer#toJson} gives it
   * @param tokenizerConfigJson {@code tokenizer_config.json} with the chat template
   */
  public static void write(
      Path directory,
      ModelConfig config,
      SortedMap<String, FloatTensor> weights,
      String tokenizerJson,
      String tokenizerConfigJson) {
    write(directory, config, weights, tokenizerJson, tokenizerConfigJson, Safetensors.Type.F32);
  }

  /**
   * Writes the folder with weights of a type; see {@link #write(Path, ModelConfig, SortedMap,
   * String, String)}.
   *
   * @param type BF16 and F16 take half the space and round every weight
   */
  public static void write(
      Path directory,
      ModelConfig config,
      SortedMap<String, FloatTensor> weights,
      String tokenizerJson,
      String tokenizerConfigJson,
      Safetensors.Type type) {
    LanguageModel.check(config, weights);
    BpeTokenizer tokenizer = BpeTokenizer.fromJson(tokenizerJson);
    TreeMap<String, FloatTensor> written = new TreeMap<>(weights);
    written.keySet().retainAll(LanguageModel.shapes(config).keySet());
    try {
      Files.createDirectories(directory);
      replace(directory.resolve(ModelArtifact.TOKENIZER), tokenizerJson);
      replace(directory.resolve(ModelArtifact.TOKENIZER_CONFIG), tokenizerConfigJson);
      replace(directory.resolve(GENERATION_CONFIG), generationConfig(tokenizer));
      TreeMap<String, String> metadata = new TreeMap<>();
      // Without this entry transformers refuses the file.
      metadata.put("format", "pt");
      Safetensors.write(directory.resolve(ModelArtifact.WEIGHTS), written, metadata, type);
      replace(directory.resolve(ModelArtifact.CONFIG), config(config, type, tokenizer));
    } catch (IOException e) {
      throw LyceumException.resource("Cannot write the model to " + directory + ": " + e + ".", e);
    }
  }

  private static String config(ModelConfig config, Safetensors.Type type, BpeTokenizer tokenizer) {
    String dtype = dtype(type);
    ObjectNode json = JSON.createObjectNode();
    json.putArray("architectures").add("LlamaForCausalLM");
    json.put("attention_bias", false);
    json.put("attention_dropout", 0.0);
    putControl(json, "bos_token_id", tokenizer, SpecialTokens.BOS);
    json.put("dtype", dtype);
    putControl(json, "eos_token_id", tokenizer, SpecialTokens.END);
    json.put("head_dim", config.headDim());
    json.put("hidden_act", "silu");
    json.put("hidden_size", config.embeddingDim());
    json.put("initializer_range", 0.02);
    json.put("intermediate_size", config.feedForwardDim());
    json.put("max_position_embeddings", config.contextLength());
    json.put("mlp_bias", false);
    json.put("model_type", "llama");
    json.put("num_attention_heads", config.heads());
    json.put("num_hidden_layers", config.layers());
    json.put("num_key_value_heads", config.keyValueHeads());
    putControl(json, "pad_token_id", tokenizer, SpecialTokens.PAD);
    json.put("rms_norm_eps", config.normEpsilon());
    // Both spellings: transformers 5 reads rope_parameters, earlier ones rope_theta.
    ObjectNode rope = json.putObject("rope_parameters");
    rope.put("rope_theta", config.ropeTheta());
    json.put("rope_theta", config.ropeTheta());
    RotaryScaling scaling = config.rotaryScaling();
    rope.put("rope_type", scaling == null ? "default" : "llama3");
    if (scaling != null) {
      putScaling(rope, scaling);
      putScaling(json.putObject("rope_scaling").put("rope_type", "llama3"), scaling);
    }
    json.put("tie_word_embeddings", config.tiedEmbeddings());
    json.put("torch_dtype", dtype);
    json.put("use_cache", true);
    json.put("vocab_size", config.vocabularySize());
    return json.toPrettyString() + "\n";
  }

  private static void putScaling(ObjectNode rope, RotaryScaling scaling) {
    rope.put("factor", scaling.factor());
    rope.put("low_freq_factor", scaling.lowFrequencyFactor());
    rope.put("high_freq_factor", scaling.highFrequencyFactor());
    rope.put("original_max_position_embeddings", scaling.originalContextLength());
  }

  private static String dtype(Safetensors.Type type) {
    return switch (type) {
      case F32 -> "float32";
      case F16 -> "float16";
      case BF16 -> "bfloat16";
    };
  }

  /** A model that keeps its own tokenizer may lack one of Lyceum's control tokens. */
  private static void putControl(
      ObjectNode json, String key, BpeTokenizer tokenizer, int specialToken) {
    tokenizer.findControlToken(specialToken).ifPresent(id -> json.put(key, id));
  }

  private static String generationConfig(BpeTokenizer tokenizer) {
    ObjectNode json = JSON.createObjectNode();
    putControl(json, "bos_token_id", tokenizer, SpecialTokens.BOS);
    putControl(json, "eos_token_id", tokenizer, SpecialTokens.END);
    putControl(json, "pad_token_id", tokenizer, SpecialTokens.PAD);
    return json.toPrettyString() + "\n";
  }

  private static void replace(Path file, String text) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(part, text);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String readText(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw LyceumException.user("There is no file " + file + ". A model's folder needs it.", e);
    } catch (CharacterCodingException e) {
      throw LyceumException.user(file + " is not UTF-8 text.", e);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot read " + file + ": " + e + ".", e);
    }
  }

  private static Map<String, Object> readObject(Path file) {
    try {
      return JSON.readValue(readText(file), new TypeReference<LinkedHashMap<String, Object>>() {});
    } catch (JsonProcessingException e) {
      throw LyceumException.user(
          file + " is not a JSON object: " + e.getOriginalMessage() + ".", e);
    }
  }
}
