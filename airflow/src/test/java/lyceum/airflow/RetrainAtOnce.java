package lyceum.airflow;

import java.time.Duration;
import lyceum.airflow.Waiting.Until;
import lyceum.airflow.coordinator.Tasks;
import lyceum.core.recipe.DeploymentSettings.Gate;

/** The tasks of the sample, looking every second; what a jar of one's own would hold. */
final class RetrainAtOnce {
  private static final String DAG = "lyceum_retrain_weekly";

  private RetrainAtOnce() {}

  public static void main(String[] arguments) {
    Duration often = Duration.ofSeconds(1);
    Duration patience = Duration.ofHours(1);
    new Tasks()
        .add(DAG, "new_data", new NewDataOperator("lyceum_recipe"))
        .add(
            DAG,
            "start",
            (instance, client) -> {
              Object id =
                  new StartRunOperator("lyceum_recipe")
                      .withOverridesFrom("new_data")
                      .withOverrides("deployment.approval=PERSON")
                      .run(instance, client);
              if (instance.tryNumber() == 1 && Boolean.TRUE.equals(instance.conf().get("kill"))) {
                // As by SIGKILL: no hook runs, nothing is said to Airflow.
                Runtime.getRuntime().halt(137);
              }
              return id;
            })
        .add(
            DAG,
            "candidate",
            new AwaitRunOperator("start", Until.DECISION, often, patience, "lyceum_default"))
        .add(
            DAG,
            "gate",
            new EvaluationGateOperator("start", new Gate("validation/bits_per_byte", null, 3.0)))
        .add(DAG, "promote", new PromoteModelOperator("start", often, patience, "lyceum_default"))
        .serve(arguments);
  }
}
