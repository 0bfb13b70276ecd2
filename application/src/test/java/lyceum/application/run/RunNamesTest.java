package lyceum.application.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunNamesTest {
  @Test
  void of_hasRecipeMomentAndDigits() {
    assertThat(RunNames.of("tiny", Instant.parse("2026-11-21T22:45:00Z"), new Random(1)))
        .matches("tiny-20261121-224500-[0-9a-f]{4}");
  }
}
