package lyceum.contracts.tokenizer;

import lyceum.contracts.lifecycle.StageContext;

/** Asks for the tokenizer stage; the key is made of {@code input} alone. */
public record TokenizerRequest(StageContext context, TokenizerInput input) {}
