package lyceum.serving;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Server-sent events. They are collected and go out together with {@link #flush}: a sender that
 * lags behind the engine writes less often, and still one event for each token.
 */
final class EventStream implements AutoCloseable {
  private final OutputStream out;
  private final ByteArrayOutputStream collected = new ByteArrayOutputStream();

  EventStream(ServerResponse response) {
    response.header(HeaderNames.CONTENT_TYPE, "text/event-stream");
    response.header(HeaderNames.CACHE_CONTROL, "no-cache");
    out = response.outputStream();
  }

  /** Adds an event to those that go out next. */
  void add(String data) {
    collected.writeBytes(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Adds a comment, which clients skip: sending it shows whether there is still one. */
  void addPing() {
    collected.writeBytes(": wait\n\n".getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Sends what was added.
   *
   * @throws CloseConnectionException when the client went away
   */
  void flush() {
    if (collected.size() == 0) {
      return;
    }
    try {
      collected.writeTo(out);
      collected.reset();
      out.flush();
    } catch (IOException | java.io.UncheckedIOException e) {
      throw gone(e);
    }
  }

  private static CloseConnectionException gone(Exception e) {
    return new CloseConnectionException("The client went away.", e);
  }

  /** Sends what was added and ends the stream. */
  @Override
  public void close() {
    flush();
    try {
      out.close();
    } catch (IOException | java.io.UncheckedIOException e) {
      throw gone(e);
    }
  }
}
