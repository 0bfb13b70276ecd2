package lyceum.contracts.finetuning;

import lyceum.contracts.lifecycle.StageContext;

/** Asks for the finetuning stage; the key is made of {@code input} alone. */
public record FinetuningRequest(StageContext context, FinetuningInput input) {}
