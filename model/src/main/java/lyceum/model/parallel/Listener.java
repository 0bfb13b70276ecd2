package lyceum.model.parallel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import lyceum.model.parallel.Handshake.Admission;
import lyceum.model.parallel.Handshake.Hello;
import lyceum.model.parallel.Handshake.Refusal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for other ranks. Each connection shakes hands on a thread of its own, so that one that
 * says nothing keeps nobody waiting; strangers are turned away and the listening goes on.
 */
final class Listener implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

  private final ServerSocketChannel server;
  private final InetSocketAddress address;
  private final RunToken token;
  private final SecureRandom random;

  /** Takes over a connection whose other side has the token and was admitted. */
  @FunctionalInterface
  interface Welcome {
    void accept(Hello hello, SocketChannel channel) throws IOException;
  }

  Listener(InetSocketAddress at, RunToken token, SecureRandom random) throws IOException {
    this.server = ServerSocketChannel.open().bind(at);
    this.address = (InetSocketAddress) server.getLocalAddress();
    this.token = token;
    this.random = random;
  }

  InetSocketAddress address() {
    return address;
  }

  void start(Admission admission, Welcome welcome) {
    Thread.ofVirtual()
        .name("ranks come to " + address)
        .start(
            () -> {
              try {
                while (true) {
                  SocketChannel channel = server.accept();
                  Thread.ofVirtual()
                      .name("handshake")
                      .start(() -> shakeHands(channel, admission, welcome));
                }
              } catch (IOException e) {
                // The listener was closed; nobody else is expected.
              }
            });
  }

  private void shakeHands(SocketChannel channel, Admission admission, Welcome welcome) {
    try {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      welcome.accept(Handshake.accept(channel.socket(), token, random, admission), channel);
    } catch (IOException | Refusal e) {
      LOG.warn("Turned away {}: {}", channel.socket().getRemoteSocketAddress(), e.getMessage());
      try {
        channel.close();
      } catch (IOException closing) {
        // Closing is all that was wanted of it.
      }
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      // Closing is all that was wanted of it.
    }
  }
}
