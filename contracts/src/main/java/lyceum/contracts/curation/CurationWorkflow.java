package lyceum.contracts.curation;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes a new version of a line's feedback set of what has come since the last one. Its id
 * serialises the line.
 */
@WorkflowInterface
public interface CurationWorkflow {
  @WorkflowMethod
  CurationResult run(CurationRequest request);

  static String workflowId(String modelLine) {
    return "curation-" + modelLine;
  }

  /** A line to curate. */
  record CurationRequest(String modelLine) {}

  /**
   * What came of it.
   *
   * @param set the newest version; {@code null} while nobody has said anything
   * @param isNew whether this curation made it
   * @param documents documents read for the first time
   * @param dropped why others were not kept, with counts
   */
  record CurationResult(
      @Nullable FeedbackSet set, boolean isNew, long documents, SortedMap<String, Long> dropped) {}
}
