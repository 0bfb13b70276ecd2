package lyceum.workflows.evaluation;

import java.util.ArrayList;
import java.util.List;
import lyceum.contracts.evaluation.EvaluationActivities;
import lyceum.contracts.evaluation.EvaluationActivities.MeasureRequest;
import lyceum.contracts.evaluation.EvaluationActivities.ReportRequest;
import lyceum.contracts.evaluation.EvaluationInput;
import lyceum.contracts.evaluation.EvaluationRequest;
import lyceum.contracts.evaluation.EvaluationResult;
import lyceum.contracts.evaluation.EvaluationWorkflow;
import lyceum.contracts.evaluation.ModelScores;
import lyceum.contracts.evaluation.NamedModel;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.core.ArtifactRef;
import lyceum.core.Score;
import lyceum.core.Stage;
import lyceum.workflows.stage.Scores;
import lyceum.workflows.stage.StageScript;

/** Measures every model of the life on the same held-out suites and writes one report. */
public final class EvaluationWorkflowImpl extends StageScript implements EvaluationWorkflow {
  public EvaluationWorkflowImpl() {
    super(Stage.EVALUATION);
  }

  @Override
  public StageOutcome run(EvaluationRequest request) {
    return stage(
        request.context(),
        request.input(),
        EvaluationResult.class,
        () -> evaluate(request.input()),
        EvaluationWorkflowImpl::byModel);
  }

  private EvaluationResult evaluate(EvaluationInput input) {
    List<ModelScores> models = new ArrayList<>();
    for (NamedModel named : input.models()) {
      List<Score> scores =
          learningStep(
              EvaluationActivities.class,
              "Measure the model of " + named.name(),
              a ->
                  a.measure(
                      new MeasureRequest(
                          named.model(), input.settings(), input.tokens(), input.chats())));
      models.add(new ModelScores(named.name(), scores));
    }
    List<ModelScores> measured = List.copyOf(models);
    // The n-gram models stand beside the others in the table; they have no transcripts.
    models.add(new ModelScores("n-grams", input.baselines()));
    List<ModelScores> reported = List.copyOf(models);
    ArtifactRef report =
        learningStep(
            EvaluationActivities.class,
            "Write the report",
            a -> a.writeReport(new ReportRequest(input, reported)));
    return new EvaluationResult(measured, report);
  }

  private static List<Score> byModel(EvaluationResult result) {
    return result.models().stream()
        .flatMap(m -> Scores.under(m.name(), m.scores()).stream())
        .toList();
  }
}
