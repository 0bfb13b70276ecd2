package lyceum.web;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.http.DirectHandler;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.ServerConnectionException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A connection that waits for its client only so long. The socket is read by a thread of its own
 * for each part, as a read of a channel cannot be given up: the one that waits for it can.
 */
final class TimedContext implements ConnectionContext {
  private enum State {
    /** No byte of the next request has come. */
    WAITING,
    /** A request is coming in. */
    RECEIVING,
    /** The time was up. */
    OVER,
    /** It was, and the client has been told. */
    TOLD
  }

  private final ConnectionContext connection;
  private final DataReader reader;
  private final DataWriter writer;
  private final Duration arrival;
  private final Duration idle;

  // The connection's thread reads; an answer may begin on another.
  private volatile State state = State.WAITING;
  private volatile long deadline;

  TimedContext(ConnectionContext connection, Duration arrival, Duration idle) {
    this.connection = connection;
    this.arrival = arrival;
    this.idle = idle;
    this.deadline = System.nanoTime() + arrival.toNanos();
    this.reader = DataReader.create(this::next);
    this.writer =
        new TimedWriter(connection.dataWriter(), connection.serverSocket()::close, arrival);
  }

  /** From now on, the next request is waited for. */
  void answered() {
    if (state == State.OVER) {
      state = State.TOLD;
    } else if (state != State.TOLD) {
      deadline = System.nanoTime() + idle.toNanos();
      state = State.WAITING;
    }
  }

  /**
   * What comes next from the socket, at least a byte; null at its end.
   *
   * @throws RequestException 408 when a request did not arrive in time
   * @throws CloseConnectionException when none began in time, or the socket failed
   */
  private byte @Nullable [] next() {
    if (state == State.OVER) {
      throw late();
    }
    if (state == State.TOLD) {
      throw new CloseConnectionException("The request did not arrive in time.");
    }
    FutureTask<byte @Nullable []> read = new FutureTask<>(connection.serverSocket()::get);
    Thread.ofVirtual().name("read " + childSocketId()).start(read);
    try {
      byte[] bytes = read.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (state == State.WAITING) {
        deadline = System.nanoTime() + arrival.toNanos();
        state = State.RECEIVING;
      }
      return bytes;
    } catch (TimeoutException e) {
      boolean began = state == State.RECEIVING;
      state = State.OVER;
      throw began ? late() : new CloseConnectionException("No request came in time.", e);
    } catch (InterruptedException e) {
      // The server stops: the connection's thread closes the socket, which ends the read.
      Thread.currentThread().interrupt();
      throw new ServerConnectionException("Interrupted while waiting for a request.", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UncheckedIOException failure) {
        throw new ServerConnectionException("Reading the socket failed.", failure);
      }
      throw new IllegalStateException("Reading the socket failed.", e.getCause());
    }
  }

  private RequestException late() {
    return RequestException.builder()
        .type(DirectHandler.EventType.OTHER)
        .status(Status.REQUEST_TIMEOUT_408)
        .setKeepAlive(false)
        .safeMessage(true)
        .message("The request did not arrive within " + arrival.toMillis() / 1000.0 + " seconds.")
        .build();
  }

  @Override
  public DataReader dataReader() {
    return reader;
  }

  @Override
  public ListenerContext listenerContext() {
    return connection.listenerContext();
  }

  @Override
  public ExecutorService executor() {
    return connection.executor();
  }

  @Override
  public DataWriter dataWriter() {
    return writer;
  }

  @Override
  public Router router() {
    return connection.router();
  }

  @Override
  public Optional<ProxyProtocolData> proxyProtocolData() {
    return connection.proxyProtocolData();
  }

  @Override
  public HelidonSocket serverSocket() {
    return connection.serverSocket();
  }

  @Override
  public PeerInfo remotePeer() {
    return connection.remotePeer();
  }

  @Override
  public PeerInfo localPeer() {
    return connection.localPeer();
  }

  @Override
  public boolean isSecure() {
    return connection.isSecure();
  }

  @Override
  public String socketId() {
    return connection.socketId();
  }

  @Override
  public String childSocketId() {
    return connection.childSocketId();
  }
}
