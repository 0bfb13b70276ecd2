package lyceum.contracts.tokenizer;

import lyceum.core.ArtifactRef;
import lyceum.core.recipe.TokenizerSettings;

/** Contract and settings of the stage. */
public record TokenizerInput(
    TokenizerSettings settings, ArtifactRef trainDocuments, ArtifactRef validationDocuments) {}
