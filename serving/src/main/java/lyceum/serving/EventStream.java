package lyceum.serving;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Server-sent events; a client that went away is a {@link CloseConnectionException}. */
final class EventStream implements AutoCloseable {
  private final OutputStream out;

  EventStream(ServerResponse response) {
    response.header(HeaderNames.CONTENT_TYPE, "text/event-stream");
    response.header(HeaderNames.CACHE_CONTROL, "no-cache");
    out = response.outputStream();
  }

  void send(String data) {
    try {
      out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException | java.io.UncheckedIOException e) {
      throw gone(e);
    }
  }

  /** A comment, which clients skip: shows whether there is still one. */
  void ping() {
    try {
      out.write(": wait\n\n".getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException | java.io.UncheckedIOException e) {
      throw gone(e);
    }
  }

  private static CloseConnectionException gone(Exception e) {
    return new CloseConnectionException("The client went away.", e);
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException | java.io.UncheckedIOException e) {
      throw gone(e);
    }
  }
}
