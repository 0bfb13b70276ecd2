package lyceum.model.transformer;

import java.util.Arrays;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import lyceum.core.ModelConfig;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;

/** Weights to start learning from. */
public final class InitialWeights {
  private static final double DEVIATION = 0.02;

  private InitialWeights() {}

  /**
   * Norm gains are 1; matrices are normal with deviation 0.02, and the two projections of each
   * block that write into the residual stream are smaller by the root of twice the number of
   * blocks, so that the stream's variance does not grow with depth (GPT-2, Radford et al. 2019,
   * section 2.3). A pure function of the arguments.
   */
  public static SortedMap<String, FloatTensor> of(ModelConfig config, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double residual = DEVIATION / Math.sqrt(2.0 * config.layers());
    SortedMap<String, FloatTensor> weights = new TreeMap<>();
    LanguageModel.shapes(config)
        .forEach(
            (name, shape) -> {
              FloatTensor tensor = FloatTensor.zeros(shape);
              if (shape.length == 1) {
                Arrays.fill(tensor.values(), 1f);
              } else {
                boolean intoResidual =
                    name.endsWith(".o_proj.weight") || name.endsWith(".down_proj.weight");
                fillNormal(tensor.values(), intoResidual ? residual : DEVIATION, random);
              }
              weights.put(name, tensor);
            });
    return weights;
  }

  private static void fillNormal(float[] values, double deviation, SplittableRandom random) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
  }
}
