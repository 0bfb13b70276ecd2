package lyceum.core.recipe;

import lyceum.core.ModelConfig;

/**
 * Dimensions that a recipe chooses; the vocabulary size comes from the tokenizer. See {@link
 * ModelConfig}.
 */
public record ModelSettings(
    int contextLength,
    int layers,
    int heads,
    int keyValueHeads,
    int embeddingDim,
    int feedForwardDim,
    double ropeTheta,
    boolean tiedEmbeddings) {
  private static final double NORM_EPSILON = 1e-5;

  public ModelSettings {
    Check.between("model.contextLength", contextLength, 8, 1 << 20);
  }

  public ModelConfig config(int vocabularySize) {
    return new ModelConfig(
        vocabularySize,
        contextLength,
        layers,
        heads,
        keyValueHeads,
        embeddingDim,
        feedForwardDim,
        ropeTheta,
        NORM_EPSILON,
        tiedEmbeddings);
  }
}
