package lyceum.model.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * Lengths of each layer's weights and gradients. A layer is a block of the decoder ({@code
 * layer_003}), the embedding, the last norm or the output projection.
 */
final class LayerNorms {
  /** Metrics, with the layer's name behind them. */
  static final String WEIGHTS = "layer_weight_norm/";

  static final String GRADIENTS = "layer_gradient_norm/";

  /** Points of each curve, at most. */
  private static final int POINTS = 50;

  private static final Pattern BLOCK = Pattern.compile("model\\.layers\\.(\\d+)\\..*");

  private final Computation computation;
  private final DataParallel ranks;
  private final List<String> layers;
  private final List<Operand<TFloat32>> halfSquares = new ArrayList<>();

  /**
   * Adds what it measures to the graph.
   *
   * @param weights of the model
   */
  LayerNorms(
      Computation computation,
      DataParallel ranks,
      Map<String, Operand<TFloat32>> weights,
      AccumulatedGradients gradients) {
    this.computation = computation;
    this.ranks = ranks;
    SortedMap<String, List<Operand<TFloat32>>> ofWeights = new TreeMap<>();
    SortedMap<String, List<Operand<TFloat32>>> ofGradients = new TreeMap<>();
    weights.forEach(
        (name, weight) -> {
          String layer = layer(name);
          List<Operand<TFloat32>> own = new ArrayList<>();
          ofWeights.computeIfAbsent(layer, l -> new ArrayList<>()).add(half(weight));
          // Of other weights this rank has not the ranks' sum.
          if (ranks.owned().containsKey(name)) {
            own.add(half(gradients.sum(name)));
          }
          ofGradients.computeIfAbsent(layer, l -> new ArrayList<>()).addAll(own);
        });
    this.layers = List.copyOf(ofWeights.keySet());
    layers.forEach(layer -> halfSquares.add(sum(Objects.requireNonNull(ofWeights.get(layer)))));
    layers.forEach(layer -> halfSquares.add(sum(Objects.requireNonNull(ofGradients.get(layer)))));
  }

  /** Whether they are measured at a step; the same on every rank. */
  static boolean dueAt(long stepsDone, long steps) {
    return stepsDone % Math.max(1, steps / POINTS) == 0 || stepsDone == steps;
  }

  /** As they are now. All ranks ask together. */
  SortedMap<String, Double> measure() {
    List<float[]> values = computation.run(new Feeds(), halfSquares, List.of());
    double[] ofGradients = new double[layers.size()];
    for (int i = 0; i < layers.size(); i++) {
      ofGradients[i] = values.get(layers.size() + i)[0];
    }
    double[] all = ranks.several() ? ranks.sums(ofGradients) : ofGradients;
    SortedMap<String, Double> norms = new TreeMap<>();
    for (int i = 0; i < layers.size(); i++) {
      norms.put(WEIGHTS + layers.get(i), Math.sqrt(2.0 * values.get(i)[0]));
      norms.put(GRADIENTS + layers.get(i), Math.sqrt(2.0 * all[i]));
    }
    return norms;
  }

  /** The layer of a weight, in names that sort as the layers lie. */
  static String layer(String weight) {
    Matcher block = BLOCK.matcher(weight);
    if (block.matches()) {
      return "layer_%03d".formatted(Integer.parseInt(block.group(1)));
    }
    return weight.replaceFirst("^model\\.", "").replaceFirst("\\.weight$", "").replace('.', '_');
  }

  private Operand<TFloat32> half(Operand<TFloat32> tensor) {
    return computation.tf().nn.l2Loss(tensor);
  }

  private Operand<TFloat32> sum(List<Operand<TFloat32>> terms) {
    return switch (terms.size()) {
      case 0 -> computation.tf().constant(0f);
      case 1 -> terms.getFirst();
      default -> computation.tf().math.addN(terms);
    };
  }
}
