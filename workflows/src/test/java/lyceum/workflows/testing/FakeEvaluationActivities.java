package lyceum.workflows.testing;

import java.util.ArrayList;
import java.util.List;
import lyceum.contracts.evaluation.EvaluationActivities;
import lyceum.core.ArtifactRef;
import lyceum.core.ModelArtifact;
import lyceum.core.PairedScore;
import lyceum.core.Score;

/**
 * Gives every model the same bits per byte, and a loss that orders teacher, student and control.
 */
public final class FakeEvaluationActivities implements EvaluationActivities {
  private final Calls calls;
  private volatile double loss;
  private volatile boolean isClear;

  public FakeEvaluationActivities(Calls calls) {
    this.calls = calls;
  }

  @Override
  public List<Score> measure(MeasureRequest request) {
    calls.add("evaluation.measure" + (request.chats() == null ? " text" : " text and chats"));
    List<Score> scores = new ArrayList<>();
    scores.add(new Score("validation", "bits_per_byte", 2.25, 1000, 0));
    if (request.chats() != null) {
      scores.add(Score.accuracy("addition", 15, 20));
      scores.add(new Score("chat", "loss", chatLoss(request.model()), 20, 0));
    }
    return scores;
  }

  /** From now on candidates lose this much against the champion, told from noise or not. */
  public void lose(double difference, boolean clearly) {
    loss = difference;
    isClear = clearly;
  }

  @Override
  public Pairing pair(PairRequest request) {
    calls.add("evaluation.pair " + request.scores());
    return new Pairing(
        request.scores().stream()
            .map(
                score ->
                    new PairedScore(
                        score,
                        2.25,
                        2.25 + loss,
                        loss,
                        isClear ? loss / 2 : -loss,
                        2 * loss,
                        request.confidence(),
                        isClear ? 0.01 : 0.4,
                        100,
                        20,
                        "paired bootstrap"))
            .toList(),
        "");
  }

  /** Student 1.0, control 1.5, any other model 0.5: the teacher closes half of the gap. */
  private static double chatLoss(ModelArtifact model) {
    if (model.equals(Examples.model("distillation student"))) {
      return 1.0;
    }
    return model.equals(Examples.model("distillation control")) ? 1.5 : 0.5;
  }

  @Override
  public ArtifactRef writeReport(ReportRequest request) {
    calls.add("evaluation.writeReport " + request.scores().stream().map(s -> s.name()).toList());
    return Examples.artifact("evaluation report");
  }
}
