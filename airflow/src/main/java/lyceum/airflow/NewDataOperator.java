package lyceum.airflow;

import io.temporal.client.WorkflowClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lyceum.airflow.coordinator.Client;
import lyceum.airflow.coordinator.Task;
import lyceum.airflow.coordinator.TaskEnd;
import lyceum.airflow.coordinator.TaskInstance;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import lyceum.core.recipe.Recipe;
import lyceum.core.recipe.SourceSettings;
import org.jspecify.annotations.Nullable;

/**
 * Skips what comes after it unless the recipe's data differ from those of the model line's newest
 * run that ended well. Sources on disk are pinned to the bytes they have now; others have their
 * digest in the recipe, so that new data there is a changed recipe.
 *
 * @param recipeVariable as in {@link StartRunOperator}
 * @param connectionId see {@link Temporal}
 */
public record NewDataOperator(String recipeVariable, String connectionId) implements Task {
  /** The XCom with the digests that were found, as overrides of the recipe. */
  static final String OVERRIDES = "overrides";

  public NewDataOperator(String recipeVariable) {
    this(recipeVariable, Temporal.DEFAULT_CONNECTION);
  }

  @Override
  public @Nullable Object run(TaskInstance instance, Client airflow) throws Exception {
    List<String> overrides =
        pins(StartRunOperator.recipe(airflow, recipeVariable, List.of()).corpus().sources());
    Recipe recipe = StartRunOperator.recipe(airflow, recipeVariable, overrides);
    airflow.setXCom(OVERRIDES, overrides);
    try (Temporal temporal = Temporal.open(airflow, connectionId, instance)) {
      Optional<Run> last = lastGoodRun(temporal.client(), recipe.modelLine());
      if (last.isEmpty()) {
        airflow.log("No run of " + recipe.modelLine() + " has ended well yet");
      } else if (data(last.get().request().recipe()).equals(data(recipe))) {
        throw new TaskEnd.Skipped(
            "run " + last.get().id() + " was made from the same data of " + recipe.modelLine());
      } else {
        airflow.log("The data differ from those of run " + last.get().id());
      }
      return data(recipe);
    }
  }

  private static List<String> pins(List<SourceSettings> sources) throws IOException {
    List<String> overrides = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      if ("file".equals(sources.get(i).uri().getScheme())) {
        Path file = Path.of(sources.get(i).uri());
        if (!Files.isRegularFile(file)) {
          throw LyceumException.user(
              "The source '" + sources.get(i).name() + "' is at " + file + ", which is no file.");
        }
        overrides.add("corpus.sources." + i + ".sha256=" + Sha256.of(file));
      }
    }
    return overrides;
  }

  private static List<String> data(Recipe recipe) {
    return recipe.corpus().sources().stream().map(SourceSettings::sha256).sorted().toList();
  }

  private static Optional<Run> lastGoodRun(WorkflowClient client, String modelLine) {
    return client
        .listExecutions(
            "WorkflowType = 'LifecycleWorkflow' AND ExecutionStatus = 'Completed'"
                + " AND LyceumModelLine = '"
                + modelLine
                + "'")
        .limit(1)
        .map(found -> new Run(client, found.getExecution().getWorkflowId()))
        .findFirst();
  }
}
