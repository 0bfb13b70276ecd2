package lyceum.model.parity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.Precision;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.inference.Decoder;
import lyceum.model.kernel.Kernels;
import lyceum.model.training.Computation;
import lyceum.model.training.TokenInputs;
import lyceum.model.transformer.DecoderGraph;
import lyceum.model.transformer.TokenLoss;
import lyceum.model.transformer.Transformer;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A way to compute the model. A new one is a line in {@link #all}: every case then holds for it.
 *
 * @param name shown in the report
 * @param tolerance largest difference allowed in a tensor, beside the tensor's largest value
 */
record Backend(String name, double tolerance, Computing computing) {
  /** Rounding of sums in 32 bits, in other orders than torch's. */
  private static final double F32 = 1e-5;

  /** Factors of every product have 8 bits, which adds up through the blocks and back. */
  private static final double BF16 = 0.15;

  /**
   * Logits of a row under the name {@code logits}; gradients by the weights' names, if it learns.
   */
  @FunctionalInterface
  interface Computing {
    SortedMap<String, float[]> of(
        ModelConfig config, SortedMap<String, FloatTensor> weights, int[] ids, int[] targets);
  }

  /** Adds the decoder to a graph. */
  @FunctionalInterface
  private interface Decoding {
    DecoderGraph add(
        Graph graph,
        ModelConfig config,
        Map<String, Operand<TFloat32>> weights,
        Operand<TInt32> ids_BT,
        Operand<TInt32> segments_BT,
        int length,
        ComputeSettings compute);
  }

  /**
   * All that this machine has.
   *
   * @param full whether also those that differ only in what they keep
   */
  static List<Backend> all(boolean full) {
    List<Backend> all = new ArrayList<>();
    all.add(new Backend("decoder in Java, F32", F32, Backend::decoder));
    for (Precision precision : Precision.values()) {
      double tolerance = precision == Precision.F32 ? F32 : BF16;
      ComputeSettings plain = new ComputeSettings(1, precision, false);
      ComputeSettings recomputed = new ComputeSettings(1, precision, true);
      all.add(graph("stock graph, " + precision, tolerance, Transformer::new, plain));
      if (full) {
        all.add(graph("stock, recomputed, " + precision, tolerance, Transformer::new, recomputed));
      }
      if (Kernels.available().isPresent()) {
        all.add(graph("native operations, " + precision, tolerance, DecoderGraph::of, plain));
      }
    }
    return all;
  }

  @Override
  public String toString() {
    return name;
  }

  private static SortedMap<String, float[]> decoder(
      ModelConfig config, SortedMap<String, FloatTensor> weights, int[] ids, int[] targets) {
    float[][] logits = new Decoder(config, weights).logits(ids);
    float[] flat = new float[ids.length * config.vocabularySize()];
    for (int t = 0; t < ids.length; t++) {
      System.arraycopy(logits[t], 0, flat, t * config.vocabularySize(), logits[t].length);
    }
    return new TreeMap<>(Map.of("logits", flat));
  }

  private static Backend graph(
      String name, double tolerance, Decoding decoding, ComputeSettings compute) {
    return new Backend(
        name,
        tolerance,
        (config, weights, ids, targets) ->
            inGraph(config, weights, ids, targets, decoding, compute));
  }

  private static SortedMap<String, float[]> inGraph(
      ModelConfig config,
      SortedMap<String, FloatTensor> weights,
      int[] ids,
      int[] targets,
      Decoding decoding,
      ComputeSettings compute) {
    int length = ids.length;
    try (Computation computation = new Computation()) {
      SortedMap<String, int[]> shapes = LanguageModel.shapes(config);
      Map<String, Operand<TFloat32>> variables = computation.variables("", shapes);
      TokenInputs inputs = TokenInputs.of(computation, 1, length);
      DecoderGraph decoder =
          decoding.add(
              computation.graph(),
              config,
              variables,
              inputs.ids_BT(),
              inputs.segments_BT(),
              length,
              compute);
      TokenLoss loss =
          new TokenLoss(
              computation.graph(),
              config,
              decoder,
              inputs.positions_N(),
              inputs.targets_N(),
              inputs.weights_N(),
              compute);
      Map<String, Operand<TFloat32>> gradients = loss.learned().gradients();
      computation.assign("", weights);
      TokenInputs.Builder row = new TokenInputs.Builder(1, length);
      row.append(0, ids);
      for (int t = 0; t < length; t++) {
        row.predict(t, targets[t]);
      }
      row.weigh(0, length, 1.0 / length);
      List<String> names = List.copyOf(shapes.keySet());
      List<Operand<TFloat32>> fetches = new ArrayList<>(List.of(loss.logits()));
      names.forEach(weight -> fetches.add(gradients.get(weight)));
      List<float[]> values = computation.run(row.feeds(), fetches, List.of());
      SortedMap<String, float[]> byName = new TreeMap<>();
      byName.put("logits", Arrays.copyOf(values.getFirst(), length * config.vocabularySize()));
      for (int i = 0; i < names.size(); i++) {
        byName.put(names.get(i), values.get(i + 1));
      }
      return byName;
    }
  }
}
