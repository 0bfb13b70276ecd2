package lyceum.model.format;

import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.data.tokenizer.BpeTokenizer;

/**
 * Everything that is needed to continue a text.
 *
 * @param weights by the names and in the shapes of {@link #shapes}; others may be there besides
 */
public record LanguageModel(
    ModelConfig config, SortedMap<String, FloatTensor> weights, BpeTokenizer tokenizer) {
  /** What the names of the tensors of all decoder blocks begin with. */
  public static final String BLOCKS = "model.layers.";

  public static final String EMBEDDING = "model.embed_tokens.weight";
  public static final String FINAL_NORM = "model.norm.weight";
  public static final String OUTPUT = "lm_head.weight";

  public LanguageModel {
    weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    check(config, weights);
    if (tokenizer.vocabularySize() > config.vocabularySize()) {
      throw LyceumException.user(
          "The tokenizer has "
              + tokenizer.vocabularySize()
              + " tokens, the model only "
              + config.vocabularySize()
              + ". They were not made for each other.");
    }
  }

  /**
   * Name of a tensor of one decoder block, for example {@code
   * model.layers.0.self_attn.q_proj.weight}.
   */
  public static String block(int layer, String part) {
    return BLOCKS + layer + "." + part + ".weight";
  }

  /**
   * Names and shapes of all weights of a model of these dimensions, as Hugging Face's Llama has
   * them: matrices are {@code [out, in]}.
   */
  public static SortedMap<String, int[]> shapes(ModelConfig config) {
    int width = config.embeddingDim();
    int keyValueWidth = config.keyValueHeads() * config.headDim();
    TreeMap<String, int[]> shapes = new TreeMap<>();
    shapes.put(EMBEDDING, new int[] {config.vocabularySize(), width});
    for (int layer = 0; layer < config.layers(); layer++) {
      shapes.put(block(layer, "input_layernorm"), new int[] {width});
      shapes.put(block(layer, "self_attn.q_proj"), new int[] {width, width});
      shapes.put(block(layer, "self_attn.k_proj"), new int[] {keyValueWidth, width});
      shapes.put(block(layer, "self_attn.v_proj"), new int[] {keyValueWidth, width});
      shapes.put(block(layer, "self_attn.o_proj"), new int[] {width, width});
      shapes.put(block(layer, "post_attention_layernorm"), new int[] {width});
      shapes.put(block(layer, "mlp.gate_proj"), new int[] {config.feedForwardDim(), width});
      shapes.put(block(layer, "mlp.up_proj"), new int[] {config.feedForwardDim(), width});
      shapes.put(block(layer, "mlp.down_proj"), new int[] {width, config.feedForwardDim()});
    }
    shapes.put(FINAL_NORM, new int[] {width});
    if (!config.tiedEmbeddings()) {
      shapes.put(OUTPUT, new int[] {config.vocabularySize(), width});
    }
    return shapes;
  }

  /**
   * Refuses, with a USER error, weights of which one is missing or has another shape than {@link
   * #shapes} says.
   */
  public static void check(ModelConfig config, SortedMap<String, FloatTensor> weights) {
    for (Map.Entry<String, int[]> expected : shapes(config).entrySet()) {
      FloatTensor tensor = weights.get(expected.getKey());
      if (tensor == null) {
        throw LyceumException.user(
            "The weights have no "
                + expected.getKey()
                + ". They do not belong to this configuration: "
                + config
                + ".");
      }
      if (!Arrays.equals(tensor.shape(), expected.getValue())) {
        throw LyceumException.user(
            expected.getKey()
                + " has the shape "
                + Arrays.toString(tensor.shape())
                + " where the configuration asks for "
                + Arrays.toString(expected.getValue())
                + ".");
      }
    }
  }
}
