package lyceum.workflows.pretraining;

import java.util.ArrayList;
import java.util.List;
import lyceum.contracts.evaluation.EvaluationActivities;
import lyceum.contracts.evaluation.EvaluationActivities.MeasureRequest;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.contracts.pretraining.PretrainingActivities;
import lyceum.contracts.pretraining.PretrainingActivities.TrainRequest;
import lyceum.contracts.pretraining.PretrainingInput;
import lyceum.contracts.pretraining.PretrainingRequest;
import lyceum.contracts.pretraining.PretrainingResult;
import lyceum.contracts.pretraining.PretrainingWorkflow;
import lyceum.contracts.tokenizer.ParentModel;
import lyceum.core.Score;
import lyceum.core.Stage;
import lyceum.workflows.stage.Scores;
import lyceum.workflows.stage.StageScript;

/**
 * Trains a base model on the token shards, then measures it beside n-gram models of the same tokens
 * and, where it went on from a model made elsewhere, beside that.
 */
public final class PretrainingWorkflowImpl extends StageScript implements PretrainingWorkflow {
  public PretrainingWorkflowImpl() {
    super(Stage.PRETRAINING);
  }

  @Override
  public StageOutcome run(PretrainingRequest request) {
    return stage(
        request.context(),
        request.input(),
        PretrainingResult.class,
        () -> pretrain(request.input()),
        PretrainingResult::scores);
  }

  private PretrainingResult pretrain(PretrainingInput input) {
    TrainedModel trained =
        learningStep(
            PretrainingActivities.class,
            "Train the base model, " + input.settings().steps() + " steps",
            a -> a.train(new TrainRequest(trainingRun("base"), input)));
    List<Score> scores = new ArrayList<>();
    scores.addAll(
        learningStep(
            EvaluationActivities.class,
            "Measure the base model",
            a ->
                a.measure(
                    new MeasureRequest(
                        trained.model(), input.evaluation(), input.tokens(), null))));
    scores.addAll(
        learningStep(
            PretrainingActivities.class,
            "Measure n-gram models of the same tokens",
            a -> a.measureBaselines(input)));
    ParentModel parent = input.tokens().parent();
    if (parent != null) {
      scores.addAll(
          Scores.under(
              "parent",
              learningStep(
                  EvaluationActivities.class,
                  "Measure " + parent.name() + " as it was before",
                  a ->
                      a.measure(
                          new MeasureRequest(
                              parent.model(), input.evaluation(), input.tokens(), null)))));
    }
    return new PretrainingResult(trained, List.copyOf(scores));
  }
}
