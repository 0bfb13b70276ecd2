package lyceum.workflows.finetuning;

import java.util.List;
import lyceum.contracts.evaluation.EvaluationActivities;
import lyceum.contracts.evaluation.EvaluationActivities.MeasureRequest;
import lyceum.contracts.finetuning.ChatSet;
import lyceum.contracts.finetuning.FinetuningActivities;
import lyceum.contracts.finetuning.FinetuningActivities.TrainRequest;
import lyceum.contracts.finetuning.FinetuningInput;
import lyceum.contracts.finetuning.FinetuningRequest;
import lyceum.contracts.finetuning.FinetuningResult;
import lyceum.contracts.finetuning.FinetuningWorkflow;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.core.ModelArtifact;
import lyceum.core.Score;
import lyceum.core.Stage;
import lyceum.workflows.stage.Scores;
import lyceum.workflows.stage.StageScript;

/** Generates chats, trains the base model on them, and measures before and after. */
public final class FinetuningWorkflowImpl extends StageScript implements FinetuningWorkflow {
  public FinetuningWorkflowImpl() {
    super(Stage.FINETUNING);
  }

  @Override
  public StageOutcome run(FinetuningRequest request) {
    return stage(
        request.context(),
        request.input(),
        FinetuningResult.class,
        () -> finetune(request.input()),
        result -> Scores.joined(result.scores(), Scores.under("before", result.before())));
  }

  private FinetuningResult finetune(FinetuningInput input) {
    ChatSet chats =
        learningStep(
            FinetuningActivities.class,
            "Generate chats of " + input.settings().skills().size() + " skills",
            a -> a.generateChats(input));
    List<Score> before =
        measure("Measure the base model on the skills", input.base(), input, chats);
    TrainedModel trained =
        learningStep(
            FinetuningActivities.class,
            "Train the assistant, " + input.settings().steps() + " steps",
            a -> a.train(new TrainRequest(trainingRun("assistant"), input, chats)));
    List<Score> after = measure("Measure the assistant", trained.model(), input, chats);
    return new FinetuningResult(trained, chats, before, after);
  }

  private List<Score> measure(
      String summary, ModelArtifact model, FinetuningInput input, ChatSet chats) {
    return learningStep(
        EvaluationActivities.class,
        summary,
        a -> a.measure(new MeasureRequest(model, input.evaluation(), input.tokens(), chats)));
  }
}
