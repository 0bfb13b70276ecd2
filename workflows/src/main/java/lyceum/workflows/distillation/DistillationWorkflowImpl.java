package lyceum.workflows.distillation;

import java.util.List;
import lyceum.contracts.distillation.DistillationActivities;
import lyceum.contracts.distillation.DistillationActivities.TrainRequest;
import lyceum.contracts.distillation.DistillationInput;
import lyceum.contracts.distillation.DistillationRequest;
import lyceum.contracts.distillation.DistillationResult;
import lyceum.contracts.distillation.DistillationWorkflow;
import lyceum.contracts.evaluation.EvaluationActivities;
import lyceum.contracts.evaluation.EvaluationActivities.MeasureRequest;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.core.ModelArtifact;
import lyceum.core.Score;
import lyceum.core.Stage;
import lyceum.workflows.stage.Scores;
import lyceum.workflows.stage.StageScript;

/**
 * Trains a student with the teacher and a control without, and measures how much of the gap the
 * teacher closed.
 */
public final class DistillationWorkflowImpl extends StageScript implements DistillationWorkflow {
  private static final String LOSS = "chat/loss";

  public DistillationWorkflowImpl() {
    super(Stage.DISTILLATION);
  }

  @Override
  public StageOutcome run(DistillationRequest request) {
    return stage(
        request.context(),
        request.input(),
        DistillationResult.class,
        () -> distil(request.input()),
        result ->
            Scores.joined(
                result.scores(),
                List.of(new Score("distillation", "gap_closed", result.gapClosed(), 1, 0)),
                Scores.under("control", result.controlScores()),
                Scores.under("teacher", result.teacherScores())));
  }

  private DistillationResult distil(DistillationInput input) {
    // Side by side where two learning workers are free; on one machine they take turns.
    List<TrainedModel> trained =
        inParallel(
            List.of(() -> train("student", true, input), () -> train("control", false, input)));
    TrainedModel student = trained.getFirst();
    TrainedModel control = trained.getLast();
    List<Score> teacherScores = measure("teacher", input.teacher(), input);
    List<Score> studentScores = measure("student", student.model(), input);
    List<Score> controlScores = measure("control", control.model(), input);
    return new DistillationResult(
        student,
        control,
        teacherScores,
        studentScores,
        controlScores,
        gapClosed(
            Scores.require(teacherScores, LOSS, "teacher"),
            Scores.require(studentScores, LOSS, "student"),
            Scores.require(controlScores, LOSS, "control")));
  }

  private TrainedModel train(String phase, boolean withTeacher, DistillationInput input) {
    return learningStep(
        DistillationActivities.class,
        "Train the " + phase + ", " + input.settings().steps() + " steps",
        a -> a.train(new TrainRequest(trainingRun(phase), input, withTeacher)));
  }

  private List<Score> measure(String whose, ModelArtifact model, DistillationInput input) {
    return learningStep(
        EvaluationActivities.class,
        "Measure the " + whose,
        a ->
            a.measure(
                new MeasureRequest(model, input.evaluation(), input.tokens(), input.chats())));
  }

  /**
   * Share of the gap between control and teacher that the student closed; 0 where the control left
   * none to close.
   */
  static double gapClosed(double teacherLoss, double studentLoss, double controlLoss) {
    double gap = controlLoss - teacherLoss;
    return gap > 0 ? (controlLoss - studentLoss) / gap : 0;
  }
}
