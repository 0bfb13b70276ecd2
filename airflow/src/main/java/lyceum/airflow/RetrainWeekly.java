package lyceum.airflow;

import lyceum.airflow.coordinator.Tasks;
import lyceum.core.recipe.DeploymentSettings.Gate;

/** The Java half of {@code airflow/dags/lyceum_retrain_weekly.py}. */
public final class RetrainWeekly {
  private static final String DAG = "lyceum_retrain_weekly";
  private static final String RECIPE = "lyceum_recipe";

  private RetrainWeekly() {}

  public static void main(String[] arguments) {
    tasks().serve(arguments);
  }

  static Tasks tasks() {
    return new Tasks()
        .add(DAG, "new_data", new NewDataOperator(RECIPE))
        .add(
            DAG,
            "start",
            new StartRunOperator(RECIPE)
                .withOverridesFrom("new_data")
                // The DAG decides, after its own gate.
                .withOverrides("deployment.approval=PERSON"))
        .add(DAG, "candidate", AwaitRunOperator.decision("start"))
        .add(
            DAG,
            "gate",
            new EvaluationGateOperator("start", new Gate("validation/bits_per_byte", null, 8.0)))
        .add(DAG, "promote", new PromoteModelOperator("start"));
  }
}
