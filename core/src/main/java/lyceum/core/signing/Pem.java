package lyceum.core.signing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lyceum.core.LyceumException;

/** Keys as text (RFC 7468). */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN (?:PRIVATE|PUBLIC) KEY-----\\s([A-Za-z0-9+/=\\s]+)-----END (?:PRIVATE|PUBLIC)"
              + " KEY-----\\s*");

  private Pem() {}

  static String encode(String what, byte[] bytes) {
    return "-----BEGIN "
        + what
        + "-----\n"
        + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(bytes)
        + "\n-----END "
        + what
        + "-----\n";
  }

  static byte[] decode(String text, Path file) {
    Matcher block = BLOCK.matcher(text.strip());
    if (!block.matches()) {
      throw LyceumException.user(file + " is no key in PEM.");
    }
    try {
      return Base64.getMimeDecoder().decode(block.group(1));
    } catch (IllegalArgumentException e) {
      throw LyceumException.user(file + " is no key in PEM: " + e.getMessage(), e);
    }
  }

  static PublicKey publicKey(Path file) {
    try {
      return KeyFactory.getInstance("Ed25519")
          .generatePublic(new X509EncodedKeySpec(decode(Files.readString(file), file)));
    } catch (IOException e) {
      throw LyceumException.user("Cannot read the public key " + file + ": " + e, e);
    } catch (GeneralSecurityException e) {
      throw LyceumException.user(file + " holds no Ed25519 public key: " + e.getMessage(), e);
    }
  }
}
