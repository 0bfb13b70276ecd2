package lyceum.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AnswerTextTest {
  @Test
  void add_anyCutsOfAnyBytes_sameAsDecodingAllAtOnce() {
    Random random = new Random(1);
    for (int round = 0; round < 2_000; round++) {
      byte[] bytes = "a😀é日 \u0000".repeat(3).getBytes(StandardCharsets.UTF_8);
      if (round % 2 == 1) {
        for (int i = 0; i < 6; i++) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
      }
      AnswerText text = new AnswerText(List.of());
      StringBuilder sent = new StringBuilder();
      for (int from = 0; from < bytes.length; ) {
        int to = Math.min(bytes.length, from + random.nextInt(4));
        String part = text.add(java.util.Arrays.copyOfRange(bytes, from, to));
        assertThat(part.isEmpty() || !Character.isHighSurrogate(part.charAt(part.length() - 1)))
            .isTrue();
        sent.append(part);
        from = to;
      }
      sent.append(text.end());
      assertThat(sent.toString()).isEqualTo(new String(bytes, StandardCharsets.UTF_8));
    }
  }

  @Test
  void add_stopOverTokens_nothingOfItIsSent() {
    AnswerText text = new AnswerText(List.of("END", "Enough"));
    assertThat(text.add("one E".getBytes(StandardCharsets.UTF_8))).isEqualTo("one ");
    assertThat(text.add("N".getBytes(StandardCharsets.UTF_8))).isEmpty();
    assertThat(text.add("E".getBytes(StandardCharsets.UTF_8))).isEqualTo("EN");
    assertThat(text.add("ND two".getBytes(StandardCharsets.UTF_8))).isEmpty();
    assertThat(text.stopped()).isTrue();
    assertThat(text.end()).isEmpty();
  }

  @Test
  void add_twoStops_theFirstInTheTextDecides() {
    AnswerText text = new AnswerText(List.of("two", "one"));
    assertThat(text.add("0 one two".getBytes(StandardCharsets.UTF_8))).isEqualTo("0 ");
  }

  @Test
  void end_heldBeginningOfAStop_isSent() {
    AnswerText text = new AnswerText(List.of("END"));
    assertThat(
            text.add("fri".getBytes(StandardCharsets.UTF_8))
                + text.add("EN".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo("fri");
    assertThat(text.end()).isEqualTo("EN");
  }
}
