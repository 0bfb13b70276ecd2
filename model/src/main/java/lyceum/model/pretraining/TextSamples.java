package lyceum.model.pretraining;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.data.shard.TokenShard;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.SpecialTokens;
import lyceum.model.format.LanguageModel;
import lyceum.model.inference.Generation;
import lyceum.model.inference.Generator;
import lyceum.model.inference.SamplingSettings;

/**
 * What a model in training makes of the beginnings of the first held-out documents: the same
 * prompts each time, in the language and manner of the text that is learned, with the same dice.
 */
final class TextSamples {
  /** Documents that are begun, and how many of their tokens are given. */
  private static final int PROMPTS = 3;

  private static final int PROMPT_TOKENS = 12;
  private static final int NEW_TOKENS = 40;
  private static final SamplingSettings SAMPLING = new SamplingSettings(0.8, 0.95, 0, NEW_TOKENS);

  /** Documents that are too short for a prompt are passed over, but not for ever. */
  private static final int LOOKED_AT = 1 << 20;

  private final BpeTokenizer tokenizer;
  private final List<int[]> prompts = new ArrayList<>();

  /**
   * @param contextLength that prompt and continuation have to fit
   */
  TextSamples(TokenShard heldOut, BpeTokenizer tokenizer, int contextLength) {
    this.tokenizer = tokenizer;
    int size = Math.min(PROMPT_TOKENS, contextLength / 2) + 1;
    int bos = tokenizer.controlToken(SpecialTokens.BOS);
    int[] window = new int[size];
    for (long at = 0;
        at <= Math.min(heldOut.size() - size, LOOKED_AT) && prompts.size() < PROMPTS;
        at++) {
      if (heldOut.token(at) == bos) {
        heldOut.read(at, window);
        if (Arrays.stream(window, 1, size).noneMatch(id -> id == bos)) {
          prompts.add(window.clone());
        }
      }
    }
  }

  boolean isEmpty() {
    return prompts.isEmpty();
  }

  /** Prompts with their continuations, by name. */
  SortedMap<String, String> of(LanguageModel model) {
    Generator generator = new Generator(model);
    SortedMap<String, String> samples = new TreeMap<>();
    for (int i = 0; i < prompts.size(); i++) {
      int[] prompt = prompts.get(i);
      Generation generation = generator.generate(prompt, SAMPLING, i, (id, logProb) -> true);
      samples.put(
          "prompt-" + (i + 1),
          tokenizer.decode(Arrays.copyOfRange(prompt, 1, prompt.length))
              + " >>> "
              + tokenizer.decode(known(generation.ids())));
    }
    return samples;
  }

  /** A model's vocabulary may be larger than its tokenizer's; such ids stand for no text. */
  private int[] known(int[] ids) {
    return Arrays.stream(ids).filter(id -> id < tokenizer.vocabularySize()).toArray();
  }
}
