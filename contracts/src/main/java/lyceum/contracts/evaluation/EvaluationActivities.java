package lyceum.contracts.evaluation;

import io.temporal.activity.ActivityInterface;
import java.util.List;
import lyceum.contracts.finetuning.ChatSet;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ArtifactRef;
import lyceum.core.ModelArtifact;
import lyceum.core.Score;
import lyceum.core.recipe.EvaluationSettings;
import org.jspecify.annotations.Nullable;

/** Measures models; every stage that trains uses it. */
@ActivityInterface(namePrefix = "evaluation.")
public interface EvaluationActivities {
  /** Bits per byte on the validation split and accuracy on each held-out skill. */
  List<Score> measure(MeasureRequest request);

  /** The before-and-after report of scores already measured, with transcripts of every model. */
  ArtifactRef writeReport(ReportRequest request);

  /** A model to measure; without chats only bits per byte is. */
  record MeasureRequest(
      ModelArtifact model,
      EvaluationSettings settings,
      TokenizerResult tokens,
      @Nullable ChatSet chats) {}

  /** Scores to report. */
  record ReportRequest(EvaluationInput input, List<ModelScores> scores) {}
}
