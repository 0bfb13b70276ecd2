package lyceum.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.recipe.SourceWeight;
import lyceum.data.shard.TokenShard;
import lyceum.data.tokenizer.SpecialTokens;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MixtureTest {
  private static final int ROWS = 500;

  private static List<Mixture.Share> uncapped(List<Double> weights) {
    return weights.stream().map(w -> new Mixture.Share("s", w, Long.MAX_VALUE)).toList();
  }

  @Property(tries = 100)
  void row_ofAnyWeights_takesEachSourceInItsProportionAndItsRowsInTheirOrder(
      @ForAll @Size(min = 1, max = 8) List<@DoubleRange(min = 0.01, max = 100) Double> weights,
      @ForAll long seed) {
    Mixture mixture = new Mixture(uncapped(weights), ROWS, seed);
    double whole = weights.stream().mapToDouble(w -> w).sum();
    long[] counts = new long[weights.size()];
    for (int number = 0; number < ROWS; number++) {
      assertThat(mixture.counts(number)).isEqualTo(counts);
      Mixture.Row row = mixture.row(number);
      assertThat(row.row()).isEqualTo(counts[row.source()]);
      counts[row.source()]++;
      for (int source = 0; source < counts.length; source++) {
        assertThat((double) counts[source])
            .as("source %d after %d rows", source, number + 1)
            .isCloseTo((number + 1) * weights.get(source) / whole, within((double) counts.length));
      }
    }
  }

  @Property(tries = 100)
  void row_ofCappedSources_givesNoMoreThanTheyMayAndTheRestToTheOthers(
      @ForAll @Size(min = 1, max = 6) List<@IntRange(min = 1, max = 120) Integer> caps,
      @ForAll long seed) {
    List<Mixture.Share> shares = new ArrayList<>();
    for (int i = 0; i < caps.size(); i++) {
      shares.add(new Mixture.Share("s" + i, 1 + i, caps.get(i)));
    }
    int rows = caps.stream().mapToInt(cap -> cap).sum();
    Mixture mixture = new Mixture(shares, rows, seed);
    // Taken backwards: no row depends on those before it having been asked for.
    boolean[][] seen = new boolean[caps.size()][];
    for (int i = 0; i < seen.length; i++) {
      seen[i] = new boolean[caps.get(i)];
    }
    for (int number = rows - 1; number >= 0; number--) {
      Mixture.Row row = mixture.row(number);
      assertThat(seen[row.source()][(int) row.row()]).isFalse();
      seen[row.source()][(int) row.row()] = true;
    }
    assertThat(mixture.counts(rows)).isEqualTo(caps.stream().mapToLong(cap -> cap).toArray());
    assertThatThrownBy(() -> new Mixture(shares, rows + 1, seed))
        .isInstanceOfSatisfying(
            LyceumException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER))
        .hasMessageContaining("give " + rows + " rows")
        .hasMessageContaining("takes " + (rows + 1));
  }

  /** Three documents, of three sources; every token tells its source. */
  private static TokenShard shard(Path file) {
    try (TokenShard.Writer writer = new TokenShard.Writer(file)) {
      for (int source = 0; source < 3; source++) {
        int id = 100 + source;
        int[] ids = IntStream.range(0, 400 * (source + 1)).map(i -> id).toArray();
        ids[0] = SpecialTokens.BOS;
        writer.append("source-" + source, ids);
      }
      return writer.finish();
    }
  }

  @Test
  void mixedText_givesEachSourcesTextByItsWeightInAnyOrderOfAsking(@TempDir Path folder) {
    List<SourceWeight> weights =
        List.of(
            new SourceWeight("source-0", 1, 0),
            new SourceWeight("source-1", 0, 0),
            new SourceWeight("source-2", 3, 0));
    try (TokenShard shard = shard(folder.resolve("text"))) {
      MixedText forward = new MixedText(shard, weights, LearnerFixture.TOKENIZER, 32, 400, 5);
      int[] targets = new int[400];
      for (int row = 0; row < 400; row++) {
        targets[row] = target(forward, row);
      }
      assertThat(targets).containsOnly(100, 102);
      assertThat(IntStream.of(targets).filter(id -> id == 102).count()).isBetween(299L, 301L);
      MixedText again = new MixedText(shard, weights, LearnerFixture.TOKENIZER, 32, 400, 5);
      for (int row = 399; row >= 0; row -= 7) {
        assertThat(target(again, row)).isEqualTo(targets[row]);
      }
      // 400 tokens are 11 windows of 32 behind any offset, 1,200 are 36.
      assertThat(forward.figures(400).get("epochs/source-0")).isCloseTo(100 / 11.0, within(0.1));
      assertThat(forward.figures(400).get("epochs/source-2")).isCloseTo(300 / 36.0, within(0.1));
    }
  }

  private static int target(MixedText text, int row) {
    TokenInputs.Builder inputs = new TokenInputs.Builder(1, 32);
    text.append(inputs, row, 1, 0);
    return inputs.target(0);
  }

  @Test
  void mixedText_ofASourceWithoutText_isRefused(@TempDir Path folder) throws Exception {
    try (TokenShard shard = shard(folder.resolve("text"))) {
      assertThatThrownBy(
              () ->
                  new MixedText(
                      shard,
                      List.of(new SourceWeight("nobody", 1, 0)),
                      LearnerFixture.TOKENIZER,
                      32,
                      10,
                      5))
          .isInstanceOf(LyceumException.class)
          .hasMessageContaining("source 'nobody' has 0 tokens");
    }
    Files.delete(folder.resolve("text"));
  }
}
