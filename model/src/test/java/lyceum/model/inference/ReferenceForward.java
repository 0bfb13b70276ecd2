package lyceum.model.inference;

import lyceum.core.ModelConfig;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;

/**
 * The decoder's formulas written down once more, in doubles, without a cache, as plainly as
 * possible.
 */
final class ReferenceForward {
  private final ModelConfig config;
  private final LanguageModel model;

  private ReferenceForward(LanguageModel model) {
    this.config = model.config();
    this.model = model;
  }

  static double[][] logits(LanguageModel model, int[] tokens) {
    return new ReferenceForward(model).run(tokens);
  }

  private double[][] run(int[] tokens) {
    double[][] x = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) {
      x[t] = row(weight(LanguageModel.EMBEDDING), tokens[t]);
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      double[][] attended = attention(layer, x);
      for (int t = 0; t < tokens.length; t++) {
        x[t] = sum(x[t], attended[t]);
        double[] h = norm(x[t], weight(LanguageModel.block(layer, "post_attention_layernorm")));
        double[] gate = times(weight(LanguageModel.block(layer, "mlp.gate_proj")), h);
        double[] up = times(weight(LanguageModel.block(layer, "mlp.up_proj")), h);
        for (int f = 0; f < up.length; f++) {
          up[f] *= gate[f] / (1 + Math.exp(-gate[f]));
        }
        x[t] = sum(x[t], times(weight(LanguageModel.block(layer, "mlp.down_proj")), up));
      }
    }
    String output = config.tiedEmbeddings() ? LanguageModel.EMBEDDING : LanguageModel.OUTPUT;
    for (int t = 0; t < tokens.length; t++) {
      x[t] = times(weight(output), norm(x[t], weight(LanguageModel.FINAL_NORM)));
    }
    return x;
  }

  private double[][] attention(int layer, double[][] x) {
    int dim = config.headDim();
    double[][] q = new double[x.length][];
    double[][] k = new double[x.length][];
    double[][] v = new double[x.length][];
    double[][] result = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] h = norm(x[t], weight(LanguageModel.block(layer, "input_layernorm")));
      q[t] = rotated(times(weight(LanguageModel.block(layer, "self_attn.q_proj")), h), t);
      k[t] = rotated(times(weight(LanguageModel.block(layer, "self_attn.k_proj")), h), t);
      v[t] = times(weight(LanguageModel.block(layer, "self_attn.v_proj")), h);
      double[] heads = new double[config.embeddingDim()];
      for (int head = 0; head < config.heads(); head++) {
        int shared = head / (config.heads() / config.keyValueHeads());
        double total = 0;
        for (int s = 0; s <= t; s++) {
          double score = 0;
          for (int d = 0; d < dim; d++) {
            score += q[t][head * dim + d] * k[s][shared * dim + d];
          }
          double share = Math.exp(score / Math.sqrt(dim));
          total += share;
          for (int d = 0; d < dim; d++) {
            heads[head * dim + d] += share * v[s][shared * dim + d];
          }
        }
        for (int d = 0; d < dim; d++) {
          heads[head * dim + d] /= total;
        }
      }
      result[t] = times(weight(LanguageModel.block(layer, "self_attn.o_proj")), heads);
    }
    return result;
  }

  private double[] rotated(double[] heads, int position) {
    int dim = config.headDim();
    double[] rotated = new double[heads.length];
    for (int i = 0; i < heads.length; i++) {
      int d = i % dim;
      int pair = d % (dim / 2);
      double angle = position * Math.pow(config.ropeTheta(), -2.0 * pair / dim);
      double other = d < dim / 2 ? -heads[i + dim / 2] : heads[i - dim / 2];
      rotated[i] = heads[i] * Math.cos(angle) + other * Math.sin(angle);
    }
    return rotated;
  }

  private double[] norm(double[] x, FloatTensor weight) {
    double squares = 0;
    for (double value : x) {
      squares += value * value;
    }
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i] / Math.sqrt(squares / x.length + config.normEpsilon()) * weight.values()[i];
    }
    return y;
  }

  private FloatTensor weight(String name) {
    return model.weights().get(name);
  }

  private static double[] row(FloatTensor matrix, int row) {
    double[] values = new double[matrix.shape()[1]];
    for (int i = 0; i < values.length; i++) {
      values[i] = matrix.values()[row * values.length + i];
    }
    return values;
  }

  private static double[] times(FloatTensor matrix, double[] x) {
    double[] y = new double[matrix.shape()[0]];
    for (int o = 0; o < y.length; o++) {
      double[] row = row(matrix, o);
      for (int i = 0; i < x.length; i++) {
        y[o] += row[i] * x[i];
      }
    }
    return y;
  }

  private static double[] sum(double[] a, double[] b) {
    double[] c = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      c[i] = a[i] + b[i];
    }
    return c;
  }
}
