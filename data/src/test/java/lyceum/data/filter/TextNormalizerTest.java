package lyceum.data.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TextNormalizerTest {
  @Test
  void normalize_byExample() {
    assertThat(
            TextNormalizer.normalize(
                "\uFEFF\r\n  a \t\r\nb\u0000\u0007c\r\r\r\n\n\nd\u2028e\u0301\uD800 \n\n"))
        .isEqualTo("  a\nbc\n\nd\n\u00e9");
  }

  @Test
  void normalize_longRunsOfSpacesInLittleTime() {
    assertThat(TextNormalizer.normalize(" ".repeat(2_000_000) + "x")).hasSize(2_000_001);
  }

  @Property
  void normalize_twiceChangesNothing(@ForAll String text) {
    String once = TextNormalizer.normalize(text);
    assertThat(TextNormalizer.normalize(once)).isEqualTo(once);
    assertThat(Normalizer.isNormalized(once, Normalizer.Form.NFC)).isTrue();
    assertThat(once).doesNotContain("\r", "\n\n\n", " \n");
  }
}
