package lyceum.cli.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import lyceum.cli.screen.Screen;
import lyceum.contracts.Payloads;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.Test;

class ChatTest {
  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void read_joinsThePiecesUntilDone() throws IOException {
    List<String> pieces = new ArrayList<>();
    String whole =
        ChatClient.read(
            stream(
                "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"
                    + ": a comment\n\n"
                    + "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n"
                    + "data: {\"choices\":[{\"delta\":{\"content\":\"lo\"}}]}\n\n"
                    + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                    + "data: [DONE]\n\n"),
            pieces::add);
    assertThat(whole).isEqualTo("Hello");
    assertThat(pieces).containsExactly("Hel", "lo");
  }

  @Test
  void read_streamThatBreaksOff_isAnError() {
    assertThatThrownBy(
            () ->
                ChatClient.read(
                    stream("data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n"),
                    piece -> {}))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("broke off");
  }

  @Test
  void fullContext_forgetsTheOldestTurn_andAsksAgain() throws IOException {
    List<Integer> lengths = new ArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/v1/chat/completions",
        exchange -> {
          JsonNode body =
              Payloads.fromJson(
                  new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8),
                  JsonNode.class);
          int messages = body.path("messages").size();
          lengths.add(messages);
          if (messages > 3) {
            answer(
                exchange,
                400,
                "{\"error\":{\"message\":\"too long\",\"code\":\"context_length_exceeded\"}}");
          } else {
            answer(
                exchange,
                200,
                "data: {\"choices\":[{\"delta\":{\"content\":\"ok\"}}]}\n\ndata: [DONE]\n\n");
          }
        });
    server.start();
    try {
      Screen screen = new Screen(System.out, System.err, false, false, false, false, 80);
      ChatClient client =
          new ChatClient(URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1"));
      Chat chat = new Chat(client, "m", 0, screen);
      for (int i = 0; i < 3; i++) {
        chat.say("question " + i, piece -> {});
      }
    } finally {
      server.stop(0);
    }
    // One question; two with an answer between; then five messages do not fit and three do.
    assertThat(lengths).containsExactly(1, 3, 5, 3);
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
