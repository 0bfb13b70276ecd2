package lyceum.model.alignment;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;
import lyceum.core.LyceumException;
import lyceum.core.recipe.AlignmentSettings;
import lyceum.data.skill.ChatExample;
import lyceum.model.format.LanguageModel;
import lyceum.model.inference.Generation;
import lyceum.model.inference.Generator;
import lyceum.model.inference.SamplingSettings;
import lyceum.model.training.Seeds;
import lyceum.model.training.ShuffledOrder;

/** Samples pairs of different answers of a model to rank. */
public final class AnswerSampler {
  /** Answers sampled a prompt; the first two that differ make the pair. */
  private static final int ANSWERS = 4;

  /** Prompts sampled at a time. */
  private static final int PROMPTS = 32;

  /** Times that all prompts are gone through before the wanted number of pairs is given up. */
  private static final int ROUNDS = 3;

  private AnswerSampler() {}

  /**
   * Goes through the prompts in an order of the seed's and takes the first {@code settings.pairs()}
   * that give two different answers; answers that were cut off are not taken. A pure function of
   * model, prompts, settings and seed.
   *
   * @param progress called now and then with the number of pairs so far
   * @throws LyceumException of category USER when the answers differ too seldom
   */
  public static List<AnswerPair> pairs(
      LanguageModel model,
      List<ChatExample> prompts,
      AlignmentSettings settings,
      long seed,
      IntConsumer progress) {
    SamplingSettings sampling =
        SamplingSettings.sampling(settings.temperature(), settings.maxNewTokens());
    Generator generator = new Generator(model);
    List<ChatExample> usable =
        prompts.stream()
            .filter(
                prompt ->
                    Prompts.ids(model.tokenizer(), prompt).length + settings.maxNewTokens()
                        <= model.config().contextLength())
            .toList();
    if (usable.isEmpty()) {
      throw LyceumException.user(
          "None of the "
              + prompts.size()
              + " prompts leaves room for alignment.maxNewTokens "
              + settings.maxNewTokens()
              + " in the model's context of "
              + model.config().contextLength()
              + ".");
    }
    ShuffledOrder order = new ShuffledOrder(usable.size(), Seeds.derive(seed, 0));
    List<AnswerPair> pairs = new ArrayList<>();
    long tries = (long) ROUNDS * usable.size();
    for (long first = 0; first < tries && pairs.size() < settings.pairs(); first += PROMPTS) {
      progress.accept(pairs.size());
      List<ChatExample> batch = new ArrayList<>();
      List<int[]> ids = new ArrayList<>();
      long[] seeds = new long[PROMPTS * ANSWERS];
      for (int i = 0; i < PROMPTS; i++) {
        ChatExample example = usable.get(order.at(first + i));
        batch.add(example);
        for (int a = 0; a < ANSWERS; a++) {
          ids.add(Prompts.ids(model.tokenizer(), example));
          seeds[i * ANSWERS + a] = Seeds.derive(seed, 1, first + i, a);
        }
      }
      List<Generation> answers = generator.generateAll(ids, sampling, seeds);
      for (int i = 0; i < PROMPTS && pairs.size() < settings.pairs(); i++) {
        Set<String> different = new LinkedHashSet<>();
        for (Generation answer : answers.subList(i * ANSWERS, (i + 1) * ANSWERS)) {
          if (answer.finished()) {
            different.add(model.tokenizer().decode(answer.ids()));
          }
        }
        if (different.size() > 1) {
          List<String> two = different.stream().limit(2).toList();
          pairs.add(new AnswerPair(pairs.size(), batch.get(i), two.get(0), two.get(1)));
        }
      }
    }
    progress.accept(pairs.size());
    if (pairs.size() < settings.pairs()) {
      throw LyceumException.user(
          "The model gave two different answers to only "
              + pairs.size()
              + " prompts where alignment.pairs asks for "
              + settings.pairs()
              + ". Raise alignment.temperature (now "
              + settings.temperature()
              + "), lower alignment.pairs or add prompts.");
    }
    return pairs;
  }
}
