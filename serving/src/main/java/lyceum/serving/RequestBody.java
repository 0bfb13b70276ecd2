package lyceum.serving;

import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;

/** Reads requests' bodies within bounds of size and time. */
final class RequestBody {
  /** Longest request in bytes; a context of a million tokens fits. */
  static final int LONGEST_BODY = 8 << 20;

  private RequestBody() {}

  /** The whole body; a 413 when it is too long, a 408 when it does not come. */
  static byte[] read(ServerRequest request, Duration patience) {
    if (!request.content().hasEntity()) {
      throw ApiException.invalid(null, "The request has no body; a JSON object is expected.");
    }
    long limit = System.nanoTime() + patience.toNanos();
    try (InputStream in = request.content().inputStream()) {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      byte[] part = new byte[1 << 14];
      for (int count = in.read(part); count >= 0; count = in.read(part)) {
        body.write(part, 0, count);
        if (body.size() > LONGEST_BODY) {
          throw new ApiException(
              413,
              "invalid_request_error",
              null,
              null,
              "The request's body is longer than " + LONGEST_BODY + " bytes.");
        }
        if (System.nanoTime() > limit) {
          throw late(patience);
        }
      }
      return body.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (DataReader.InsufficientDataAvailableException e) {
      throw new CloseConnectionException("The client went away in the middle of its request.", e);
    }
  }

  private static ApiException late(Duration patience) {
    return new ApiException(
        408,
        "invalid_request_error",
        null,
        "request_timeout",
        "The request did not arrive within " + patience.toSeconds() + " seconds.");
  }
}
