package lyceum.model.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import lyceum.core.LyceumException;
import lyceum.data.tokenizer.SpecialTokens;
import lyceum.model.format.LanguageModel;

/**
 * Continues prompts until the end token, the asked number of tokens or the end of the context. What
 * a prompt is continued with depends on it, the settings and its seed alone: not on the number of
 * threads and not on the prompts beside it.
 */
public final class Generator {
  /** Sequences that a thread takes forward together. */
  private static final int BATCH = 16;

  private final Decoder decoder;
  private final int endToken;
  private final int threads;

  public Generator(LanguageModel model) {
    this(new Decoder(model), model.tokenizer().controlToken(SpecialTokens.END));
  }

  /**
   * @param endToken after which a sequence is finished
   */
  public Generator(Decoder decoder, int endToken) {
    this(decoder, endToken, Runtime.getRuntime().availableProcessors());
  }

  /**
   * @param threads that {@link #generateAll} uses
   */
  public Generator(Decoder decoder, int endToken, int threads) {
    this.decoder = decoder;
    this.endToken = endToken;
    this.threads = threads;
  }

  public Decoder decoder() {
    return decoder;
  }

  /** One sequence that is being generated. */
  private final class Sequence {
    private final Decoder.Session session = decoder.newSession();
    private final Sampler sampler;
    private final int limit;
    private final TokenListener listener;
    private int[] ids = new int[16];
    private float[] logProbs = new float[16];
    private int count;
    private boolean open = true;
    private boolean finished;

    Sequence(int[] prompt, SamplingSettings settings, long seed, TokenListener listener) {
      int context = decoder.config().contextLength();
      if (prompt.length >= context) {
        throw LyceumException.user(
            "The prompt has "
                + prompt.length
                + " tokens; the model's context of "
                + context
                + " leaves no room for an answer. Shorten the prompt.");
      }
      this.sampler = new Sampler(settings, seed);
      this.limit = Math.min(settings.maxNewTokens(), context - prompt.length);
      this.listener = listener;
      accept(decoder.append(session, prompt));
    }

    /** Chooses the next token from the logits. */
    void accept(float[] logits) {
      int id = sampler.choose(logits);
      if (count == ids.length) {
        ids = Arrays.copyOf(ids, 2 * count);
        logProbs = Arrays.copyOf(logProbs, 2 * count);
      }
      ids[count] = id;
      logProbs[count] = sampler.logProb();
      count++;
      finished = id == endToken;
      boolean goOn = listener.onToken(id, sampler.logProb());
      open = goOn && !finished && count < limit;
    }

    int lastToken() {
      return ids[count - 1];
    }

    Generation generation() {
      return new Generation(Arrays.copyOf(ids, count), finished, Arrays.copyOf(logProbs, count));
    }
  }

  /**
   * Continues one prompt on the calling thread.
   *
   * @throws LyceumException USER when the prompt is empty or fills the context
   */
  public Generation generate(
      int[] prompt, SamplingSettings settings, long seed, TokenListener listener) {
    Sequence sequence = new Sequence(prompt, settings, seed, listener);
    while (sequence.open) {
      sequence.accept(decoder.append(sequence.session, sequence.lastToken()));
    }
    return sequence.generation();
  }

  /**
   * Continues all prompts, several at a time on several threads.
   *
   * @param seeds one a prompt
   * @return in the order of the prompts
   */
  public List<Generation> generateAll(
      List<int[]> prompts, SamplingSettings settings, long[] seeds) {
    if (prompts.size() != seeds.length) {
      throw LyceumException.internal(seeds.length + " seeds for " + prompts.size() + " prompts.");
    }
    AtomicInteger next = new AtomicInteger();
    AtomicReferenceArray<Generation> done = new AtomicReferenceArray<>(prompts.size());
    // Two threads with half a batch each beat one with a whole and one without.
    int batch = Math.clamp(prompts.size() / threads, 1, BATCH);
    int workers = Math.min(threads, prompts.size());
    if (workers <= 1) {
      work(prompts, settings, seeds, next, done, batch);
    } else {
      try (ExecutorService executor = Executors.newFixedThreadPool(workers)) {
        List<Future<?>> futures = new ArrayList<>();
        for (int w = 0; w < workers; w++) {
          futures.add(executor.submit(() -> work(prompts, settings, seeds, next, done, batch)));
        }
        await(futures, next, prompts.size());
      }
    }
    List<Generation> generations = new ArrayList<>(prompts.size());
    for (int i = 0; i < prompts.size(); i++) {
      generations.add(done.get(i));
    }
    return generations;
  }

  private static void await(List<Future<?>> futures, AtomicInteger next, int prompts) {
    try {
      for (Future<?> future : futures) {
        future.get();
      }
    } catch (ExecutionException e) {
      next.set(prompts);
      if (e.getCause() instanceof LyceumException failure) {
        throw failure;
      }
      throw LyceumException.internal("Generating failed: " + e.getCause() + ".", e);
    } catch (InterruptedException e) {
      next.set(prompts);
      futures.forEach(future -> future.cancel(true));
      Thread.currentThread().interrupt();
      throw LyceumException.internal("Generating was interrupted.", e);
    }
  }

  /**
   * Takes prompts from the queue and keeps up to {@code batch} of them going until none is left.
   */
  private void work(
      List<int[]> prompts,
      SamplingSettings settings,
      long[] seeds,
      AtomicInteger next,
      AtomicReferenceArray<Generation> done,
      int batch) {
    List<Sequence> open = new ArrayList<>();
    List<Integer> numbers = new ArrayList<>();
    while (!Thread.currentThread().isInterrupted()) {
      while (open.size() < batch) {
        int number = next.getAndIncrement();
        if (number >= prompts.size()) {
          break;
        }
        open.add(new Sequence(prompts.get(number), settings, seeds[number], TokenListener.ALL));
        numbers.add(number);
      }
      for (int s = open.size() - 1; s >= 0; s--) {
        if (!open.get(s).open) {
          done.set(numbers.remove(s), open.remove(s).generation());
        }
      }
      if (open.isEmpty()) {
        if (next.get() >= prompts.size()) {
          return;
        }
        continue;
      }
      List<Decoder.Session> sessions = new ArrayList<>(open.size());
      int[] tokens = new int[open.size()];
      for (int s = 0; s < tokens.length; s++) {
        sessions.add(open.get(s).session);
        tokens[s] = open.get(s).lastToken();
      }
      float[][] logits = decoder.step(sessions, tokens);
      for (int s = 0; s < tokens.length; s++) {
        open.get(s).accept(logits[s]);
      }
    }
  }
}
