package lyceum.contracts.lifecycle;

import java.util.List;
import lyceum.core.ModelArtifact;
import org.jspecify.annotations.Nullable;

/**
 * What a training step leaves.
 *
 * @param steps optimizer steps taken
 * @param tokens tokens trained on
 * @param finalLoss mean loss over the last tenth of the steps, nats a token
 * @param effort what it cost; {@code null} in what an earlier version wrote
 */
public record TrainedModel(
    ModelArtifact model, long steps, long tokens, double finalLoss, @Nullable Effort effort) {
  /** The same, with what a training before it cost added. */
  public TrainedModel after(@Nullable Effort earlier) {
    return earlier == null || effort == null
        ? this
        : new TrainedModel(model, steps, tokens, finalLoss, Effort.sum(List.of(earlier, effort)));
  }
}
