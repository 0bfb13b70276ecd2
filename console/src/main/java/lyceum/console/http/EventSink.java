package lyceum.console.http;

import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events of one connection; the answer begins with the first of them, so that until
 * then a failure can be told by its status. Not thread-safe.
 */
public final class EventSink {
  private final Supplier<OutputStream> opening;
  private @Nullable OutputStream out;

  EventSink(Supplier<OutputStream> opening) {
    this.opening = opening;
  }

  /**
   * @param event empty for an event without a name
   * @param id empty for an event that cannot be gone on from
   * @param data one line
   * @throws UncheckedIOException when the client has gone
   */
  public void send(String event, String id, String data) {
    write(
        (event.isEmpty() ? "" : "event: " + event + "\n")
            + (id.isEmpty() ? "" : "id: " + id + "\n")
            + "data: "
            + data
            + "\n\n");
  }

  /** Says that the connection lives; notices when the client has gone. */
  public void beat() {
    write(":\n\n");
  }

  private void write(String text) {
    try {
      OutputStream stream = out == null ? out = opening.get() : out;
      stream.write(text.getBytes(StandardCharsets.UTF_8));
      stream.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (CloseConnectionException e) {
      throw new UncheckedIOException(new IOException("The client has gone.", e));
    }
  }

  void close() {
    try {
      OutputStream stream = out == null ? out = opening.get() : out;
      stream.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (CloseConnectionException e) {
      throw new UncheckedIOException(new IOException("The client has gone.", e));
    }
  }
}
