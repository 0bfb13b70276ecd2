package lyceum.contracts.corpus;

import java.util.List;
import java.util.SortedMap;
import lyceum.core.ArtifactRef;

/**
 * Clean documents.
 *
 * @param trainDocuments JSON lines of {@code {"id","source","text"}}, gzip
 * @param validationDocuments the same, held out
 * @param report counts for people and provenance, JSON
 * @param droppedByReason documents dropped, by reason
 */
public record CorpusResult(
    ArtifactRef trainDocuments,
    ArtifactRef validationDocuments,
    ArtifactRef report,
    List<SourceCount> sources,
    long documentsRead,
    long documentsKept,
    SortedMap<String, Long> droppedByReason,
    long trainBytes,
    long validationBytes) {
  /** What one source gave. */
  public record SourceCount(
      String name, String licence, String sha256, long read, long kept, long bytes) {}
}
