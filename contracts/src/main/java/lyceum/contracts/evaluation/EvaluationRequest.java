package lyceum.contracts.evaluation;

import lyceum.contracts.lifecycle.StageContext;

/** Asks for the evaluation stage; the key is made of {@code input} alone. */
public record EvaluationRequest(StageContext context, EvaluationInput input) {}
