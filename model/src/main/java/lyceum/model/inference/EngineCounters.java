package lyceum.model.inference;

import java.util.concurrent.atomic.LongAdder;

/** What an engine has done since it began. */
public final class EngineCounters {
  /** Upper bounds of the buckets that {@link #stepRows()} counts in; the last one has none. */
  public static final int[] ROW_BUCKETS = {1, 2, 4, 8, 16, 32, 64, 128, 256};

  final LongAdder promptTokens = new LongAdder();
  final LongAdder cachedTokens = new LongAdder();
  final LongAdder generatedTokens = new LongAdder();
  final LongAdder preemptions = new LongAdder();
  final LongAdder drafts = new LongAdder();
  final LongAdder draftedTokens = new LongAdder();
  final LongAdder acceptedTokens = new LongAdder();
  private final LongAdder steps = new LongAdder();
  private final LongAdder rows = new LongAdder();
  private final LongAdder nanos = new LongAdder();
  private final LongAdder[] rowBuckets = new LongAdder[ROW_BUCKETS.length + 1];

  EngineCounters() {
    for (int b = 0; b < rowBuckets.length; b++) {
      rowBuckets[b] = new LongAdder();
    }
  }

  void step(int rowsOfStep, long nanosOfStep) {
    steps.increment();
    rows.add(rowsOfStep);
    nanos.add(nanosOfStep);
    int bucket = 0;
    while (bucket < ROW_BUCKETS.length && rowsOfStep > ROW_BUCKETS[bucket]) {
      bucket++;
    }
    rowBuckets[bucket].increment();
  }

  public long promptTokens() {
    return promptTokens.sum();
  }

  /** Tokens of prompts that the prefix cache held. */
  public long cachedTokens() {
    return cachedTokens.sum();
  }

  public long generatedTokens() {
    return generatedTokens.sum();
  }

  /** How often a sequence had to give its blocks back. */
  public long preemptions() {
    return preemptions.sum();
  }

  /** How often a draft was checked. */
  public long drafts() {
    return drafts.sum();
  }

  public long draftedTokens() {
    return draftedTokens.sum();
  }

  public long acceptedTokens() {
    return acceptedTokens.sum();
  }

  public long steps() {
    return steps.sum();
  }

  /** Tokens that passed through the model. */
  public long rows() {
    return rows.sum();
  }

  /** Nanoseconds within forward passes. */
  public long nanos() {
    return nanos.sum();
  }

  /** Steps by their rows, one count a bucket of {@link #ROW_BUCKETS} and one above. */
  public long[] stepRows() {
    long[] counts = new long[rowBuckets.length];
    for (int b = 0; b < counts.length; b++) {
      counts[b] = rowBuckets[b].sum();
    }
    return counts;
  }
}
