package lyceum.contracts.alignment;

import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.UpdateValidatorMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;
import lyceum.contracts.lifecycle.StageControl;
import lyceum.contracts.lifecycle.StageOutcome;

/** The alignment stage as a child workflow; the outcome holds a {@link AlignmentResult}. */
@WorkflowInterface
public interface AlignmentWorkflow extends StageControl {
  @WorkflowMethod
  StageOutcome run(AlignmentRequest request);

  /** The pairs that wait for people, where the recipe asks people. */
  @QueryMethod
  RankingStatus rankings();

  /** Every ranking of people, in the order in which they came. */
  @QueryMethod
  List<Ranking> given();

  /**
   * One person's choice for one pair. Refused for unknown pairs and for a pair this rater has
   * ranked already.
   */
  @UpdateMethod
  RankingStatus rank(Ranking ranking);

  @UpdateValidatorMethod(updateName = "rank")
  void validateRank(Ranking ranking);
}
