package lyceum.contracts.corpus;

import io.temporal.activity.ActivityInterface;
import java.util.List;
import java.util.SortedMap;
import lyceum.core.ArtifactRef;
import lyceum.core.recipe.QualitySettings;
import lyceum.core.recipe.SourceSettings;

/** The steps of the corpus stage. */
@ActivityInterface(namePrefix = "corpus.")
public interface CorpusActivities {
  /** Fetches one source and keeps what was fetched as an artifact. */
  FetchedSource fetch(SourceSettings source);

  /** Reads one fetched source, normalises it and applies the quality rules. */
  CleanedSource clean(CleanRequest request);

  /** Removes exact duplicates across sources, in the order given, and splits. */
  CorpusResult assemble(AssembleRequest request);

  /** A source as fetched. */
  record FetchedSource(SourceSettings source, ArtifactRef content) {}

  /** One source to clean. */
  record CleanRequest(FetchedSource fetched, QualitySettings quality) {}

  /**
   * One cleaned source.
   *
   * @param documents JSON lines of {@code {"id","source","text"}}, gzip
   */
  record CleanedSource(
      String name,
      String licence,
      String sha256,
      ArtifactRef documents,
      long read,
      long kept,
      SortedMap<String, Long> droppedByReason) {}

  /** Cleaned sources to join. */
  record AssembleRequest(List<CleanedSource> sources, double validationFraction) {}
}
