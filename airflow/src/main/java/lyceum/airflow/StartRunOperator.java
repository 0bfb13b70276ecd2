package lyceum.airflow;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lyceum.airflow.coordinator.Client;
import lyceum.airflow.coordinator.Task;
import lyceum.airflow.coordinator.TaskEnd;
import lyceum.airflow.coordinator.TaskInstance;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.recipe.Recipe;
import org.jspecify.annotations.Nullable;

/**
 * Starts a run of the recipe in an Airflow variable and pushes its id. Every try of a DAG run's
 * task finds the same run; one that failed or was cancelled is started again and goes on from its
 * checkpoints.
 *
 * @param recipeVariable an Airflow variable that holds a recipe's text, YAML or JSON
 * @param overrides each {@code path=value}, over the recipe
 * @param overridesFrom a task whose XCom {@code overrides} is a list of more, or empty
 * @param fresh whether every stage runs even where its result is on hand
 * @param connectionId see {@link Temporal}
 */
public record StartRunOperator(
    String recipeVariable,
    List<String> overrides,
    String overridesFrom,
    boolean fresh,
    String connectionId)
    implements Task {
  public StartRunOperator {
    overrides = List.copyOf(overrides);
  }

  public StartRunOperator(String recipeVariable) {
    this(recipeVariable, List.of(), "", false, Temporal.DEFAULT_CONNECTION);
  }

  /** The same with these overrides over the recipe. */
  public StartRunOperator withOverrides(String... more) {
    return new StartRunOperator(recipeVariable, List.of(more), overridesFrom, fresh, connectionId);
  }

  /** The same with the overrides that an earlier task found. */
  public StartRunOperator withOverridesFrom(String taskId) {
    return new StartRunOperator(recipeVariable, overrides, taskId, fresh, connectionId);
  }

  @Override
  public @Nullable Object run(TaskInstance instance, Client airflow) {
    Recipe recipe;
    try {
      recipe = recipe(airflow, recipeVariable, allOverrides(airflow));
    } catch (LyceumException e) {
      if (e.category() == ErrorCategory.USER) {
        throw new TaskEnd.Failed(e.getMessage() == null ? e.toString() : e.getMessage());
      }
      throw e;
    }
    try (Temporal temporal = Temporal.open(airflow, connectionId, instance)) {
      Run run = new Run(temporal.client(), Run.idFor(instance));
      // Known before it starts: whoever ends the task now ends the run.
      airflow.setXCom("run_id", run.id());
      try (CancelOnKill cancel = new CancelOnKill(run, airflow)) {
        boolean started = run.startOrFind(recipe, temporal.user(), fresh);
        airflow.log((started ? "Started run " : "Found run ") + run.id());
      }
      return run.id();
    }
  }

  /** The recipe of a variable, whole and checked. */
  static Recipe recipe(Client airflow, String variable, List<String> overrides) {
    String text =
        airflow
            .getVariable(variable)
            .orElseThrow(
                () ->
                    LyceumException.user(
                        "Airflow has no variable '"
                            + variable
                            + "'. Set it to a recipe's text: airflow variables set "
                            + variable
                            + " \"$(cat recipes/tiny.yaml)\""));
    return new RecipeReader(Path.of("recipes"))
        .parse(text, "the Airflow variable " + variable, overrides);
  }

  private List<String> allOverrides(Client airflow) {
    List<String> all = new ArrayList<>(overrides);
    if (!overridesFrom.isEmpty()
        && airflow.getXCom(overridesFrom, NewDataOperator.OVERRIDES) instanceof List<?> found) {
      found.forEach(override -> all.add(String.valueOf(override)));
    }
    return all;
  }

  /** The id of the run that an earlier task started. */
  static String runStartedBy(String taskId, Client airflow) {
    if (airflow.getXCom(taskId, Task.RETURN_VALUE) instanceof String id) {
      return id;
    }
    throw LyceumException.user(
        "The task '" + taskId + "' pushed no run's id. Put it before this one.");
  }
}
