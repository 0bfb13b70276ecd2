package lyceum.core;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The dimensions in a {@code config.json} of the Llama family as transformers writes it, today's
 * and earlier spellings. What the decoder does not do (biases, other activations, other stretchings
 * of rotary positions, quantised weights) is refused by name, since its logits would be wrong.
 */
public final class LlamaConfigFile {
  private static final Set<String> ROTARY_TYPES = Set.of("default", "llama3");

  private final String file;
  private final Map<String, ?> json;

  private LlamaConfigFile(String file, Map<String, ?> json) {
    this.file = file;
    this.json = json;
  }

  /**
   * Reads the dimensions.
   *
   * @param file what errors call it
   * @param json the file's object as maps, lists, strings, numbers and booleans
   * @throws LyceumException of category USER when the file asks for another architecture or lacks a
   *     dimension
   */
  public static ModelConfig parse(String file, Map<String, ?> json) {
    return new LlamaConfigFile(file, json).config();
  }

  private ModelConfig config() {
    requireValue("model_type", text(json, "model_type", ""), "llama");
    requireValue("hidden_act", text(json, "hidden_act", "silu"), "silu");
    requireValue("attention_bias", text(json, "attention_bias", "false"), "false");
    requireValue("mlp_bias", text(json, "mlp_bias", "false"), "false");
    if (json.get("quantization_config") != null) {
      throw LyceumException.user(
          file
              + " has a quantization_config: its weights are quantised. Take the repository with the"
              + " original weights (F32, F16 or BF16).");
    }
    int heads = whole(json, "num_attention_heads", null);
    int width = whole(json, "hidden_size", null);
    int headDim = whole(json, "head_dim", heads == 0 ? 0 : width / heads);
    if ((long) headDim * heads != width) {
      throw LyceumException.user(
          file
              + " has head_dim "
              + headDim
              + " and num_attention_heads "
              + heads
              + ", together "
              + (long) headDim * heads
              + "; Lyceum's decoder only does heads that divide hidden_size "
              + width
              + ".");
    }
    Map<String, Object> rope = new LinkedHashMap<>();
    rope.putAll(object("rope_scaling"));
    rope.putAll(object("rope_parameters"));
    return new ModelConfig(
        whole(json, "vocab_size", null),
        whole(json, "max_position_embeddings", null),
        whole(json, "num_hidden_layers", null),
        heads,
        whole(json, "num_key_value_heads", heads),
        width,
        whole(json, "intermediate_size", null),
        number(rope, "rope_theta", number(json, "rope_theta", 10_000.0)),
        number(json, "rms_norm_eps", 1e-6),
        Boolean.parseBoolean(text(json, "tie_word_embeddings", "false")),
        scaling(rope));
  }

  private @Nullable RotaryScaling scaling(Map<String, ?> rope) {
    String type = text(rope, "rope_type", text(rope, "type", "default"));
    if (!ROTARY_TYPES.contains(type)) {
      throw LyceumException.user(
          file
              + " has rotary positions of rope_type '"
              + type
              + "'; Lyceum's decoder only does 'default' and 'llama3'.");
    }
    if (type.equals("default")) {
      return null;
    }
    return new RotaryScaling(
        number(rope, "factor", null),
        number(rope, "low_freq_factor", null),
        number(rope, "high_freq_factor", null),
        whole(rope, "original_max_position_embeddings", null));
  }

  private Map<String, Object> object(String key) {
    Map<String, Object> object = new LinkedHashMap<>();
    Object value = json.get(key);
    if (value instanceof Map<?, ?> map) {
      map.forEach((name, entry) -> object.put(String.valueOf(name), entry));
    } else if (value != null) {
      throw LyceumException.user(
          file + " has " + key + " " + value + " where an object is expected.");
    }
    return object;
  }

  private static String text(Map<String, ?> of, String key, String otherwise) {
    return Objects.toString(of.get(key), otherwise);
  }

  private int whole(Map<String, ?> of, String key, @Nullable Integer otherwise) {
    Object value = of.get(key);
    if (value == null && otherwise != null) {
      return otherwise;
    }
    if (!(value instanceof Integer number) || number <= 0) {
      throw LyceumException.user(
          file + " has " + key + " " + value + " where a positive integer is expected.");
    }
    return number;
  }

  private double number(Map<String, ?> of, String key, @Nullable Double otherwise) {
    Object value = of.get(key);
    if (value == null && otherwise != null) {
      return otherwise;
    }
    if (!(value instanceof Number number)) {
      throw LyceumException.user(
          file + " has " + key + " " + value + " where a number is expected.");
    }
    return number.doubleValue();
  }

  private void requireValue(String key, String actual, String expected) {
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
