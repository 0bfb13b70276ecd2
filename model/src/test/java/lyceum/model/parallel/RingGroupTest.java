package lyceum.model.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RingGroupTest {
  private static float[] numbers(int length, long seed, int rank) {
    SplittableRandom random = new SplittableRandom(seed * 31 + rank);
    float[] numbers = new float[length];
    for (int i = 0; i < length; i++) {
      // Magnitudes far apart, so that another order of addition gives other bits.
      numbers[i] = (float) ((random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(-6, 7)));
    }
    return numbers;
  }

  /** What the ring promises: the sum begins after the holder of a word and ends with it. */
  private static float[] expectedSum(int length, long seed, int world, Parts parts) {
    float[][] all =
        IntStream.range(0, world).mapToObj(r -> numbers(length, seed, r)).toArray(float[][]::new);
    float[] sums = new float[length];
    for (int part = 0; part < world; part++) {
      for (int i = (int) parts.from(part); i < parts.to(part); i++) {
        float sum = all[(part + 1) % world][i];
        for (int k = 2; k <= world; k++) {
          sum += all[(part + k) % world][i];
        }
        sums[i] = sum;
      }
    }
    return sums;
  }

  @Property(tries = 25)
  void allReduce_anyWorldAndLength_isTheSameOrderedSumOnEveryRank(
      @ForAll @IntRange(min = 2, max = 5) int world,
      @ForAll @IntRange(max = 300_000) int length,
      @ForAll @LongRange(min = 0, max = 1000) long seed) {
    float[] expected = expectedSum(length, seed, world, Parts.equal(length, world));
    List<float[]> results =
        Ranks.each(
            world,
            group -> {
              float[] own = numbers(length, seed, group.rank());
              group.allReduce(MemorySegment.ofArray(own)).await();
              return own;
            });
    assertThat(results).allSatisfy(own -> assertThat(Arrays.equals(own, expected)).isTrue());
  }

  @Property(tries = 25)
  void reduceScatterThenAllGather_unequalParts_givesEveryRankTheSums(
      @ForAll @Size(min = 2, max = 5) List<@IntRange(max = 150_000) Integer> lengths,
      @ForAll @LongRange(min = 0, max = 1000) long seed) {
    int world = lengths.size();
    Parts parts = Parts.ofLengths(lengths.stream().mapToLong(Integer::longValue).toArray());
    int length = Math.toIntExact(parts.length());
    float[] expected = expectedSum(length, seed, world, parts);
    List<Boolean> right =
        Ranks.each(
            world,
            group -> {
              try (Arena arena = Arena.ofShared()) {
                // Off the heap, as a native optimizer's memory is.
                MemorySegment own = arena.allocate(4L * length, 4);
                MemorySegment.copy(
                    numbers(length, seed, group.rank()), 0, own, ValueLayout.JAVA_FLOAT, 0, length);
                group.reduceScatter(own, parts);
                group.allGather(own, parts).await();
                return Arrays.equals(own.toArray(ValueLayout.JAVA_FLOAT), expected);
              }
            });
    assertThat(right).containsOnly(true);
  }

  @Property(tries = 15)
  void scatterThenGather_unequalParts_givesBackTheWhole(
      @ForAll @Size(min = 2, max = 5) List<@IntRange(max = 150_000) Integer> lengths) {
    Parts parts = Parts.ofLengths(lengths.stream().mapToLong(Integer::longValue).toArray());
    int length = Math.toIntExact(parts.length());
    float[] whole = numbers(length, 5, 0);
    List<float[]> results =
        Ranks.each(
            lengths.size(),
            group -> {
              int rank = group.rank();
              float[] own = rank == 0 ? whole.clone() : new float[lengths.get(rank)];
              group.scatter(MemorySegment.ofArray(own), parts).await();
              for (int i = 0; i < own.length; i++) {
                own[i] = -own[i];
              }
              group.gather(MemorySegment.ofArray(own), parts).await();
              return own;
            });
    for (int i = 0; i < length; i++) {
      assertThat(results.getFirst()[i]).isEqualTo(-whole[i]);
    }
  }

  @Test
  void sumAndBroadcast_amongThree_agreeOnEveryRank() {
    byte[] message = "Wörter für alle".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    List<List<Object>> results =
        Ranks.each(
            3,
            group -> {
              double[] sums = group.sum(0.1 * group.rank(), 1e300, Double.NaN);
              byte[] heard = group.broadcast(group.rank() == 0 ? message : new byte[] {9});
              return List.of(
                  sums[0],
                  sums[1],
                  sums[2],
                  new String(heard, java.nio.charset.StandardCharsets.UTF_8));
            });
    assertThat(results).containsOnly(List.of(0.1 + 0.2, 3e300, Double.NaN, "Wörter für alle"));
  }

  @Test
  void exchanges_startedTogether_areDoneInOrder() {
    List<List<Float>> results =
        Ranks.each(
            3,
            group -> {
              List<float[]> buffers = new ArrayList<>();
              List<Work> works = new ArrayList<>();
              for (int i = 0; i < 40; i++) {
                float[] buffer = new float[1 + 997 * i];
                Arrays.fill(buffer, group.rank() + i);
                buffers.add(buffer);
                works.add(group.allReduce(MemorySegment.ofArray(buffer)));
              }
              works.forEach(Work::await);
              assertThat(group.traffic().collectives()).isEqualTo(40);
              return buffers.stream().map(buffer -> buffer[buffer.length / 2]).toList();
            });
    List<Float> expected = IntStream.range(0, 40).mapToObj(i -> 3f + 3 * i).toList();
    assertThat(results).containsOnly(expected);
  }

  @Test
  void await_afterAnotherRankStopped_failsWithItsReason() {
    assertThatThrownBy(
            () ->
                Ranks.each(
                    3,
                    group -> {
                      if (group.rank() == 2) {
                        throw new IllegalStateException("the disk is full");
                      }
                      group.allReduce(MemorySegment.ofArray(new float[100])).await();
                      return 0;
                    }))
        .isInstanceOfSatisfying(
            LyceumException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.EXTERNAL))
        .hasMessageContaining("Rank 2 of 3 stopped")
        .hasMessageContaining("the disk is full");
  }

  @Test
  void await_whereRanksDoDifferentThings_failsOnAll() {
    assertThatThrownBy(
            () ->
                Ranks.each(
                    2,
                    group -> {
                      float[] buffer = new float[100 + group.rank()];
                      group.allReduce(MemorySegment.ofArray(buffer)).await();
                      return 0;
                    }))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("the ranks do not do the same");
  }

  @Test
  void alone_everyOperation_isDoneAlready() {
    ProcessGroup group = ProcessGroup.alone();
    float[] buffer = {1, 2};
    group.allReduce(MemorySegment.ofArray(buffer)).await();
    assertThat(buffer).containsExactly(1, 2);
    assertThat(group.sum(3, 4)).containsExactly(3, 4);
    assertThat(group.broadcast(new byte[] {7})).containsExactly(7);
  }
}
