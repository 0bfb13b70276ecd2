package lyceum.core.recipe;

import lyceum.core.ModelConfig;
import org.jspecify.annotations.Nullable;

/**
 * Dimensions that a recipe chooses; the vocabulary size comes from the tokenizer. See {@link
 * ModelConfig}.
 *
 * @param depth what the dimensions and the pretraining were derived from where the recipe does not
 *     say them itself, see {@link DepthDial}; {@code null} where nothing was
 */
public record ModelSettings(
    @Nullable Integer depth,
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
    if (depth != null) {
      Check.between("model.depth", depth, 1, DepthDial.DEEPEST);
    }
    Check.between("model.contextLength", contextLength, 8, 1 << 20);
  }

  /** Dimensions that were chosen one by one. */
  public ModelSettings(
      int contextLength,
      int layers,
      int heads,
      int keyValueHeads,
      int embeddingDim,
      int feedForwardDim,
      double ropeTheta,
      boolean tiedEmbeddings) {
    this(
        null,
        contextLength,
        layers,
        heads,
        keyValueHeads,
        embeddingDim,
        feedForwardDim,
        ropeTheta,
        tiedEmbeddings);
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
