package lyceum.contracts.evaluation;

import io.temporal.activity.ActivityInterface;
import java.util.List;
import lyceum.contracts.finetuning.ChatSet;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ArtifactRef;
import lyceum.core.ModelArtifact;
import lyceum.core.PairedScore;
import lyceum.core.Score;
import lyceum.core.recipe.EvaluationSettings;
import org.jspecify.annotations.Nullable;

/** Measures models; every stage that trains uses it. */
@ActivityInterface(namePrefix = "evaluation.")
public interface EvaluationActivities {
  /** Bits per byte on the validation split and accuracy on each held-out skill. */
  List<Score> measure(MeasureRequest request);

  /**
   * Two models held against each other on the same held-out items; whichever was not measured on
   * them yet is measured.
   */
  Pairing pair(PairRequest request);

  /** The before-and-after report of scores already measured, with transcripts of every model. */
  ArtifactRef writeReport(ReportRequest request);

  /** A model to measure; without chats only bits per byte is. */
  record MeasureRequest(
      ModelArtifact model,
      EvaluationSettings settings,
      TokenizerResult tokens,
      @Nullable ChatSet chats) {}

  /**
   * Models to hold against each other.
   *
   * @param scores as {@code suite/metric}
   * @param confidence of the intervals of the differences
   */
  record PairRequest(
      ModelArtifact first,
      ModelArtifact second,
      Suite suite,
      List<String> scores,
      double confidence) {}

  /**
   * The pairs.
   *
   * @param scores those of the asked scores that both models have items of
   * @param note why others are missing; empty where none is
   */
  record Pairing(List<PairedScore> scores, String note) {}

  /** Scores to report. */
  record ReportRequest(EvaluationInput input, List<ModelScores> scores) {}
}
