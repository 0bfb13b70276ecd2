package lyceum.connectors.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import lyceum.connectors.network.PublicDns;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import okhttp3.Dns;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom a download connects to, whatever name servers and redirects say. */
class HttpDownloadTest {
  private static final String PUBLIC = "93.184.215.14";

  @TempDir Path work;

  /** Listens where only this machine may come. */
  private ServerSocketChannel inside;

  @BeforeEach
  void listen() throws IOException {
    inside = ServerSocketChannel.open();
    inside.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    inside.configureBlocking(false);
  }

  @AfterEach
  void close() throws IOException {
    inside.close();
  }

  private int port() throws IOException {
    return ((InetSocketAddress) inside.getLocalAddress()).getPort();
  }

  /** A name server that gives one answer after the other, the last for ever. */
  private static final class Answers implements Dns {
    private final Queue<List<String>> left = new ArrayDeque<>();
    private final List<String> asked = new ArrayList<>();

    Answers then(String... addresses) {
      left.add(List.of(addresses));
      return this;
    }

    @Override
    public List<InetAddress> lookup(String host) throws UnknownHostException {
      asked.add(host);
      List<InetAddress> addresses = new ArrayList<>();
      for (String address : left.size() > 1 ? left.remove() : left.element()) {
        addresses.add(InetAddress.getByName(address));
      }
      return addresses;
    }
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refusedBeforeConnecting(
      PublicDns names, String address) throws IOException {
    AbstractThrowableAssert<?, ? extends Throwable> refusal =
        assertThatThrownBy(
                () ->
                    new HttpDownload(0, Duration.ofMillis(1), names)
                        .run(URI.create(address), Optional.empty(), work.resolve("part")))
            .isInstanceOfSatisfying(
                LyceumException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER));
    assertThat(inside.accept()).as("a connection to the inside").isNull();
    return refusal;
  }

  @Test
  void name_thatWasPublicWhenItWasChecked_isCheckedWhereItIsConnectedTo() throws Exception {
    Answers names = new Answers().then(PUBLIC).then("127.0.0.1");
    PublicDns dns = new PublicDns(Set.of(), names);
    // The door's check, seconds before.
    assertThat(dns.lookup("books.example")).containsExactly(InetAddress.getByName(PUBLIC));

    refusedBeforeConnecting(dns, "https://books.example:" + port() + "/all.txt")
        .hasMessageContaining("not a public address")
        .hasMessageContaining("LYCEUM_CATALOGUE_PRIVATE_HOSTS");
    assertThat(names.asked).containsOnly("books.example").hasSize(2);
  }

  @Test
  void name_ofWhichOneAddressIsPrivate_isRefusedWhole() throws Exception {
    refusedBeforeConnecting(
            new PublicDns(Set.of(), new Answers().then(PUBLIC, "127.0.0.1")),
            "https://books.example:" + port() + "/all.txt")
        .hasMessageContaining("not a public address");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "127.1"})
  void privateAddress_writtenOut_isRefused(String host) throws Exception {
    refusedBeforeConnecting(new PublicDns(Set.of()), "https://" + host + ":" + port() + "/all.txt");
  }

  @Test
  void redirect_fromATrustedHostToTheInside_isRefused() throws Exception {
    HttpServer hub =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    String[] location = new String[1];
    hub.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("Location", location[0]);
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
    hub.start();
    try {
      PublicDns dns = new PublicDns(Set.of("hub.example"), new Answers().then("127.0.0.1"));
      URI address = URI.create("http://hub.example:" + hub.getAddress().getPort() + "/all.txt");
      location[0] = "https://metadata.example:" + port() + "/";
      refusedBeforeConnecting(dns, address.toString())
          .hasMessageContaining("metadata.example is at 127.0.0.1");

      location[0] = "http://localhost:" + port() + "/";
      refusedBeforeConnecting(dns, address.toString()).hasMessageContaining("is not https");
    } finally {
      hub.stop(0);
    }
  }

  @Test
  void host_thatAnAdministratorNamed_mayBePrivate() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 4);
          exchange
              .getResponseBody()
              .write("text".getBytes(java.nio.charset.StandardCharsets.UTF_8));
          exchange.close();
        });
    server.start();
    try {
      Path part = work.resolve("part");
      new HttpDownload(
              0,
              Duration.ofMillis(1),
              new PublicDns(Set.of("mirror.example"), new Answers().then("127.0.0.1")))
          .run(
              URI.create("http://mirror.example:" + server.getAddress().getPort() + "/all.txt"),
              Optional.empty(),
              part);
      assertThat(part).hasContent("text");
      assertThat(Files.size(part)).isEqualTo(4);
    } finally {
      server.stop(0);
    }
  }
}
