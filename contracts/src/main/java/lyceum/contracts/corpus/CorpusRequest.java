package lyceum.contracts.corpus;

import lyceum.contracts.lifecycle.StageContext;

/** Asks for the corpus stage; the key is made of {@code input} alone. */
public record CorpusRequest(StageContext context, CorpusInput input) {}
