package lyceum.model.format;

import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.TokenizerSettings;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.BpeTrainer;

/** Models with random weights, large enough that no two tokens look alike. */
public final class TinyModel {
  private static final BpeTokenizer TOKENIZER =
      BpeTrainer.train(
          IntStream.range(0, 60)
              .mapToObj(
                  i ->
                      "What is "
                          + i
                          + " plus "
                          + (97 - i)
                          + "? The answer is 97, says the small café.")
              .toList(),
          new TokenizerSettings(400, 1 << 20));

  private TinyModel() {}

  public static BpeTokenizer tokenizer() {
    return TOKENIZER;
  }

  public static ModelConfig config(int heads, int keyValueHeads, boolean tied) {
    return new ModelConfig(
        TOKENIZER.vocabularySize(), 96, 2, heads, keyValueHeads, 32, 50, 10_000, 1e-5, tied);
  }

  public static SortedMap<String, FloatTensor> weights(ModelConfig config, long seed) {
    Random random = new Random(seed);
    SortedMap<String, FloatTensor> weights = new TreeMap<>();
    LanguageModel.shapes(config)
        .forEach(
            (name, shape) -> {
              FloatTensor tensor = FloatTensor.zeros(shape);
              for (int i = 0; i < tensor.values().length; i++) {
                tensor.values()[i] =
                    shape.length == 1
                        ? 1 + 0.1f * (float) random.nextGaussian()
                        : 0.2f * (float) random.nextGaussian();
              }
              weights.put(name, tensor);
            });
    return weights;
  }

  public static LanguageModel of(ModelConfig config, long seed) {
    return new LanguageModel(config, weights(config, seed), TOKENIZER);
  }

  public static LanguageModel of(long seed) {
    return of(config(4, 2, true), seed);
  }

  public static List<ModelConfig> kinds() {
    return List.of(
        config(4, 2, true), config(4, 4, false), config(2, 1, false), config(8, 8, true));
  }
}
