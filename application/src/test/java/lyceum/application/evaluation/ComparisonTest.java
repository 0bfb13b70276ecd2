package lyceum.application.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import lyceum.contracts.evaluation.ModelScores;
import lyceum.core.Score;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  @Test
  void differenceBeyondTwoStandardErrors_isMarked() {
    List<ModelScores> first =
        List.of(
            new ModelScores(
                "alignment",
                List.of(
                    Score.accuracy("addition", 50, 100), new Score("chat", "loss", 1.0, 10, 0))),
            new ModelScores("gone", List.of(Score.accuracy("addition", 1, 2))));
    List<ModelScores> second =
        List.of(
            new ModelScores(
                "alignment",
                List.of(
                    Score.accuracy("addition", 90, 100), new Score("chat", "loss", 0.5, 10, 0))));

    List<Comparison> rows = Comparison.of(first, second);

    assertThat(rows)
        .extracting(Comparison::score)
        .containsExactly("addition/accuracy", "chat/loss");
    assertThat(rows.get(0).clear()).isTrue();
    assertThat(rows.get(0).difference())
        .isEqualTo(0.4, org.assertj.core.api.Assertions.within(1e-9));
    // Without a standard error nothing can be said about noise.
    assertThat(rows.get(1).clear()).isFalse();
  }
}
