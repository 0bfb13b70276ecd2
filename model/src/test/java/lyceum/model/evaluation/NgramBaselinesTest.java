package lyceum.model.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.core.Score;
import lyceum.data.shard.TokenShard;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.model.format.TinyModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NgramBaselinesTest {
  private final BpeTokenizer tokenizer = TinyModel.tokenizer();
  @TempDir Path folder;

  @Test
  void measure_text_longerContextHelps() {
    Random random = new Random(1);
    List<Score> scores = measure(documents(random, 800), documents(random, 60), 100_000);
    assertThat(scores)
        .extracting(Score::key)
        .containsExactly(
            "validation/unigram_bits_per_byte",
            "validation/bigram_bits_per_byte",
            "validation/fivegram_bits_per_byte");
    assertThat(scores.get(1).value()).isLessThan(0.8 * scores.get(0).value());
    assertThat(scores.get(2).value()).isLessThan(0.8 * scores.get(1).value());
    assertThat(scores.get(0).standardError()).isBetween(1e-4, 0.2);
  }

  @Test
  void measure_sameAsTheFormulaOverMaps() {
    Random random = new Random(2);
    List<int[]> train = documents(random, 30);
    List<int[]> validation = documents(random, 5);
    int maxTokens = 57;
    List<Score> scores = measure(train, validation, maxTokens);
    int[] trainIds = join(train);
    int[] ids = java.util.Arrays.copyOf(join(validation), maxTokens);
    int[] orders = {1, 2, 5};
    for (int o = 0; o < orders.length; o++) {
      double bits = 0;
      int bytes = 0;
      for (int i = 1; i < ids.length; i++) {
        if (!tokenizer.isSpecial(ids[i])) {
          bits -= Math.log(probability(trainIds, ids, i, orders[o])) / Math.log(2);
          bytes += tokenizer.tokenBytes(ids[i]).length;
        }
      }
      assertThat(scores.get(o).value()).isCloseTo(bits / bytes, within(1e-9));
    }
  }

  @Test
  void measure_anyContext_probabilitiesSumToOne() {
    int[] train = join(documents(new Random(3), 10));
    for (int order = 1; order <= 5; order++) {
      int[] context = java.util.Arrays.copyOf(train, 8);
      double sum = 0;
      for (int id = 0; id < tokenizer.vocabularySize(); id++) {
        context[7] = id;
        sum += probability(train, context, 7, order);
      }
      assertThat(sum).isCloseTo(1, within(1e-9));
    }
  }

  @Test
  void measure_shardOfAnotherTokenizer_userError() {
    List<int[]> foreign = List.of(new int[] {0, 9_999});
    assertThatThrownBy(() -> measure(foreign, foreign, 10)).isInstanceOf(LyceumException.class);
  }

  private double probability(int[] train, int[] ids, int at, int order) {
    if (order == 0) {
      return 1.0 / tokenizer.vocabularySize();
    }
    double below = probability(train, ids, at, order - 1);
    if (at < order - 1) {
      return below;
    }
    Map<List<Integer>, Integer> counts = new HashMap<>();
    for (int i = order - 1; i < train.length; i++) {
      counts.merge(gram(train, i, order), 1, Integer::sum);
    }
    Map<Integer, Integer> ofCounts = new TreeMap<>();
    counts.values().forEach(count -> ofCounts.merge(count, 1, Integer::sum));
    double once = ofCounts.getOrDefault(1, 0);
    double discount = once == 0 ? 0.5 : once / (once + 2.0 * ofCounts.getOrDefault(2, 0));
    List<Integer> gram = gram(ids, at, order);
    double total = 0;
    int types = 0;
    for (Map.Entry<List<Integer>, Integer> entry : counts.entrySet()) {
      if (entry.getKey().subList(0, order - 1).equals(gram.subList(0, order - 1))) {
        total += entry.getValue();
        types++;
      }
    }
    if (total == 0) {
      return below;
    }
    return Math.max(counts.getOrDefault(gram, 0) - discount, 0) / total
        + discount * types / total * below;
  }

  private static List<Integer> gram(int[] ids, int at, int order) {
    List<Integer> gram = new ArrayList<>();
    for (int i = at - order + 1; i <= at; i++) {
      gram.add(ids[i]);
    }
    return gram;
  }

  private List<int[]> documents(Random random, int count) {
    List<int[]> documents = new ArrayList<>();
    for (int d = 0; d < count; d++) {
      int a = random.nextInt(40);
      int[] text = tokenizer.encode("What is " + a + " plus " + (97 - a) + "? The answer is 97.");
      int[] document = new int[text.length + 1];
      System.arraycopy(text, 0, document, 1, text.length);
      documents.add(document);
    }
    return documents;
  }

  private static int[] join(List<int[]> documents) {
    return documents.stream().flatMapToInt(java.util.Arrays::stream).toArray();
  }

  private List<Score> measure(List<int[]> train, List<int[]> validation, int maxTokens) {
    try (TokenShard a = TokenShard.write(folder.resolve("train"), train.iterator());
        TokenShard b = TokenShard.write(folder.resolve("validation"), validation.iterator())) {
      return NgramBaselines.measure(a, b, tokenizer, maxTokens);
    }
  }
}
