package lyceum.bench.serving;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.TokenizerSettings;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.BpeTrainer;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.ModelDirectory;
import lyceum.model.inference.WeightPrecision;

/**
 * A model's folder with random weights: speed depends on shapes alone.
 *
 * @param folder as {@link ModelDirectory} writes it
 */
record RandomModel(Path folder, ModelConfig config) {
  private static final int VOCABULARY = 8192;
  private static final int CONTEXT = 512;

  static RandomModel write(Path folder, String size) {
    return write(folder, size, tokenizer(), 1);
  }

  /**
   * Models that say different things, small enough that what is measured is the server; of one
   * tokenizer.
   */
  static List<RandomModel> several(Path folder, int count) {
    BpeTokenizer tokenizer = tokenizer();
    List<RandomModel> models = new ArrayList<>();
    for (int seed = 1; seed <= count; seed++) {
      models.add(write(folder.resolve("model" + seed), "1M", tokenizer, seed));
    }
    return models;
  }

  private static RandomModel write(Path folder, String size, BpeTokenizer tokenizer, long seed) {
    int vocabulary = tokenizer.vocabularySize();
    ModelConfig config =
        switch (size) {
          // Its own output matrix: with the embedding's it would repeat what it was told.
          case "1M" -> new ModelConfig(vocabulary, CONTEXT, 2, 4, 2, 64, 176, 10_000, 1e-5, false);
          case "12M" -> new ModelConfig(vocabulary, CONTEXT, 8, 8, 4, 320, 864, 10_000, 1e-5, true);
          case "100M" ->
              new ModelConfig(vocabulary, CONTEXT, 12, 12, 6, 768, 2304, 10_000, 1e-5, true);
          default ->
              throw LyceumException.user("There is no size '" + size + "': 1M, 12M or 100M.");
        };
    Random random = new Random(seed);
    SortedMap<String, FloatTensor> weights = new TreeMap<>();
    LanguageModel.shapes(config)
        .forEach(
            (name, shape) -> {
              FloatTensor tensor = FloatTensor.zeros(shape);
              for (int i = 0; i < tensor.values().length; i++) {
                tensor.values()[i] = shape.length == 1 ? 1 : 0.1f * (random.nextFloat() - 0.5f);
              }
              weights.put(name, tensor);
            });
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot make " + folder + ": " + e + ".", e);
    }
    ModelDirectory.write(
        folder, config, weights, tokenizer.toJson(), ChatTemplate.tokenizerConfigJson());
    return new RandomModel(folder, config);
  }

  private static BpeTokenizer tokenizer() {
    Random random = new Random(2);
    List<String> texts = new ArrayList<>();
    for (int text = 0; text < 200; text++) {
      StringBuilder words = new StringBuilder();
      for (int word = 0; word < 400; word++) {
        int letters = 3 + random.nextInt(9);
        for (int letter = 0; letter < letters; letter++) {
          words.append((char) ('a' + random.nextInt(26)));
        }
        words.append(' ');
      }
      texts.add(words.toString());
    }
    return BpeTrainer.train(texts, new TokenizerSettings(VOCABULARY, Long.MAX_VALUE));
  }

  int vocabulary() {
    return config.vocabularySize();
  }

  /** Bytes of weights that a token reads; norms are too small to count. */
  long bytes(WeightPrecision precision) {
    long count = config.parameterCount();
    return switch (precision) {
      case F32 -> 4 * count;
      case BF16 -> 2 * count;
      case INT8 -> count * 17 / 16;
    };
  }

  /** The same weights as llama.cpp reads them. */
  Path gguf(WeightPrecision precision, List<String> python) {
    String type =
        switch (precision) {
          case F32 -> "F32";
          case BF16 -> "BF16";
          case INT8 -> "Q8_0";
        };
    Path file = folder.resolve(type.toLowerCase(Locale.ROOT) + ".gguf");
    if (Files.exists(file)) {
      return file;
    }
    List<String> command = new ArrayList<>(python);
    command.addAll(List.of(folder.toString(), file.toString(), type));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw LyceumException.external(
            "Converting the model failed (the peers' Python needs gguf and safetensors):\n" + said);
      }
      return file;
    } catch (IOException e) {
      throw LyceumException.external("Cannot run the peers' Python: " + e + ".", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external("Converting the model was interrupted.", e);
    }
  }
}
