package lyceum.application.outcome;

import org.jspecify.annotations.Nullable;

/** A request that was not carried out, with a message for a person and how it failed. */
public final class RequestFailure extends RuntimeException {
  private final Outcome outcome;

  public RequestFailure(Outcome outcome, String message) {
    this(outcome, message, null);
  }

  public RequestFailure(Outcome outcome, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.outcome = outcome;
  }

  public Outcome outcome() {
    return outcome;
  }
}
