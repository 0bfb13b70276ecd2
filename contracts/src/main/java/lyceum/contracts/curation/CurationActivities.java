package lyceum.contracts.curation;

import io.temporal.activity.ActivityInterface;
import java.util.SortedMap;
import lyceum.contracts.curation.CurationWorkflow.CurationResult;
import lyceum.core.ArtifactRef;
import org.jspecify.annotations.Nullable;

/** The steps of curation. */
@ActivityInterface(namePrefix = "curation.")
public interface CurationActivities {
  /** Fixes which documents this curation reads, so that a repeated step reads the same. */
  Selection select(String modelLine);

  /** Joins, cleans and deduplicates the selected documents over the version before. */
  Curated curate(CurateRequest request);

  /** Makes the next version where there is something new in it; a second call finds it made. */
  CurationResult publish(PublishRequest request);

  /** The newest version of a line's feedback set, with nothing in it while there is none. */
  Latest latest(String modelLine);

  /** The newest version, {@code null} while there is none. */
  record Latest(@Nullable FeedbackSet set) {}

  /**
   * Documents to read.
   *
   * @param version the version before, 0 for none
   * @param before its items
   * @param names artifact with the names of the documents, one a line
   * @param fresh how many of them have not been read before
   */
  record Selection(int version, @Nullable ArtifactRef before, ArtifactRef names, long fresh) {}

  /** Documents to curate. */
  record CurateRequest(String modelLine, Selection selection) {}

  /** Curated items. */
  record Curated(ArtifactRef items, long tasks, long examples, SortedMap<String, Long> dropped) {}

  /** Items to publish. */
  record PublishRequest(String modelLine, Selection selection, Curated curated) {}
}
