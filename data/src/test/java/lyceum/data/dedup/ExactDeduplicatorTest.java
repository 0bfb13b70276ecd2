package lyceum.data.dedup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashSet;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ExactDeduplicatorTest {
  @Property
  void isFirst_keepsTheFirstOfEachAndTwiceChangesNothing(@ForAll List<String> texts) {
    List<String> once = texts.stream().filter(new ExactDeduplicator()::isFirst).toList();
    assertThat(once).containsExactlyElementsOf(new LinkedHashSet<>(texts));
    assertThat(once.stream().filter(new ExactDeduplicator()::isFirst))
        .containsExactlyElementsOf(once);
  }
}
