package lyceum.core;

import java.net.URI;

/**
 * Bytes kept in an {@link ArtifactStore}, named by what they are.
 *
 * @param uri where they are, for example {@code s3://lyceum/artifacts/<sha256>}
 * @param sha256 64 lower-case hexadecimal digits
 * @param bytes length in bytes
 */
public record ArtifactRef(URI uri, String sha256, long bytes) {
  public ArtifactRef {
    if (!Sha256.isDigest(sha256)) {
      throw LyceumException.user(
          "Not a SHA-256 digest: '" + sha256 + "'. 64 hexadecimal digits are expected.");
    }
    if (bytes < 0) {
      throw LyceumException.user("An artifact cannot have " + bytes + " bytes.");
    }
  }
}
