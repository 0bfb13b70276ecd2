package lyceum.contracts.curation;

import lyceum.core.ArtifactRef;
import org.jspecify.annotations.Nullable;

/**
 * Where the curation of a line stands; the document {@link #document} in object storage.
 *
 * @param set the newest version; {@code null} while nobody has said anything
 * @param read names of the documents that curations have read, one a line
 */
public record FeedbackState(@Nullable FeedbackSet set, ArtifactRef read) {
  public static String document(String modelLine) {
    return FeedbackSet.folder(modelLine) + "latest.json";
  }
}
