package lyceum.model.alignment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.data.skill.ChatExample;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.Safetensors;

/**
 * A decoder with a scalar head that says how much an answer is liked, in standard deviations from
 * the mean of the answers that it was measured on.
 *
 * @param weights the decoder's, and {@code score.weight} {@code [1, C]}
 * @param mean of the head's raw scores of held-out answers
 * @param deviation of the same
 */
public record RewardModel(
    ModelConfig config,
    SortedMap<String, FloatTensor> weights,
    BpeTokenizer tokenizer,
    double mean,
    double deviation) {
  private static final String CONFIG = "config";
  private static final String MEAN = "mean";
  private static final String DEVIATION = "deviation";

  public RewardModel {
    weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    if (!(deviation > 0)) {
      throw LyceumException.user(
          "The reward model gives every answer the same score (deviation "
              + deviation
              + "); nothing can be learned from it.");
    }
  }

  /** Scores of answers, each to the prompt of the example at the same place. */
  public double[] score(List<ChatExample> examples, List<String> answers) {
    List<int[]> chats = new ArrayList<>();
    for (int i = 0; i < examples.size(); i++) {
      chats.add(Prompts.ids(tokenizer, examples.get(i), answers.get(i)));
    }
    try (RewardScorer scorer = new RewardScorer(this)) {
      return scorer.scores(chats);
    }
  }

  /**
   * Writes the model as safetensors; the bytes are a pure function of it. The tokenizer is not part
   * of the file.
   */
  public void write(Path file) {
    SortedMap<String, String> metadata = new TreeMap<>();
    metadata.put(CONFIG, config.toString());
    metadata.put(MEAN, Double.toString(mean));
    metadata.put(DEVIATION, Double.toString(deviation));
    Safetensors.write(file, weights, metadata);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param finetuned the model that it was trained from, for its configuration and tokenizer
   * @throws LyceumException of category USER when the file is no reward model of it
   */
  public static RewardModel read(Path file, LanguageModel finetuned) {
    Safetensors.Contents contents = Safetensors.read(file);
    String config = contents.metadata().getOrDefault(CONFIG, "none");
    if (!config.equals(finetuned.config().toString())) {
      throw LyceumException.user(
          file
              + " is not a reward model of this model: it was made for "
              + config
              + ", not "
              + finetuned.config()
              + ".");
    }
    ScoreGraph.shapes(finetuned.config())
        .keySet()
        .forEach(
            name -> {
              if (!contents.tensors().containsKey(name)) {
                throw LyceumException.user(
                    file + " is not a reward model: it has no " + name + ".");
              }
            });
    return new RewardModel(
        finetuned.config(),
        contents.tensors(),
        finetuned.tokenizer(),
        number(file, contents, MEAN),
        number(file, contents, DEVIATION));
  }

  private static double number(Path file, Safetensors.Contents contents, String key) {
    String text = contents.metadata().getOrDefault(key, "nothing");
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw LyceumException.user(
          file + " is not a reward model: its " + key + " is " + text + ".", e);
    }
  }
}
