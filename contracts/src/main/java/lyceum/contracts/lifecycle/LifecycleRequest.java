package lyceum.contracts.lifecycle;

import lyceum.core.recipe.Recipe;

/**
 * One run of a recipe, checked before the workflow starts.
 *
 * @param runId also the workflow id
 * @param requestedBy who started it
 * @param fresh whether every stage runs even where its result is on hand
 */
public record LifecycleRequest(String runId, Recipe recipe, String requestedBy, boolean fresh) {}
