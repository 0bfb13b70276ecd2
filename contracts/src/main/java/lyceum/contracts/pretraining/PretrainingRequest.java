package lyceum.contracts.pretraining;

import lyceum.contracts.lifecycle.StageContext;

/** Asks for the pretraining stage; the key is made of {@code input} alone. */
public record PretrainingRequest(StageContext context, PretrainingInput input) {}
