package lyceum.data.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import lyceum.core.recipe.QualitySettings;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class QualityFilterTest {
  private static final QualityFilter FILTER =
      new QualityFilter(new QualitySettings(4, 12, 3, 6, 0.25, 0.5, 0.5, 0.8, 1, 0.3));

  /** For each rule a text just inside and a text just outside its threshold. */
  static Stream<Arguments> rules() {
    return Stream.of(
        Arguments.of("gopher_short_doc", "the four small words", "the three words"),
        Arguments.of("gopher_long_doc", "the " + "word ".repeat(11), "the " + "word ".repeat(12)),
        Arguments.of("gopher_below_avg_threshold", "the cat sat mat", "the cat sat on"),
        Arguments.of(
            "gopher_above_avg_threshold",
            "the extremely pretty spring",
            "the extremely pretty springs"),
        Arguments.of("gopher_too_many_hashes", "# the four small words", "## the four small words"),
        Arguments.of(
            "gopher_too_many_ellipsis", "the… four small words", "the... four… small words"),
        Arguments.of(
            "gopher_too_many_bullets", "- the four\nsmall words", "- the four\n• small\nwords"),
        Arguments.of(
            "gopher_too_many_end_ellipsis",
            "the four small\nfine...\nwords\nhere",
            "the four more...\nsmall words\nthat sit there…"),
        Arguments.of(
            "gopher_below_alpha_threshold", "the four small words 1234", "the four small 1234"),
        Arguments.of("gopher_enough_stop_words", "the four small words", "these four small words"),
        Arguments.of(
            "dup_line_frac",
            "the one {\nsome two\n}\nmany three\n}\n\n}\nmany three",
            "the one\nmany two\n\nmany two"));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void dropReason_insideAndOutsideTheThreshold(String reason, String good, String bad) {
    assertThat(FILTER.dropReason(good)).isEmpty();
    assertThat(FILTER.dropReason(bad)).contains(reason);
  }

  @Property
  void dropReason_anyText_givesAnAnswer(@ForAll String text) {
    QualityFilter lenient =
        new QualityFilter(new QualitySettings(0, 1000, 0, 1000, 1, 1, 1, 0, 0, 1));
    assertThat(FILTER.dropReason(text)).isNotNull();
    assertThat(lenient.dropReason("")).isEmpty();
    assertThat(lenient.dropReason(text.replace("#", "").replace(".", "").replace("…", "")))
        .isEmpty();
  }
}
