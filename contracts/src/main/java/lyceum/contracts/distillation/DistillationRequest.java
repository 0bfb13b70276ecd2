package lyceum.contracts.distillation;

import lyceum.contracts.lifecycle.StageContext;

/** Asks for the distillation stage; the key is made of {@code input} alone. */
public record DistillationRequest(StageContext context, DistillationInput input) {}
