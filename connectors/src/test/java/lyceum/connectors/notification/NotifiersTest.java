package lyceum.connectors.notification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import com.sun.net.httpserver.HttpServer;
import jakarta.mail.internet.MimeMessage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.ServerSocketChannel;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import lyceum.connectors.network.PublicDns;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.Notification;
import lyceum.core.WebhookSignature;
import okhttp3.Dns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NotifiersTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final Notification NEWS =
      new Notification(
          "id-1",
          Notification.Event.PROMOTED,
          NOW.toEpochMilli(),
          "Version 4 of tiny serves\r\nBcc: someone@example.org",
          "bob promoted it: läuft",
          new TreeMap<>(Map.of("modelLine", "tiny", "version", "4")));

  /** What a receiver got. */
  private record Got(String body, String signature, String delivery, String event) {}

  @Test
  void webhook_bringsSignedJson() throws Exception {
    AtomicReference<Got> got = new AtomicReference<>();
    HttpServer server = receiver(204, got);
    try {
      notifiers(webhook(server, true)).deliver("webhook", NEWS);
    } finally {
      server.stop(0);
    }

    Got request = got.get();
    JsonNode json = new ObjectMapper().readTree(request.body());
    assertThat(json.path("event").asText()).isEqualTo("model.promoted");
    assertThat(json.path("time").asText()).isEqualTo("2026-11-28T12:00:00Z");
    assertThat(json.path("about").path("version").asText()).isEqualTo("4");
    assertThat(request.event()).isEqualTo("model.promoted");
    assertThat(request.delivery()).isEqualTo("id-1");
    assertThat(
            WebhookSignature.refusal("secret", request.signature(), request.body().getBytes(), NOW))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 503, 429, 408})
  void webhook_thatIsDown_isTriedAgain(int status) throws Exception {
    assertThat(categoryOf(status)).isEqualTo(ErrorCategory.EXTERNAL);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 404, 302})
  void webhook_thatRefusesOrLeadsElsewhere_isNot(int status) throws Exception {
    assertThat(categoryOf(status)).isEqualTo(ErrorCategory.USER);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://127.0.0.1:9/x",
        "https://localhost:9/x",
        "https://[::1]:9/x",
        "https://[::ffff:10.0.0.1]:9/x",
        "https://169.254.169.254/latest/meta-data",
        "https://10.1.2.3/x",
        "https://192.168.0.1/x",
        "https://172.16.0.1/x",
        "https://100.64.0.1/x",
        "https://0.0.0.0/x",
        "https://[fd00::1]/x",
        "https://[64:ff9b::a00:1]/x"
      })
  void webhook_toAPrivateAddress_isRefusedUnlessAllowed(String url) {
    Notifiers notifiers =
        notifiers(new NotificationSettings.Webhook(URI.create(url), "secret", false));

    assertThatThrownBy(() -> notifiers.deliver("webhook", NEWS))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("not a public address")
        .hasMessageContaining("notify.webhook.private");
  }

  /** The name was public a moment ago; what counts is the look-up that is connected to. */
  @Test
  void webhook_whoseNameTurnsPrivate_isNotConnectedTo() throws Exception {
    try (ServerSocketChannel inside = ServerSocketChannel.open()) {
      inside.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      inside.configureBlocking(false);
      int port = ((InetSocketAddress) inside.getLocalAddress()).getPort();
      Queue<String> answers = new ArrayDeque<>(List.of("93.184.215.14", "127.0.0.1"));
      Dns names = host -> List.of(InetAddress.getByName(answers.remove()));
      assertThat(new PublicDns(Set.of(), names).lookup("hooks.example")).hasSize(1);

      Webhooks webhooks =
          new Webhooks(
              new NotificationSettings.Webhook(
                  URI.create("https://hooks.example:" + port + "/"), "secret", false),
              InstantSource.fixed(NOW),
              names);
      assertThatThrownBy(() -> webhooks.deliver(NEWS))
          .hasMessageContaining("hooks.example is at 127.0.0.1");
      assertThat(inside.accept()).as("a connection to the inside").isNull();
    }
  }

  @Test
  void webhook_inTheClear_isRefusedAtTheDoor() {
    assertThatThrownBy(
            () ->
                new NotificationSettings.Webhook(
                    URI.create("http://example.org/x"), "secret", false))
        .hasMessageContaining("not https");
    assertThatThrownBy(
            () -> new NotificationSettings.Webhook(URI.create("https://example.org"), "", false))
        .hasMessageContaining("notify.webhook.secret");
  }

  @Test
  void mail_arrivesAtAServer() throws Exception {
    GreenMail server = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    server.start();
    try {
      server.setUser("lyceum", "word");
      Notifiers notifiers =
          new Notifiers(
              new NotificationSettings(
                  Optional.empty(),
                  Optional.of(
                      new NotificationSettings.Mail(
                          "127.0.0.1",
                          server.getSmtp().getPort(),
                          NotificationSettings.Security.NONE,
                          "lyceum",
                          "word",
                          "lyceum@example.org",
                          List.of("ann@example.org", "bob@example.org")))));
      assertThat(notifiers.targets()).containsExactly("mail");

      notifiers.deliver("mail", NEWS);
      notifiers.deliver("mail", NEWS);

      MimeMessage[] received = server.getReceivedMessages();
      assertThat(received).hasSize(4);
      assertThat(received[0].getSubject())
          .isEqualTo("[lyceum] Version 4 of tiny serves Bcc: someone@example.org");
      assertThat(received[0].getHeader("Bcc")).isNull();
      assertThat(received[0].getContent().toString()).contains("läuft").contains("modelLine: tiny");
      assertThat(received[0].getMessageID()).isEqualTo(received[2].getMessageID());
      assertThat(received[0].getAllRecipients()).hasSize(2);
    } finally {
      server.stop();
    }
  }

  @Test
  void mail_serverDown_isTriedAgain() {
    Notifiers notifiers =
        new Notifiers(
            new NotificationSettings(
                Optional.empty(),
                Optional.of(
                    new NotificationSettings.Mail(
                        "127.0.0.1",
                        1,
                        NotificationSettings.Security.NONE,
                        "",
                        "",
                        "lyceum@example.org",
                        List.of("ann@example.org")))));

    assertThatThrownBy(() -> notifiers.deliver("mail", NEWS))
        .isInstanceOfSatisfying(
            LyceumException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.EXTERNAL));
  }

  private static ErrorCategory categoryOf(int status) throws Exception {
    HttpServer server = receiver(status, new AtomicReference<>());
    try {
      notifiers(webhook(server, true)).deliver("webhook", NEWS);
      throw new AssertionError("status " + status + " was taken as delivered");
    } catch (LyceumException e) {
      return e.category();
    } finally {
      server.stop(0);
    }
  }

  private static Notifiers notifiers(NotificationSettings.Webhook webhook) {
    return new Notifiers(
        new NotificationSettings(Optional.of(webhook), Optional.empty()), InstantSource.fixed(NOW));
  }

  private static NotificationSettings.Webhook webhook(HttpServer server, boolean isPrivate) {
    return new NotificationSettings.Webhook(
        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/hook"),
        "secret",
        isPrivate);
  }

  private static HttpServer receiver(int status, AtomicReference<Got> got) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/hook",
        exchange -> {
          got.set(
              new Got(
                  new String(exchange.getRequestBody().readAllBytes()),
                  exchange.getRequestHeaders().getFirst(WebhookSignature.HEADER),
                  exchange.getRequestHeaders().getFirst(WebhookSignature.DELIVERY),
                  exchange.getRequestHeaders().getFirst("X-Lyceum-Event")));
          exchange.getResponseHeaders().set("Location", "http://127.0.0.1:1/elsewhere");
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
    return server;
  }
}
