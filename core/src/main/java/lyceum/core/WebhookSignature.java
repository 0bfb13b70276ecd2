package lyceum.core;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How webhooks are signed, those sent and those received: {@code t=SECONDS,v1=HEX}, where the hex
 * is HMAC-SHA-256 under the shared secret of {@code SECONDS.BODY} (RFC 2104). The time is signed
 * with the body, so that a request cannot be sent again later.
 */
public final class WebhookSignature {
  /** The header that carries the signature. */
  public static final String HEADER = "X-Lyceum-Signature";

  /** The header that names the delivery; the same when the same news is sent again. */
  public static final String DELIVERY = "X-Lyceum-Delivery";

  /** How far the clocks of sender and receiver may be apart. */
  public static final Duration TOLERANCE = Duration.ofMinutes(5);

  private static final Pattern FORM = Pattern.compile("t=([0-9]{1,12}),v1=([0-9a-f]{64})");

  private WebhookSignature() {}

  /** The header's value. */
  public static String of(String secret, Instant at, byte[] body) {
    long seconds = at.getEpochSecond();
    return "t=" + seconds + ",v1=" + HexFormat.of().formatHex(mac(secret, seconds, body));
  }

  /** Why the signature does not hold; empty when it does. */
  public static Optional<String> refusal(
      String secret, String signature, byte[] body, Instant now) {
    Matcher form = FORM.matcher(signature);
    if (!form.matches()) {
      return Optional.of("The header " + HEADER + " is not t=SECONDS,v1=HEX.");
    }
    long seconds = Long.parseLong(form.group(1));
    if (Math.abs(now.getEpochSecond() - seconds) > TOLERANCE.toSeconds()) {
      return Optional.of(
          "The signature is of another time, more than "
              + TOLERANCE.toMinutes()
              + " minutes from now.");
    }
    // Compared in constant time, so that the answer's delay tells nothing of the right value.
    return MessageDigest.isEqual(mac(secret, seconds, body), HexFormat.of().parseHex(form.group(2)))
        ? Optional.empty()
        : Optional.of("The signature is not that of the body under the shared secret.");
  }

  private static byte[] mac(String secret, long seconds, byte[] body) {
    if (secret.isEmpty()) {
      throw LyceumException.user("A webhook cannot be signed without a secret.");
    }
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      mac.update((seconds + ".").getBytes(StandardCharsets.UTF_8));
      return mac.doFinal(body);
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw LyceumException.internal("Every JDK has HmacSHA256, but this one failed: " + e, e);
    }
  }
}
