package lyceum.model.training;

import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.Safetensors;

/**
 * All that a training needs to go on as if it had never stopped. Data position and randomness are
 * no part of it: they are pure functions of the seed and the step.
 *
 * @param step steps done
 * @param tensors weights and what the optimizer remembers; in the middle of a step also the
 *     gradients accumulated so far
 * @param metadata what the state belongs to, and running totals
 */
public record TrainingState(
    long step, SortedMap<String, FloatTensor> tensors, SortedMap<String, String> metadata) {
  private static final String STEP = "step";

  public TrainingState {
    if (step < 0) {
      throw LyceumException.internal("A training cannot have done " + step + " steps.");
    }
    tensors = Collections.unmodifiableSortedMap(new TreeMap<>(tensors));
    metadata = Collections.unmodifiableSortedMap(new TreeMap<>(metadata));
  }

  /** Writes the state as safetensors; the bytes are a pure function of it. */
  public void write(Path file) {
    SortedMap<String, String> withStep = new TreeMap<>(metadata);
    withStep.put(STEP, Long.toString(step));
    Safetensors.write(file, tensors, withStep);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws LyceumException of category USER when the file is not a training state
   */
  public static TrainingState read(Path file) {
    Safetensors.Contents contents = Safetensors.read(file);
    SortedMap<String, String> metadata = new TreeMap<>(contents.metadata());
    String step = metadata.remove(STEP);
    if (step == null || !step.matches("\\d{1,18}")) {
      throw LyceumException.user(
          file
              + " is not a training state: its metadata has "
              + (step == null ? "no step" : "the step '" + step + "'")
              + ".");
    }
    return new TrainingState(Long.parseLong(step), contents.tensors(), metadata);
  }
}
