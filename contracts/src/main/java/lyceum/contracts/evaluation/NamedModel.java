package lyceum.contracts.evaluation;

import lyceum.core.ModelArtifact;

/** A model under the name of the stage that made it. */
public record NamedModel(String name, ModelArtifact model) {}
