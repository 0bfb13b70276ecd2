package lyceum.core;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A failure with a category. The message names the thing, shows the value and says what to do. */
public final class LyceumException extends RuntimeException {
  private final ErrorCategory category;

  public LyceumException(ErrorCategory category, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.category = Objects.requireNonNull(category);
  }

  public ErrorCategory category() {
    return category;
  }

  public static LyceumException user(String message) {
    return new LyceumException(ErrorCategory.USER, message, null);
  }

  public static LyceumException user(String message, Throwable cause) {
    return new LyceumException(ErrorCategory.USER, message, cause);
  }

  public static LyceumException internal(String message) {
    return new LyceumException(ErrorCategory.INTERNAL, message, null);
  }

  public static LyceumException internal(String message, Throwable cause) {
    return new LyceumException(ErrorCategory.INTERNAL, message, cause);
  }

  public static LyceumException resource(String message) {
    return new LyceumException(ErrorCategory.RESOURCE, message, null);
  }

  public static LyceumException resource(String message, Throwable cause) {
    return new LyceumException(ErrorCategory.RESOURCE, message, cause);
  }

  public static LyceumException external(String message) {
    return new LyceumException(ErrorCategory.EXTERNAL, message, null);
  }

  public static LyceumException external(String message, Throwable cause) {
    return new LyceumException(ErrorCategory.EXTERNAL, message, cause);
  }
}
