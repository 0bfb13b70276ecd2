package lyceum.contracts.alignment;

import lyceum.contracts.lifecycle.StageContext;

/** Asks for the alignment stage; the key is made of {@code input} alone. */
public record AlignmentRequest(StageContext context, AlignmentInput input) {}
