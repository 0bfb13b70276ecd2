package lyceum.contracts.lifecycle;

import lyceum.core.Stage;

/**
 * The version of each stage's code, part of the stage's key.
 *
 * <p>The rule: raise a stage's number in the same change that makes it give other bytes for the
 * same input, or gives its result record another shape. A change that leaves results bit for bit
 * the same (speed, logs, retries) leaves the number alone. Later stages need no raise for an
 * earlier one's change: they build on its digests.
 */
public final class StageCodeVersions {
  private StageCodeVersions() {}

  public static int of(Stage stage) {
    return switch (stage) {
      case CORPUS -> 1;
      case TOKENIZER -> 3;
      case PRETRAINING -> 3;
      case FINETUNING -> 3;
      case ALIGNMENT -> 4;
      case EVALUATION -> 3;
      case DISTILLATION -> 4;
      case DEPLOYMENT -> 2;
    };
  }
}
