package lyceum.serving;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** A request that is refused, in the shape in which OpenAI's API refuses. */
final class ApiException extends RuntimeException {
  private final int status;
  private final String type;
  private final @Nullable String param;
  private final @Nullable String code;

  ApiException(
      int status, String type, @Nullable String param, @Nullable String code, String message) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
  }

  static ApiException invalid(@Nullable String param, String message) {
    return new ApiException(400, "invalid_request_error", param, null, message);
  }

  static ApiException internal() {
    return new ApiException(
        500, "server_error", null, null, "The server failed on this request. Its log says why.");
  }

  int status() {
    return status;
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
