package lyceum.application.evaluation;

import java.nio.charset.StandardCharsets;
import java.util.List;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.run.Runs;
import lyceum.contracts.evaluation.EvaluationResult;
import lyceum.core.ArtifactStore;
import lyceum.core.Stage;

/** What the models of runs scored. */
public final class Evaluations {
  private final Runs runs;
  private final ArtifactStore store;

  public Evaluations(Runs runs, ArtifactStore store) {
    this.runs = runs;
    this.store = store;
  }

  /**
   * The evaluation of a run.
   *
   * @throws RequestFailure NOT_FOUND, TIMED_OUT or RUN_FAILED where the run has none
   */
  public EvaluationResult of(String runId) {
    return runs.outcome(runId, Stage.EVALUATION).result(EvaluationResult.class);
  }

  /** The before-and-after report, Markdown. */
  public String report(EvaluationResult evaluation) {
    return new String(store.get(evaluation.report()), StandardCharsets.UTF_8);
  }

  /** The scores that both runs have. */
  public List<Comparison> compare(String firstRunId, String secondRunId) {
    return Comparison.of(of(firstRunId).models(), of(secondRunId).models());
  }
}
