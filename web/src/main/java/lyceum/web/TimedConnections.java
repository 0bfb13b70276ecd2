package lyceum.web;

import io.helidon.common.buffers.BufferData;
import io.helidon.http.Status;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionListener;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;

/**
 * HTTP/1.1 connections whose clients have to get on with it: from its first byte, a request must
 * arrive whole within a time, header and body, else the answer is a 408 and the connection is
 * closed; so are connections on which no request begins, and those whose client does not read its
 * answer. Without it, clients that send a byte now and then hold connections for ever (CWE-400,
 * "slow HTTP"): Helidon 4.5 sets no read timeout on a socket, and its idle timeout ends only
 * connections that wait for a request's first line.
 */
public final class TimedConnections implements ServerConnectionSelector {
  /** Longer than any process lives. */
  private static final Duration NEVER = Duration.ofDays(10_000);

  private final ServerConnectionSelector http1;
  private final Duration arrival;
  private final Duration idle;

  private TimedConnections(Duration arrival, Duration idle) {
    this.arrival = arrival;
    this.idle = idle;
    this.http1 =
        Http1ConnectionSelector.builder()
            .config(Http1Config.builder().addSendListener(new Answers()).build())
            .build();
  }

  /**
   * Makes a server take such connections and no others.
   *
   * @param arrival from a request's first byte to its last, from connecting to the first byte, and
   *     for the client to take a part of its answer
   * @param idle from an answer to the first byte of the next request
   */
  public static void limit(WebServerConfig.Builder server, Duration arrival, Duration idle) {
    server
        .addConnectionSelector(new TimedConnections(arrival, idle))
        // With a second protocol to tell apart, the first bytes would be waited for without limit.
        .protocolsDiscoverServices(false)
        // It would also end connections whose answer takes long, after promising to keep them.
        .idleConnectionTimeout(NEVER);
  }

  @Override
  public int bytesToIdentifyConnection() {
    return http1.bytesToIdentifyConnection();
  }

  @Override
  public Support supports(BufferData data) {
    return http1.supports(data);
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return http1.supportedApplicationProtocols();
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    return http1.connection(new TimedContext(context, arrival, idle));
  }

  /** Tells a connection that its request is being answered. */
  private static final class Answers implements Http1ConnectionListener {
    @Override
    public void status(ConnectionContext context, Status status) {
      ((TimedContext) context).answered();
    }
  }
}
