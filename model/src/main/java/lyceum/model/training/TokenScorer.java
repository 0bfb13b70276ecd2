package lyceum.model.training;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** A model that is only looked at: the cross-entropy of tokens, many rows at a time. */
public final class TokenScorer implements AutoCloseable {
  private final Computation computation = new Computation();
  private final TokenGraph graph;

  /**
   * @param length tokens of a row
   */
  public TokenScorer(LanguageModel model, int length) {
    SortedMap<String, int[]> shapes = LanguageModel.shapes(model.config());
    Map<String, Operand<TFloat32>> weights = computation.variables("", shapes);
    TokenInputs inputs = TokenInputs.of(computation, -1, length);
    this.graph = new TokenGraph(computation, model.config(), weights, inputs, length);
    SortedMap<String, FloatTensor> values = new TreeMap<>(model.weights());
    values.keySet().retainAll(shapes.keySet());
    computation.assign("", values);
  }

  /** Cross-entropy in nats of each token to be predicted. */
  public float[] tokenLosses(Feeds feeds) {
    return graph.tokenLosses(feeds);
  }

  /** Whether each id up to the largest is a control token. */
  public static boolean[] controlTokens(BpeTokenizer tokenizer, int largestId) {
    boolean[] control = new boolean[Math.max(largestId + 1, tokenizer.vocabularySize())];
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      control[id] = tokenizer.isSpecial(id);
    }
    return control;
  }

  @Override
  public void close() {
    computation.close();
  }
}
