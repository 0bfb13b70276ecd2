package lyceum.core.recipe;

import java.net.URI;
import java.util.Locale;
import java.util.Set;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;

/**
 * One source of text, pinned.
 *
 * @param name shown in counts and provenance
 * @param uri {@code file:}, {@code s3:}, {@code https:}, {@code hf:OWNER/REPO/FILE@REVISION}, or a
 *     package: {@code pip:NAME==VERSION}, {@code maven:GROUP:ARTIFACT:VERSION[:CLASSIFIER]}, {@code
 *     npm:NAME@VERSION}
 * @param sha256 of the file or package as fetched
 * @param entries glob of the files to read inside an archive or package, for example {@code
 *     **.java}; {@code **} for a plain file
 * @param format how the files hold documents
 * @param text for {@link Format#JSONL}, the document's text with {@code {field}} in place of each
 *     field; ignored otherwise
 * @param licence SPDX identifier
 * @param limit at most this many documents are read, in file order
 */
public record SourceSettings(
    String name,
    URI uri,
    String sha256,
    String entries,
    Format format,
    String text,
    String licence,
    int limit) {
  /** How a file holds documents. */
  public enum Format {
    /** One JSON object a line. */
    JSONL,
    /** A file is a document. */
    TEXT
  }

  private static final Set<String> SCHEMES =
      Set.of("file", "s3", "https", "hf", "pip", "maven", "npm");

  public SourceSettings {
    Check.name("corpus.sources[].name", name);
    String scheme = uri.getScheme();
    if (scheme == null || !SCHEMES.contains(scheme.toLowerCase(Locale.ROOT))) {
      throw LyceumException.user(
          "Source '"
              + name
              + "' has the address '"
              + uri
              + "'. It must begin with one of "
              + SCHEMES.stream().sorted().toList()
              + " and a colon.");
    }
    if (!Sha256.isDigest(sha256)) {
      throw LyceumException.user(
          "Source '"
              + name
              + "' needs the sha256 of what is fetched (64 hexadecimal digits), not '"
              + sha256
              + "'.");
    }
    if (licence.isBlank()) {
      throw LyceumException.user(
          "Source '" + name + "' names no licence. Give its SPDX identifier.");
    }
    if (format == Format.JSONL && !text.contains("{")) {
      throw LyceumException.user(
          "Source '"
              + name
              + "' is JSONL, so text must name a field in braces such as {passage}, not '"
              + text
              + "'.");
    }
    Check.positive("corpus.sources[" + name + "].limit", limit);
  }
}
