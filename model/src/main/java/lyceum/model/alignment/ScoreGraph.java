package lyceum.model.alignment;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.ComputeSettings;
import lyceum.model.format.LanguageModel;
import lyceum.model.training.Computation;
import lyceum.model.training.Feeds;
import lyceum.model.training.Packing;
import lyceum.model.training.TokenInputs;
import lyceum.model.transformer.DecoderGraph;
import lyceum.model.transformer.Gradients;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A decoder with a scalar head in the graph of a computation: the score of a chat is read at its
 * last token.
 */
final class ScoreGraph {
  static final String HEAD = "score.weight";

  private final Graph graph;
  private final DecoderGraph model;
  private final Operand<TFloat32> head_1C;
  private final Operand<TFloat32> scores_N;

  /**
   * @param weights of the decoder, and {@code score.weight} {@code [1, C]}
   * @param positions_N of the last token of each chat
   */
  ScoreGraph(
      Computation computation,
      ModelConfig config,
      Map<String, Operand<TFloat32>> weights,
      Operand<TInt32> ids_BT,
      Operand<TInt32> segments_BT,
      Operand<TInt32> positions_N,
      int length) {
    Ops tf = computation.tf();
    Map<String, Operand<TFloat32>> decoder = new HashMap<>(weights);
    this.head_1C = Objects.requireNonNull(decoder.remove(HEAD));
    this.graph = computation.graph();
    this.model =
        DecoderGraph.of(graph, config, decoder, ids_BT, segments_BT, length, ComputeSettings.PLAIN);
    Operand<TFloat32> last_NC = tf.gather(model.hidden(), positions_N, tf.constant(0));
    this.scores_N =
        tf.reshape(
            tf.linalg.matMul(last_NC, head_1C, MatMul.transposeB(true)),
            tf.constant(new int[] {-1}));
  }

  Operand<TFloat32> scores() {
    return scores_N;
  }

  /**
   * Gradients by all weights.
   *
   * @param toScores_N gradient of a loss by the scores
   */
  Map<String, Operand<TFloat32>> gradients(Operand<TFloat32> toScores_N) {
    List<Operand<TFloat32>> toHiddenAndHead =
        Gradients.of(
            graph, List.of(scores_N), List.of(toScores_N), List.of(model.hidden(), head_1C));
    Map<String, Operand<TFloat32>> gradients = model.gradients(toHiddenAndHead.get(0));
    gradients.put(HEAD, toHiddenAndHead.get(1));
    return gradients;
  }

  /**
   * Weights of a reward model: the decoder's without an output projection of its own, and the head.
   */
  static SortedMap<String, int[]> shapes(ModelConfig config) {
    SortedMap<String, int[]> shapes = new TreeMap<>(LanguageModel.shapes(config));
    shapes.remove(LanguageModel.OUTPUT);
    shapes.put(HEAD, new int[] {1, config.embeddingDim()});
    return shapes;
  }

  /**
   * Chats packed into rows, with the position of the last token of each as the only thing asked
   * for.
   */
  static Feeds feeds(List<int[]> chats, int length) {
    List<List<Integer>> rows =
        Packing.rows(chats.stream().mapToInt(chat -> chat.length).toArray(), length);
    TokenInputs.Builder inputs = new TokenInputs.Builder(rows.size(), length);
    int[] last = new int[chats.size()];
    for (int r = 0; r < rows.size(); r++) {
      for (int chat : rows.get(r)) {
        last[chat] = inputs.append(r, chats.get(chat)) + chats.get(chat).length - 1;
      }
    }
    return inputs.rowFeeds().ints("last", last, last.length);
  }
}
