package lyceum.serving;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.TokenizerSettings;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.BpeTrainer;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.data.tokenizer.SpecialTokens;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.ModelDirectory;
import lyceum.model.inference.Engine;

/**
 * Models with random weights; what they say is noise of any bytes, which is what a server must be
 * able to send.
 */
final class TinyModels {
  private static final BpeTokenizer TOKENIZER =
      BpeTrainer.train(
          List.of("What is 4 plus 5? It is 9, says the café. ".repeat(20)),
          new TokenizerSettings(300, 1 << 20));

  private TinyModels() {}

  static ModelConfig config() {
    return new ModelConfig(TOKENIZER.vocabularySize(), 512, 2, 4, 2, 32, 48, 10_000, 1e-5, true);
  }

  static SortedMap<String, FloatTensor> weights(long seed) {
    Random random = new Random(seed);
    SortedMap<String, FloatTensor> weights = new TreeMap<>();
    LanguageModel.shapes(config())
        .forEach(
            (name, shape) -> {
              FloatTensor tensor = FloatTensor.zeros(shape);
              for (int i = 0; i < tensor.values().length; i++) {
                tensor.values()[i] = shape.length == 1 ? 1 : 0.2f * (float) random.nextGaussian();
              }
              weights.put(name, tensor);
            });
    return weights;
  }

  static ServedModel served(long seed, int version) {
    return served("tiny", seed, version);
  }

  static ServedModel served(String name, long seed, int version) {
    return new ServedModel(
        name,
        version,
        "digest-" + seed,
        new LanguageModel(config(), weights(seed), TOKENIZER),
        Optional.empty(),
        EngineSetup.of(8));
  }

  /** A model whose passes can be held up. */
  record Gated(ServedModel model, GatedBackend gate) {}

  static Gated gated(long seed, int version) {
    LanguageModel language = new LanguageModel(config(), weights(seed), TOKENIZER);
    EngineSetup setup = EngineSetup.of(8);
    GatedBackend gate = new GatedBackend(setup.backend(language));
    Engine engine =
        new Engine(
            gate,
            Optional.empty(),
            TOKENIZER.controlToken(SpecialTokens.END),
            setup.settings(),
            setup.team());
    return new Gated(new ServedModel("tiny", version, "digest-" + seed, language, engine), gate);
  }

  static void write(Path directory, long seed) {
    ModelDirectory.write(
        directory, config(), weights(seed), TOKENIZER.toJson(), ChatTemplate.tokenizerConfigJson());
  }
}
