package lyceum.bench.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The drill at a scale that a build can wait for; {@code lyceum drill serve} runs it at full. */
class ServeDrillTest {
  @Test
  void everything_holds(@TempDir Path folder) {
    try (ServeDrill drill =
        new ServeDrill(folder, new ServeDrill.Scale(24, 3, 9, 24, 8), line -> {})) {
      drill.changes();
      drill.drain();
      drill.kill();
      drill.overload();
      assertThat(drill.facts()).hasSize(17).allMatch(ServeDrill.Fact::holds);
    }
  }
}
