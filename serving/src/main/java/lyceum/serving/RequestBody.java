package lyceum.serving;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import lyceum.web.TimedConnections;

/** Reads requests' bodies within bounds of size; {@link TimedConnections} bounds the time. */
final class RequestBody {
  /** Longest request in bytes; a context of a million tokens fits. */
  static final int LONGEST_BODY = 8 << 20;

  private RequestBody() {}

  /** The whole body; a 413 when it is too long, a 408 when it does not come in time. */
  static byte[] read(ServerRequest request) {
    if (!request.content().hasEntity()) {
      throw ApiException.invalid(null, "The request has no body; a JSON object is expected.");
    }
    try (InputStream in = request.content().inputStream()) {
      byte[] body = in.readNBytes(LONGEST_BODY + 1);
      if (body.length > LONGEST_BODY) {
        throw new ApiException(
            413,
            "invalid_request_error",
            null,
            null,
            "The request's body is longer than " + LONGEST_BODY + " bytes.");
      }
      return body;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RequestException e) {
      if (e.status().code() != Status.REQUEST_TIMEOUT_408.code()) {
        throw e;
      }
      throw new ApiException(
          e.status().code(),
          "invalid_request_error",
          null,
          "request_timeout",
          String.valueOf(e.getMessage()));
    } catch (DataReader.InsufficientDataAvailableException e) {
      throw new CloseConnectionException("The client went away in the middle of its request.", e);
    }
  }
}
