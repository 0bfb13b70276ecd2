package lyceum.console.http;

import java.util.List;
import java.util.Map;
import lyceum.application.outcome.RequestFailure;
import lyceum.contracts.Failures;
import lyceum.core.ErrorCategory;

/**
 * An error as RFC 9457 tells it.
 *
 * @param type {@code about:blank}: the status says what kind it is
 * @param title the status in words
 * @param detail what happened and what to do
 * @param code for programs: {@code not_found}, {@code invalid_request}, {@code unavailable} and the
 *     like
 * @param fieldErrors what is wrong with single parts of the request
 */
public record Problem(
    String type,
    String title,
    int status,
    String detail,
    String code,
    List<FieldError> fieldErrors) {
  private static final Map<Integer, String> TITLES =
      Map.ofEntries(
          Map.entry(400, "Invalid request"),
          Map.entry(401, "Not signed in"),
          Map.entry(403, "Not allowed"),
          Map.entry(404, "Not found"),
          Map.entry(405, "Method not allowed"),
          Map.entry(409, "Conflict"),
          Map.entry(412, "Changed meanwhile"),
          Map.entry(413, "Too large"),
          Map.entry(415, "Unsupported media type"),
          Map.entry(422, "Refused"),
          Map.entry(428, "Precondition required"),
          Map.entry(429, "Too many attempts"),
          Map.entry(500, "Internal error"),
          Map.entry(503, "Unavailable"));

  public Problem {
    fieldErrors = List.copyOf(fieldErrors);
  }

  /**
   * @param field path of the field, or the name of the parameter
   */
  public record FieldError(String field, String message) {}

  /** Ends the handling of a request with this problem. */
  public static final class Thrown extends RuntimeException {
    private final transient Problem problem;

    Thrown(Problem problem) {
      super(problem.detail());
      this.problem = problem;
    }

    public Problem problem() {
      return problem;
    }
  }

  public static Problem of(int status, String code, String detail, FieldError... fields) {
    return new Problem(
        "about:blank", TITLES.getOrDefault(status, "Error"), status, detail, code, List.of(fields));
  }

  public static Thrown thrown(int status, String code, String detail, FieldError... fields) {
    return new Thrown(of(status, code, detail, fields));
  }

  static Problem of(RequestFailure failure) {
    String detail = String.valueOf(failure.getMessage());
    return switch (failure.outcome()) {
      case INVALID -> of(400, "invalid_request", detail);
      case NOT_FOUND -> of(404, "not_found", detail);
      case ACCESS -> of(503, "access_refused", detail);
      case RUN_FAILED -> of(409, "run_failed", detail);
      case REFUSED -> of(422, "refused", detail);
      case CONFLICT -> of(409, "conflict", detail);
      case TIMED_OUT -> of(409, "not_done_yet", detail);
      case FAILED -> of(500, "internal", detail);
    };
  }

  /** What a failure means to who asked; internal ones are told apart by {@link #status}. */
  static Problem of(Throwable failure) {
    if (failure instanceof Thrown thrown) {
      return thrown.problem();
    }
    if (failure instanceof RequestFailure refused) {
      return of(refused);
    }
    ErrorCategory category = Failures.category(failure).orElse(ErrorCategory.INTERNAL);
    return switch (category) {
      case USER -> of(400, "invalid_request", Failures.reason(failure));
      case RESOURCE, EXTERNAL -> of(503, "unavailable", Failures.reason(failure));
      case INTERNAL -> of(500, "internal", "The console's log tells more.");
    };
  }
}
