package lyceum.model.transformer;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import lyceum.core.ModelConfig;
import lyceum.model.format.LanguageModel;
import lyceum.model.kernel.DecoderOps;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** The decoder as native operations. */
final class NativeDecoder implements DecoderGraph {
  private final ModelConfig config;
  private final Map<String, Operand<TFloat32>> weights;
  private final DecoderOps ops;
  private final Operand<TFloat32> hidden_NC;

  NativeDecoder(ModelConfig config, Map<String, Operand<TFloat32>> weights, DecoderOps ops) {
    this.config = config;
    this.weights = Map.copyOf(weights);
    this.ops = ops;
    this.hidden_NC = ops.hidden();
  }

  @Override
  public Operand<TFloat32> hidden() {
    return hidden_NC;
  }

  @Override
  public Operand<TFloat32> head() {
    String name = config.tiedEmbeddings() ? LanguageModel.EMBEDDING : LanguageModel.OUTPUT;
    return Objects.requireNonNull(weights.get(name), name);
  }

  @Override
  public Map<String, Operand<TFloat32>> gradients(Operand<TFloat32> toHidden_NC) {
    return ops.gradients(toHidden_NC);
  }

  @Override
  public Optional<DecoderOps> fused() {
    return Optional.of(ops);
  }
}
