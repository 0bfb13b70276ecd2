package lyceum.model.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelConfig;
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
   * not do (scaled rotary positions, biases, another activation) is refused with a USER error,
   * since its logits would be wrong.
   */
  public static LanguageModel read(Path directory) {
    ModelConfig config = readConfig(directory);
    Safetensors.Contents contents = Safetensors.read(directory.resolve(ModelArtifact.WEIGHTS));
    BpeTokenizer tokenizer =
        BpeTokenizer.fromJson(readText(directory.resolve(ModelArtifact.TOKENIZER)));
    TreeMap<String, FloatTensor> weights = new TreeMap<>(contents.tensors());
    return new LanguageModel(config, weights, tokenizer);
  }

  /** Reads {@code config.json} alone. */
  public static ModelConfig readConfig(Path directory) {
    Path file = directory.resolve(ModelArtifact.CONFIG);
    JsonNode json;
    try {
      json = JSON.readTree(readText(file));
    } catch (JsonProcessingException e) {
      throw LyceumException.user(file + " is not JSON: " + e.getOriginalMessage() + ".", e);
    }
    if (!json.isObject()) {
      throw LyceumException.user(file + " is not a JSON object.");
    }
    refuseUnless(file, "model_type", json.path("model_type").asText(), "llama");
    refuseUnless(file, "hidden_act", json.path("hidden_act").asText("silu"), "silu");
    refuseUnless(file, "attention_bias", json.path("attention_bias").asText("false"), "false");
    refuseUnless(file, "mlp_bias", json.path("mlp_bias").asText("false"), "false");
    JsonNode rope = json.path("rope_parameters");
    refuseUnless(
        file, "rope_parameters.rope_type", rope.path("rope_type").asText("default"), "default");
    if (!json.path("rope_scaling").isMissingNode() && !json.path("rope_scaling").isNull()) {
      throw LyceumException.user(
          file
              + " has rope_scaling "
              + json.path("rope_scaling")
              + ", which Lyceum's decoder does not know.");
    }
    int heads = positive(file, json, "num_attention_heads");
    int width = positive(file, json, "hidden_size");
    ModelConfig config =
        new ModelConfig(
            positive(file, json, "vocab_size"),
            positive(file, json, "max_position_embeddings"),
            positive(file, json, "num_hidden_layers"),
            heads,
            json.path("num_key_value_heads").asInt(heads),
            width,
            positive(file, json, "intermediate_size"),
            rope.path("rope_theta").asDouble(json.path("rope_theta").asDouble(10_000)),
            json.path("rms_norm_eps").asDouble(1e-6),
            json.path("tie_word_embeddings").asBoolean(false));
    refuseUnless(
        file,
        "head_dim",
        Integer.toString(json.path("head_dim").asInt(config.headDim())),
        Integer.toString(config.headDim()));
    return config;
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
    LanguageModel.check(config, weights);
    TreeMap<String, FloatTensor> written = new TreeMap<>(weights);
    written.keySet().retainAll(LanguageModel.shapes(config).keySet());
    try {
      Files.createDirectories(directory);
      replace(directory.resolve(ModelArtifact.TOKENIZER), tokenizerJson);
      replace(directory.resolve(ModelArtifact.TOKENIZER_CONFIG), tokenizerConfigJson);
      replace(directory.resolve(GENERATION_CONFIG), generationConfig());
      TreeMap<String, String> metadata = new TreeMap<>();
      // Without this entry transformers refuses the file.
      metadata.put("format", "pt");
      Safetensors.write(directory.resolve(ModelArtifact.WEIGHTS), written, metadata);
      replace(directory.resolve(ModelArtifact.CONFIG), config(config));
    } catch (IOException e) {
      throw LyceumException.resource("Cannot write the model to " + directory + ": " + e + ".", e);
    }
  }

  private static String config(ModelConfig config) {
    ObjectNode json = JSON.createObjectNode();
    json.putArray("architectures").add("LlamaForCausalLM");
    json.put("attention_bias", false);
    json.put("attention_dropout", 0.0);
    json.put("bos_token_id", SpecialTokens.BOS);
    json.put("dtype", "float32");
    json.put("eos_token_id", SpecialTokens.END);
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
    json.put("pad_token_id", SpecialTokens.PAD);
    json.put("rms_norm_eps", config.normEpsilon());
    // Both spellings: transformers 5 reads rope_parameters, earlier ones rope_theta.
    ObjectNode rope = json.putObject("rope_parameters");
    rope.put("rope_theta", config.ropeTheta());
    rope.put("rope_type", "default");
    json.put("rope_theta", config.ropeTheta());
    json.put("tie_word_embeddings", config.tiedEmbeddings());
    json.put("torch_dtype", "float32");
    json.put("use_cache", true);
    json.put("vocab_size", config.vocabularySize());
    return json.toPrettyString() + "\n";
  }

  private static String generationConfig() {
    ObjectNode json = JSON.createObjectNode();
    json.put("bos_token_id", SpecialTokens.BOS);
    json.put("eos_token_id", SpecialTokens.END);
    json.put("pad_token_id", SpecialTokens.PAD);
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

  private static int positive(Path file, JsonNode json, String key) {
    JsonNode value = json.path(key);
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() <= 0) {
      throw LyceumException.user(
          file + " has " + key + " " + value + " where a positive integer is expected.");
    }
    return value.intValue();
  }

  private static void refuseUnless(Path file, String key, String actual, String expected) {
    if (!actual.equals(expected)) {
      throw LyceumException.user(
          file
              + " has "
              + key
              + " '"
              + actual
              + "'; Lyceum's decoder only does '"
              + expected
              + "'.");
    }
  }
}
