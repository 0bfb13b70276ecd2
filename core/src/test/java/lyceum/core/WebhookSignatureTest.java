package lyceum.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookSignatureTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
  private static final byte[] BODY = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);

  @Test
  void of_isHmacSha256OfTimeAndBody() {
    // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret
    assertThat(WebhookSignature.of("secret", NOW, BODY))
        .isEqualTo(
            "t=1700000000,v1=49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686");
  }

  @Test
  void refusal_ofTheRightSignature_isEmpty() {
    String signature = WebhookSignature.of("secret", NOW, BODY);

    assertThat(WebhookSignature.refusal("secret", signature, BODY, NOW.plusSeconds(299))).isEmpty();
  }

  @Test
  void refusal_otherBodySecretOrTime() {
    String signature = WebhookSignature.of("secret", NOW, BODY);

    assertThat(WebhookSignature.refusal("secret", signature, "{}".getBytes(), NOW)).isPresent();
    assertThat(WebhookSignature.refusal("other", signature, BODY, NOW)).isPresent();
    assertThat(WebhookSignature.refusal("secret", signature, BODY, NOW.plusSeconds(301)))
        .hasValueSatisfying(why -> assertThat(why).contains("another time"));
    assertThat(
            WebhookSignature.refusal(
                "secret", signature.replace("t=1700000000", "t=1700000001"), BODY, NOW))
        .isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "t=,v1=", "v1=00", "t=1700000000,v1=zz", "t=1700000000;v1=00"})
  void refusal_ofWhatIsNoSignature(String signature) {
    assertThat(WebhookSignature.refusal("secret", signature, BODY, NOW))
        .hasValueSatisfying(why -> assertThat(why).contains("t=SECONDS,v1=HEX"));
  }

  @Test
  void emptySecret_isRefused() {
    assertThatThrownBy(() -> WebhookSignature.of("", NOW, BODY))
        .isInstanceOf(LyceumException.class);
  }
}
