package lyceum.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import lyceum.core.Sha256;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.Safetensors;

/** Proves that a training ends in the same bytes however it is interrupted. */
public final class Resumption {
  private Resumption() {}

  /** A training and how to get at the weights that it makes. */
  public record Case<T>(
      Training<T> training, Function<T, SortedMap<String, FloatTensor>> weights) {}

  /** A training that can begin anywhere. */
  @FunctionalInterface
  public interface Training<T> {
    T train(Optional<TrainingState> from, TrainingListener listener);
  }

  /**
   * Trains without a stop, then stops at each of the steps, both at the step and at its checkpoint,
   * goes on from the newest checkpoint as read back from a file, and compares digests of the
   * weights' files.
   */
  public static <T> void provesExact(Case<T> one, Path folder, int... stops) {
    LearnerFixture.Recorder whole = new LearnerFixture.Recorder();
    String expected = digest(one, one.training().train(Optional.empty(), whole), folder);
    for (int stop : stops) {
      for (boolean atCheckpoint : new boolean[] {false, true}) {
        LearnerFixture.Recorder first = new LearnerFixture.Recorder(stop, atCheckpoint);
        assertThatThrownBy(() -> one.training().train(Optional.empty(), first))
            .isInstanceOf(LearnerFixture.Stopped.class);
        Optional<TrainingState> reached = first.newest().map(state -> throughFile(state, folder));
        LearnerFixture.Recorder second = new LearnerFixture.Recorder();
        T resumed = one.training().train(reached, second);
        assertThat(digest(one, resumed, folder))
            .as(
                "stopped at step %d, resumed at %d",
                stop, reached.map(TrainingState::step).orElse(0L))
            .isEqualTo(expected);
        for (StepReport report : second.reports) {
          StepReport same = whole.reports.get((int) report.step() - 1);
          assertThat(report.loss()).isEqualTo(same.loss());
          assertThat(report.tokens()).isEqualTo(same.tokens());
          assertThat(report.metrics()).isEqualTo(same.metrics());
        }
      }
    }
  }

  /**
   * Like {@link #provesExact}, stopped between the micro-batches of a step.
   *
   * @param step steps done
   * @param microBatch of the next step, done
   */
  public static <T> void provesExactInTheMiddle(
      Case<T> one, Path folder, long step, int microBatch) {
    String expected =
        digest(one, one.training().train(Optional.empty(), new LearnerFixture.Recorder()), folder);
    LearnerFixture.Recorder first = LearnerFixture.Recorder.inTheMiddle(step, microBatch);
    assertThatThrownBy(() -> one.training().train(Optional.empty(), first))
        .isInstanceOf(LearnerFixture.Stopped.class);
    TrainingState reached = throughFile(first.newest().orElseThrow(), folder);
    assertThat(reached.step()).isEqualTo(step);
    T resumed = one.training().train(Optional.of(reached), new LearnerFixture.Recorder());
    assertThat(digest(one, resumed, folder))
        .as("stopped after %d steps and %d micro-batches", step, microBatch)
        .isEqualTo(expected);
  }

  private static TrainingState throughFile(TrainingState state, Path folder) {
    Path file = folder.resolve("state.safetensors");
    state.write(file);
    return TrainingState.read(file);
  }

  private static <T> String digest(Case<T> one, T result, Path folder) {
    Path file = folder.resolve("weights.safetensors");
    Safetensors.write(file, one.weights().apply(result), new TreeMap<>());
    try {
      return Sha256.of(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
