package lyceum.model.parallel;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import lyceum.core.LyceumException;

/**
 * The secret that the ranks of one attempt of one training share. Whoever does not have it is
 * refused; it never travels, only proofs of having it do (HMAC-SHA256, RFC 2104).
 *
 * @param hex 64 hexadecimal digits
 */
public record RunToken(String hex) {
  private static final int BYTES = 32;

  public RunToken {
    if (!hex.matches("[0-9a-f]{64}")) {
      throw LyceumException.user(
          "A run token is 64 hexadecimal digits; this one has "
              + hex.length()
              + " characters. Take it from the line that rank 0 prints.");
    }
  }

  public static RunToken random(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return new RunToken(HexFormat.of().formatHex(bytes));
  }

  /** A proof of having the token, over what was said. */
  byte[] sign(byte[] said) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(HexFormat.of().parseHex(hex), "HmacSHA256"));
      return mac.doFinal(said);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK carries HmacSHA256", e);
    }
  }

  /** Without the secret, for logs. */
  @Override
  public String toString() {
    return "RunToken[" + hex.substring(0, 6) + "…]";
  }
}
