package lyceum.contracts.corpus;

import lyceum.core.recipe.CorpusSettings;

/** Contract and settings of the stage. */
public record CorpusInput(CorpusSettings settings, long seed) {}
