package lyceum.contracts.lifecycle;

import lyceum.core.ModelArtifact;

/**
 * What a training step leaves.
 *
 * @param steps optimizer steps taken
 * @param tokens tokens trained on
 * @param finalLoss mean loss over the last tenth of the steps, nats a token
 */
public record TrainedModel(ModelArtifact model, long steps, long tokens, double finalLoss) {}
