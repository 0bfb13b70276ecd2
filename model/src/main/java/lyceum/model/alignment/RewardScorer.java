package lyceum.model.alignment;

import java.util.List;
import java.util.Map;
import lyceum.model.training.Computation;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** A reward model ready to score chats. */
final class RewardScorer implements AutoCloseable {
  private static final int BATCH = 64;

  private final RewardModel model;
  private final int length;
  private final Computation computation = new Computation();
  private final ScoreGraph graph;

  RewardScorer(RewardModel model) {
    this.model = model;
    this.length = model.config().contextLength();
    Map<String, Operand<TFloat32>> variables =
        computation.variables("", ScoreGraph.shapes(model.config()));
    this.graph =
        new ScoreGraph(
            computation,
            model.config(),
            variables,
            computation.ints("ids", -1, length),
            computation.ints("segments", -1, length),
            computation.ints("last", -1),
            length);
    computation.assign("", model.weights());
  }

  /** Normalised scores of chats, read at the last token of each. */
  double[] scores(List<int[]> chats) {
    double[] scores = new double[chats.size()];
    for (int from = 0; from < scores.length; from += BATCH) {
      List<int[]> some = chats.subList(from, Math.min(from + BATCH, scores.length));
      float[] raw =
          computation
              .run(ScoreGraph.feeds(some, length), List.of(graph.scores()), List.of())
              .getFirst();
      for (int i = 0; i < raw.length; i++) {
        scores[from + i] = (raw[i] - model.mean()) / model.deviation();
      }
    }
    return scores;
  }

  @Override
  public void close() {
    computation.close();
  }
}
