package lyceum.core;

import org.jspecify.annotations.Nullable;

/**
 * Dimensions of a decoder of the Llama family.
 *
 * @param vocabularySize number of token ids
 * @param contextLength longest sequence in tokens
 * @param layers number of decoder blocks
 * @param heads attention heads; {@code embeddingDim} is a multiple of it
 * @param keyValueHeads key and value heads; {@code heads} is a multiple of it (grouped-query
 *     attention, arXiv 2305.13245)
 * @param embeddingDim width of the residual stream
 * @param feedForwardDim width inside the SwiGLU feed-forward layer (arXiv 2002.05202)
 * @param ropeTheta base of the rotary position frequencies (arXiv 2104.09864)
 * @param normEpsilon added to the mean square in RMSNorm (arXiv 1910.07467)
 * @param tiedEmbeddings whether the output projection is the embedding table
 * @param rotaryScaling how the rotary frequencies were stretched for a longer context; {@code null}
 *     where they were not
 */
public record ModelConfig(
    int vocabularySize,
    int contextLength,
    int layers,
    int heads,
    int keyValueHeads,
    int embeddingDim,
    int feedForwardDim,
    double ropeTheta,
    double normEpsilon,
    boolean tiedEmbeddings,
    @Nullable RotaryScaling rotaryScaling) {
  public ModelConfig {
    positive("vocabularySize", vocabularySize);
    positive("contextLength", contextLength);
    positive("layers", layers);
    positive("heads", heads);
    positive("keyValueHeads", keyValueHeads);
    positive("embeddingDim", embeddingDim);
    positive("feedForwardDim", feedForwardDim);
    if (embeddingDim % heads != 0) {
      throw LyceumException.user(
          "model.embeddingDim "
              + embeddingDim
              + " is not a multiple of model.heads "
              + heads
              + ".");
    }
    if ((embeddingDim / heads) % 2 != 0) {
      throw LyceumException.user(
          "The head dimension "
              + embeddingDim / heads
              + " (embeddingDim / heads) must be even for rotary positions.");
    }
    if (heads % keyValueHeads != 0) {
      throw LyceumException.user(
          "model.heads "
              + heads
              + " is not a multiple of model.keyValueHeads "
              + keyValueHeads
              + ".");
    }
    if (!(ropeTheta > 1)) {
      throw LyceumException.user("model.ropeTheta must be greater than 1, not " + ropeTheta + ".");
    }
    if (!(normEpsilon > 0)) {
      throw LyceumException.user("model.normEpsilon must be positive, not " + normEpsilon + ".");
    }
  }

  /** With rotary frequencies as {@code ropeTheta} gives them. */
  public ModelConfig(
      int vocabularySize,
      int contextLength,
      int layers,
      int heads,
      int keyValueHeads,
      int embeddingDim,
      int feedForwardDim,
      double ropeTheta,
      double normEpsilon,
      boolean tiedEmbeddings) {
    this(
        vocabularySize,
        contextLength,
        layers,
        heads,
        keyValueHeads,
        embeddingDim,
        feedForwardDim,
        ropeTheta,
        normEpsilon,
        tiedEmbeddings,
        null);
  }

  /** The same dimensions with another number of token ids. */
  public ModelConfig withVocabularySize(int size) {
    return new ModelConfig(
        size,
        contextLength,
        layers,
        heads,
        keyValueHeads,
        embeddingDim,
        feedForwardDim,
        ropeTheta,
        normEpsilon,
        tiedEmbeddings,
        rotaryScaling);
  }

  /**
   * How far each pair of numbers of a head turns from one position to the next, in radians, {@code
   * [headDim / 2]}; rounded to {@code float} like those of the reference implementation, so that
   * angles agree at far positions too.
   */
  public float[] rotaryFrequencies() {
    float[] frequencies = new float[headDim() / 2];
    for (int i = 0; i < frequencies.length; i++) {
      double plain = 1 / StrictMath.pow(ropeTheta, 2.0 * i / headDim());
      frequencies[i] = (float) (rotaryScaling == null ? plain : rotaryScaling.scaled(plain));
    }
    return frequencies;
  }

  public int headDim() {
    return embeddingDim / heads;
  }

  /** Trainable parameters in all. */
  public long parameterCount() {
    long attention =
        2L * embeddingDim * embeddingDim + 2L * embeddingDim * keyValueHeads * headDim();
    long block = attention + 3L * embeddingDim * feedForwardDim + 2L * embeddingDim;
    long tables = (tiedEmbeddings ? 1L : 2L) * vocabularySize * embeddingDim;
    return layers * block + tables + embeddingDim;
  }

  private static void positive(String name, int value) {
    if (value <= 0) {
      throw LyceumException.user("model." + name + " must be positive, not " + value + ".");
    }
  }
}
