package lyceum.model.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A task on its way through the engine. Fields without a word belong to the scheduler's thread. */
final class Sequence {
  /** Numbers of the random stream from here on decide whether a draft is accepted. */
  private static final long ACCEPTANCE = 1L << 40;

  final GenerationTask task;
  final TokenSink sink;

  /** Most tokens to generate. */
  final int limit;

  final int promptLength;
  final int[] tokens;
  int length;
  int generated;

  /** Tokens whose keys and values are in the blocks. */
  int computed;

  final int[] table;
  int blocks;

  /** Blocks that the pool remembers or that were found there. */
  int remembered;

  /** The last of them. */
  BlockPool.Prefix prefix;

  int draftBlocks;
  final int[] draftTable;
  int draftComputed;
  int drafted;
  int draftRoom;
  int[] draft = {};
  private float[][] draftWeights = {};
  private double[] draftTotals = {};

  /** Rows of this pass, how many of them are wanted, and where their output begins. */
  int rows;

  int wanted;
  int firstWanted;

  /** Rows of this pass whose tokens are the sequence's. */
  int confirmedRows;

  final List<ScoredToken> chosen = new ArrayList<>();
  @Nullable List<ScoredToken> promptScores;

  /** Set by any thread. */
  volatile boolean cancelled;

  private final Sampler sampler;
  private final Map<Integer, Integer> counts = new HashMap<>();

  Sequence(GenerationTask task, TokenSink sink, int limit, int context, BlockPool.Prefix root) {
    this.prefix = root;
    this.task = task;
    this.sink = sink;
    this.limit = limit;
    this.promptLength = task.prompt().length;
    this.length = promptLength;
    this.tokens = Arrays.copyOf(task.prompt(), Math.min(context, promptLength + limit) + 1);
    this.table = new int[BlockTable.blocks(context)];
    this.draftTable = new int[BlockTable.blocks(context)];
    this.promptScores = task.scorePrompt() ? new ArrayList<>() : null;
    this.sampler = new Sampler(task.sampling(), task.seed());
  }

  /** Whether one token alone is not computed yet, and it is one of the answer. */
  boolean decodes() {
    return generated > 0 && computed == length - 1;
  }

  boolean mayDraft() {
    return task.penalties().none() && task.constraint().isEmpty();
  }

  /** Whether choosing is a search for the largest logit and nothing more. */
  boolean isCheap() {
    return task.sampling().temperature() == 0 && task.alternatives() < 0 && mayDraft();
  }

  /** Takes the draft model's proposal for the next token. */
  void propose(Backend.Output output, int row, Kernels kernels, int vocabulary) {
    if (draft.length < draftRoom) {
      draft = Arrays.copyOf(draft, draftRoom);
      draftWeights = Arrays.copyOf(draftWeights, draftRoom);
      draftTotals = Arrays.copyOf(draftTotals, draftRoom);
    }
    long n = generated + drafted + 1L;
    int at = row * output.stride();
    if (task.sampling().temperature() == 0) {
      draft[drafted] = kernels.largest(output.logits(), at, vocabulary);
    } else {
      float[] logits = Arrays.copyOfRange(output.logits(), at, at + vocabulary);
      if (task.reproducible()) {
        // The same number as the model will take for this token: the likelier to be the same one.
        draft[drafted] = sampler.choose(logits, n);
      } else {
        float[] weights = new float[vocabulary];
        draftTotals[drafted] = sampler.distribution(logits, weights);
        draftWeights[drafted] = weights;
        draft[drafted] = Sampler.draw(weights, draftTotals[drafted], sampler.uniform(-n));
      }
    }
    drafted++;
    draftComputed = length - 1 + drafted;
  }

  /** Chooses the next tokens from the pass's output; several where drafts hold. */
  void choose(Backend.Output output, Kernels kernels, int vocabulary) {
    chosen.clear();
    if (promptScores != null) {
      scorePrompt(output, kernels, vocabulary);
    }
    if (computed + rows < length || !task.generate()) {
      confirmedRows = rows;
      return;
    }
    int before = length - computed;
    int first = firstWanted + wanted - 1 - drafted;
    for (int i = 0; i <= drafted; i++) {
      int at = (first + i) * output.stride();
      boolean open = i < drafted;
      int id =
          open && task.sampling().temperature() > 0 && !task.reproducible()
              ? acceptOrReplace(output, at, vocabulary, i)
              : next(output, at, kernels, vocabulary, generated + i + 1L);
      chosen.add(
          task.alternatives() < 0
              ? ScoredToken.unscored(id)
              : scored(output, at, kernels, vocabulary, id));
      tokens[length++] = id;
      if (!task.penalties().none()) {
        counts.merge(id, 1, Integer::sum);
      }
      task.constraint().ifPresent(constraint -> constraint.accept(id));
      if (open && id != draft[i]) {
        break;
      }
    }
    confirmedRows = before + chosen.size() - 1;
  }

  private int next(Backend.Output output, int at, Kernels kernels, int vocabulary, long n) {
    if (mayDraft() && task.sampling().temperature() == 0) {
      return kernels.largest(output.logits(), at, vocabulary);
    }
    float[] logits = Arrays.copyOfRange(output.logits(), at, at + vocabulary);
    penalize(logits);
    task.constraint().ifPresent(constraint -> constraint.restrict(logits));
    return sampler.choose(logits, n);
  }

  /**
   * Takes a draft with the probability p(x) / q(x), and where it is refused, a token in proportion
   * to what p has more than q: the token's distribution is p then (arXiv 2211.17192, theorem 1).
   */
  private int acceptOrReplace(Backend.Output output, int at, int vocabulary, int i) {
    long n = generated + i + 1L;
    float[] p = new float[vocabulary];
    double total =
        sampler.distribution(Arrays.copyOfRange(output.logits(), at, at + vocabulary), p);
    float[] q = draftWeights[i];
    int x = draft[i];
    if (sampler.uniform(ACCEPTANCE + n) < p[x] / total / (q[x] / draftTotals[i])) {
      return x;
    }
    double rest = 0;
    for (int id = 0; id < vocabulary; id++) {
      p[id] = (float) Math.max(0, p[id] / total - q[id] / draftTotals[i]);
      rest += p[id];
    }
    // Where p and q differ by rounding alone, nothing may be left.
    return rest > 0 ? Sampler.draw(p, rest, sampler.uniform(n)) : x;
  }

  private void penalize(float[] logits) {
    Penalties penalties = task.penalties();
    if (penalties.repetition() != 1) {
      boolean[] seen = new boolean[logits.length];
      for (int t = 0; t < length; t++) {
        if (!seen[tokens[t]]) {
          seen[tokens[t]] = true;
          float logit = logits[tokens[t]];
          logits[tokens[t]] =
              (float) (logit > 0 ? logit / penalties.repetition() : logit * penalties.repetition());
        }
      }
    }
    counts.forEach(
        (id, count) ->
            logits[id] -= (float) (penalties.presence() + penalties.frequency() * count));
    penalties.bias().forEach((id, bias) -> logits[id] += bias);
  }

  private void scorePrompt(Backend.Output output, Kernels kernels, int vocabulary) {
    List<ScoredToken> scores = promptScores;
    if (scores == null) {
      return;
    }
    if (computed == 0) {
      scores.clear();
      scores.add(ScoredToken.unscored(tokens[0]));
    }
    for (int r = 0; r < rows && computed + r + 1 < promptLength; r++) {
      scores.add(
          scored(
              output,
              (firstWanted + r) * output.stride(),
              kernels,
              vocabulary,
              tokens[computed + r + 1]));
    }
  }

  private ScoredToken scored(
      Backend.Output output, int at, Kernels kernels, int vocabulary, int id) {
    float[] logits = output.logits();
    float highest = logits[at + kernels.largest(logits, at, vocabulary)];
    double shift = highest + StrictMath.log(kernels.sumOfExp(logits, at, vocabulary, highest));
    int count = Math.min(Math.max(0, task.alternatives()), vocabulary);
    int[] ids = new int[count];
    float[] logProbs = new float[count];
    int found = 0;
    for (int v = 0; v < vocabulary && count > 0; v++) {
      float logit = logits[at + v];
      if (found == count && logit <= logProbs[count - 1]) {
        continue;
      }
      int place = found < count ? found++ : count - 1;
      while (place > 0 && logProbs[place - 1] < logit) {
        logProbs[place] = logProbs[place - 1];
        ids[place] = ids[place - 1];
        place--;
      }
      logProbs[place] = logit;
      ids[place] = v;
    }
    for (int i = 0; i < count; i++) {
      logProbs[i] = (float) (logProbs[i] - shift);
    }
    return new ScoredToken(id, (float) (logits[at + id] - shift), ids, logProbs);
  }
}
