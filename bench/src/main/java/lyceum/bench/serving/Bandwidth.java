package lyceum.bench.serving;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import lyceum.core.LyceumException;

/**
 * How fast threads read memory: what bounds decoding, as every token of a single sequence reads all
 * weights once.
 *
 * @param bytes of the array that is read, as large as the weights, so that as much of it is in the
 *     caches
 */
record Bandwidth(long bytes, int threads) {
  /**
   * Long enough for the loop to be compiled, and for what is not measured to get out of the way.
   */
  private static final long NANOS = 400_000_000;

  /** Tokens a second at which all weights are read as fast as they can be. */
  double tokensPerSecond() {
    int perThread = Math.toIntExact(bytes / 4 / threads);
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<int[]> parts = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        parts.add(new int[perThread]);
      }
      double best = 0;
      long end = System.nanoTime() + NANOS;
      while (System.nanoTime() < end) {
        long began = System.nanoTime();
        List<Future<Integer>> sums = new ArrayList<>();
        for (int[] part : parts) {
          sums.add(executor.submit(() -> sum(part)));
        }
        for (Future<Integer> sum : sums) {
          if (sum.get() != 0) {
            throw LyceumException.internal("An array of zeros has a sum.");
          }
        }
        best = Math.max(best, 1e9 / (System.nanoTime() - began));
      }
      return best;
    } catch (ExecutionException e) {
      throw LyceumException.internal("Reading memory failed: " + e.getCause() + ".", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.internal("Reading memory was interrupted.", e);
    }
  }

  private static int sum(int[] values) {
    int sum = 0;
    for (int value : values) {
      sum += value;
    }
    return sum;
  }
}
