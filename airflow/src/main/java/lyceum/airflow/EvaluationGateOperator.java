package lyceum.airflow;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import lyceum.airflow.coordinator.Client;
import lyceum.airflow.coordinator.Task;
import lyceum.airflow.coordinator.TaskEnd;
import lyceum.airflow.coordinator.TaskInstance;
import lyceum.contracts.deployment.ApprovalDecision;
import lyceum.core.LyceumException;
import lyceum.core.Score;
import lyceum.core.recipe.DeploymentSettings.Gate;
import org.jspecify.annotations.Nullable;

/**
 * Holds the candidate of a run against gates of the DAG's own, besides the recipe's. A candidate
 * that misses one is rejected, so that the run ends and says why.
 *
 * @param startedBy the task that pushed the run's id
 * @param gates every one must hold
 * @param connectionId see {@link Temporal}
 */
public record EvaluationGateOperator(String startedBy, List<Gate> gates, String connectionId)
    implements Task {
  public EvaluationGateOperator {
    gates = List.copyOf(gates);
    if (gates.isEmpty()) {
      throw LyceumException.user("An EvaluationGateOperator needs at least one gate.");
    }
  }

  public EvaluationGateOperator(String startedBy, Gate... gates) {
    this(startedBy, List.of(gates), Temporal.DEFAULT_CONNECTION);
  }

  @Override
  public @Nullable Object run(TaskInstance instance, Client airflow) {
    try (Temporal temporal = Temporal.open(airflow, connectionId, instance)) {
      Run run = new Run(temporal.client(), StartRunOperator.runStartedBy(startedBy, airflow));
      Map<String, Double> scores =
          run.deploymentRequest().input().scores().stream()
              .collect(
                  Collectors.toMap(
                      Score::key, Score::value, (first, second) -> second, TreeMap::new));
      List<String> missed = new ArrayList<>();
      for (Gate gate : gates) {
        Double value = scores.get(gate.score());
        String line = words(gate) + (value == null ? " was not measured" : " is " + value);
        airflow.log(line);
        if (value == null || !gate.admits(value)) {
          missed.add(line);
        }
      }
      if (!missed.isEmpty()) {
        String reason = "did not pass: " + String.join("; ", missed);
        if (run.waitsForDecision()) {
          run.decide(new ApprovalDecision(false, temporal.user(), reason));
        }
        throw new TaskEnd.Failed("The candidate of run " + run.id() + " " + reason);
      }
      return scores;
    }
  }

  private static String words(Gate gate) {
    return gate.score()
        + (gate.atLeast() == null ? "" : " at least " + gate.atLeast())
        + (gate.atMost() == null ? "" : " at most " + gate.atMost());
  }
}
