package lyceum.serving;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A request that is refused, in the shape in which OpenAI's API refuses. */
final class ApiException extends RuntimeException {
  private final int status;
  private final String type;
  private final @Nullable String param;
  private final @Nullable String code;
  private final long retryAfter;

  ApiException(
      int status, String type, @Nullable String param, @Nullable String code, String message) {
    this(status, type, param, code, message, 0);
  }

  private ApiException(
      int status,
      String type,
      @Nullable String param,
      @Nullable String code,
      String message,
      long retryAfter) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  static ApiException invalid(@Nullable String param, String message) {
    return new ApiException(400, "invalid_request_error", param, null, message);
  }

  /**
   * @param seconds after which it may be tried again
   */
  static ApiException tooMany(String code, String message, long seconds) {
    return new ApiException(429, "rate_limit_error", null, code, message, seconds);
  }

  /**
   * @param param the field that is too long
   */
  static ApiException contextExceeded(String param, int context, int tokens) {
    return new ApiException(
        400,
        "invalid_request_error",
        param,
        "context_length_exceeded",
        "This model's context holds "
            + context
            + " tokens and an answer needs at least one; the "
            + param
            + " have "
            + tokens
            + " tokens. Shorten them, or send 'truncation': 'auto' with a chat to leave out its oldest"
            + " messages.");
  }

  static ApiException internal() {
    return new ApiException(
        500, "server_error", null, null, "The server failed on this request. Its log says why.");
  }

  int status() {
    return status;
  }

  /** Seconds for the header of that name. */
  OptionalLong retryAfter() {
    return retryAfter > 0 ? OptionalLong.of(retryAfter) : OptionalLong.empty();
  }

  ObjectNode json() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    ObjectNode error = body.putObject("error");
    error.put("message", getMessage());
    error.put("type", type);
    error.put("param", param);
    error.put("code", code);
    return body;
  }
}
