package lyceum.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.http.RequestException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that dawdle, over real sockets. Where nothing limits them, the tests would not end. */
class TimedConnectionsTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofMinutes(10);

  private static final int LARGE = 64;

  private final CompletableFuture<Void> written = new CompletableFuture<>();
  private WebServer server = WebServer.builder().build();

  @AfterEach
  void stop() {
    server.stop();
  }

  private Socket connect(Duration arrival, Duration idle) throws IOException {
    WebServerConfig.Builder builder =
        WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .shutdownHook(false)
            .routing(
                routing ->
                    routing
                        .get("/", (request, response) -> response.send("hello"))
                        .post(
                            "/",
                            (request, response) ->
                                response.send(request.content().as(byte[].class).length + " bytes"))
                        .post(
                            "/own",
                            (request, response) -> {
                              try {
                                request.content().as(byte[].class);
                              } catch (RequestException e) {
                                response.status(e.status()).send("an answer of its own");
                              }
                            })
                        .get("/large", (request, response) -> sendLarge(response))
                        .get(
                            "/slow",
                            (request, response) -> {
                              Thread.sleep(3 * SHORT.toMillis());
                              response.send("at last");
                            }));
    TimedConnections.limit(builder, arrival, idle);
    server = builder.build().start();
    return new Socket("127.0.0.1", server.port());
  }

  /** More than the buffers between server and client hold. */
  private void sendLarge(ServerResponse response) {
    try (OutputStream out = response.outputStream()) {
      for (int i = 0; i < LARGE; i++) {
        out.write(new byte[1 << 20]);
      }
      written.complete(null);
    } catch (IOException | RuntimeException e) {
      written.completeExceptionally(e);
    }
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
  }

  /** All that comes until the server closes. */
  private static String all(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }

  /** Reads up to the given text. */
  private static void await(Socket socket, String text) throws IOException {
    InputStream in = socket.getInputStream();
    StringBuilder read = new StringBuilder();
    while (!read.toString().endsWith(text)) {
      int c = in.read();
      assertThat(c).as("after '%s'", read).isNotNegative();
      read.append((char) c);
    }
  }

  /** Sends a byte now and then until the server has had enough. */
  private static String drip(Socket socket, char drop) throws Exception {
    while (socket.getInputStream().available() == 0) {
      try {
        send(socket, Character.toString(drop));
      } catch (IOException closed) {
        break;
      }
      Thread.sleep(20);
    }
    return all(socket);
  }

  @Test
  void silence_closed() throws Exception {
    try (Socket socket = connect(SHORT, LONG)) {
      assertThat(all(socket)).isEmpty();
    }
  }

  @Test
  void requestLine_dripping_cut() throws Exception {
    try (Socket socket = connect(SHORT, LONG)) {
      send(socket, "GET /");
      assertThat(drip(socket, 'a')).startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void header_dripping_cut() throws Exception {
    try (Socket socket = connect(SHORT, LONG)) {
      send(socket, "GET / HTTP/1.1\r\nHost: x\r\nX-Long: ");
      assertThat(drip(socket, 'a')).startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void header_stalled_cut() throws Exception {
    try (Socket socket = connect(SHORT, LONG)) {
      send(socket, "GET / HTTP/1.1\r\nHost: x\r\n");
      assertThat(all(socket)).startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void body_stalled_cut() throws Exception {
    try (Socket socket = connect(SHORT, LONG)) {
      send(socket, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
      assertThat(all(socket)).startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void body_stalled_handlersOwnAnswer_theOnlyOne() throws Exception {
    try (Socket socket = connect(SHORT, LONG)) {
      send(socket, "POST /own HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
      assertThat(all(socket))
          .startsWith("HTTP/1.1 408 ")
          .endsWith("an answer of its own")
          .containsOnlyOnce("HTTP/1.1");
    }
  }

  @Test
  void body_dripping_cut() throws Exception {
    try (Socket socket = connect(SHORT, LONG)) {
      send(socket, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfff0\r\n");
      assertThat(drip(socket, 'a')).startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void keptAlive_noNextRequest_closed() throws Exception {
    try (Socket socket = connect(LONG, SHORT)) {
      send(socket, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      await(socket, "hello");
      assertThat(all(socket)).isEmpty();
    }
  }

  @Test
  void keptAlive_nextRequestDripping_cut() throws Exception {
    try (Socket socket = connect(SHORT, LONG)) {
      send(socket, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      await(socket, "hello");
      send(socket, "GET / HTTP/1.1\r\nX-Long: ");
      assertThat(drip(socket, 'a')).startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void answer_takingLongerThanTheLimits_whole() throws Exception {
    try (Socket socket = connect(SHORT, SHORT)) {
      send(socket, "GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assertThat(all(socket)).endsWith("at last");
    }
  }

  @Test
  void answer_neverRead_cut() throws Exception {
    try (Socket socket = connect(SHORT, LONG)) {
      send(socket, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(written).failsWithin(Duration.ofSeconds(30));
    }
  }

  @Test
  void answer_readSlowly_whole() throws Exception {
    try (Socket socket = connect(SHORT, LONG)) {
      send(socket, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
      byte[] some = new byte[1 << 20];
      for (int part = 0; part < LARGE; part++) {
        assertThat(socket.getInputStream().readNBytes(some, 0, some.length)).isEqualTo(some.length);
        Thread.sleep(10);
      }
      await(socket, "\r\n0\r\n\r\n");
      assertThat(written).succeedsWithin(Duration.ofSeconds(30));
    }
  }

  @Test
  void requests_oneAfterTheOther_answered() throws Exception {
    try (Socket socket = connect(LONG, LONG)) {
      for (int size : new int[] {1, 20_000, 300_000}) {
        send(socket, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + size + "\r\n\r\n");
        send(socket, "a".repeat(size));
        await(socket, size + " bytes");
      }
      // Two at a time: the second is read with the first.
      send(socket, "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2));
      await(socket, "hello");
      await(socket, "hello");
    }
  }

  @Test
  void stop_whileAConnectionWaits_returns() throws Exception {
    try (Socket socket = connect(LONG, LONG)) {
      send(socket, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      await(socket, "hello");
      server.stop();
      assertThat(all(socket)).isEmpty();
    }
  }
}
