package lyceum.contracts.tokenizer;

import lyceum.core.ArtifactRef;
import lyceum.core.recipe.OpenModelSettings;
import lyceum.core.recipe.TokenizerSettings;
import org.jspecify.annotations.Nullable;

/**
 * Contract and settings of the stage.
 *
 * @param from the model whose tokenizer is adopted; {@code null} to learn one from the documents
 */
public record TokenizerInput(
    TokenizerSettings settings,
    ArtifactRef trainDocuments,
    ArtifactRef validationDocuments,
    @Nullable OpenModelSettings from) {}
