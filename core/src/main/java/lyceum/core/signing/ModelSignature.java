package lyceum.core.signing;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;

/**
 * A signature over a model. It is kept beside the model's files, in the object store under {@link
 * #documentName} and in a folder as the file {@link #FILE}.
 *
 * @param digest of the model: {@link lyceum.core.ModelArtifact#digest}
 * @param keyId of the public key that verifies it: {@link TrustedKeys#id}
 * @param signature 64 bytes in base64
 */
public record ModelSignature(String digest, String keyId, String signature) {
  /** Name in a model's folder; hidden, so that it is no file of the model. */
  public static final String FILE = ".lyceum-signature";

  private static final String FORMAT = "lyceum-model-signature 1";
  private static final int SIGNATURE_BYTES = 64;

  public ModelSignature {
    if (!Sha256.isDigest(digest)) {
      throw LyceumException.user(
          "A signature names the sha256 of a model, not '" + shortened(digest) + "'.");
    }
    if (!keyId.matches("[0-9a-f]{16}")) {
      throw LyceumException.user(
          "A signature names its key by 16 hexadecimal digits, not '" + shortened(keyId) + "'.");
    }
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(signature);
    } catch (IllegalArgumentException e) {
      throw LyceumException.user("The signature of " + digest + " is not base64.", e);
    }
    // One signature has one text: the decoder alone would take it without its padding, too.
    if (bytes.length != SIGNATURE_BYTES
        || !Base64.getEncoder().encodeToString(bytes).equals(signature)) {
      throw LyceumException.user("The signature of " + digest + " is not base64 of 64 bytes.");
    }
  }

  /** Where the object store keeps the signature of a model. */
  public static String documentName(String modelDigest) {
    return "signatures/" + modelDigest;
  }

  /** Four lines: the format, then digest, key and signature. */
  public String toText() {
    return FORMAT + "\ndigest " + digest + "\nkey " + keyId + "\ned25519 " + signature + "\n";
  }

  /**
   * Reads what {@link #toText} wrote.
   *
   * @throws LyceumException USER for anything else
   */
  public static ModelSignature parse(String text) {
    List<String> lines = text.lines().toList();
    if (lines.size() != 4
        || !lines.get(0).equals(FORMAT)
        || !lines.get(1).startsWith("digest ")
        || !lines.get(2).startsWith("key ")
        || !lines.get(3).startsWith("ed25519 ")) {
      throw LyceumException.user(
          "What should be a model's signature begins with '"
              + shortened(text)
              + "'. It has four lines: "
              + FORMAT
              + ", digest, key, ed25519.");
    }
    return new ModelSignature(
        lines.get(1).substring("digest ".length()),
        lines.get(2).substring("key ".length()),
        lines.get(3).substring("ed25519 ".length()));
  }

  /** What is signed; the first words keep a signature from meaning anything elsewhere. */
  static byte[] message(String modelDigest) {
    return (FORMAT + "\ndigest " + modelDigest + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static String shortened(String text) {
    String line = text.lines().findFirst().orElse("");
    return line.length() <= 80 ? line : line.substring(0, 80);
  }
}
