package lyceum.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TracingTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";
  private static final String BODY =
      "{\"model\":\"tiny\",\"max_tokens\":4,\"ignore_eos\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

  @TempDir Path folder;

  private JsonNode asked(Tracing tracing, Map<String, String> headers) throws Exception {
    Path log = folder.resolve("log" + tracing.hashCode());
    try (RecordFolder records =
            RecordFolder.open(log, Optional.empty(), Instant::now, RecordFolder.Limits.KEPT);
        InferenceServer server =
            InferenceServer.start(
                ServerSettings.of("127.0.0.1", 0, Optional.empty()),
                EngineSetup.of(2),
                Optional.of(TinyModels.served(1, 1)),
                records,
                tracing);
        HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(server.address().resolve("/v1/chat/completions"))
              .POST(HttpRequest.BodyPublishers.ofString(BODY));
      headers.forEach(request::header);
      HttpResponse<String> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }
    try (var files = Files.walk(log)) {
      Path file =
          files
              .filter(f -> f.getFileName().toString().startsWith("exchanges-"))
              .findFirst()
              .orElseThrow();
      return new ObjectMapper().readTree(Files.readString(file));
    }
  }

  @Test
  void endpoint_getsTheRequestsSpanWithinItsTraceAndItsPhases() throws Exception {
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    HttpServer collector = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    collector.createContext(
        "/v1/traces",
        exchange -> {
          synchronized (received) {
            exchange.getRequestBody().transferTo(received);
          }
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    try (Tracing tracing =
        Tracing.of(
            Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://127.0.0.1:" + collector.getAddress().getPort()))) {
      JsonNode entry = asked(tracing, Map.of("traceparent", "00-" + TRACE + "-" + PARENT + "-01"));
      assertThat(entry.path("trace_id").asText()).isEqualTo(TRACE);
    } finally {
      collector.stop(0);
    }
    // Strings and ids stand in the protobuf message as they are.
    String message = received.toString(StandardCharsets.ISO_8859_1);
    assertThat(message)
        .contains(bytes(TRACE), bytes(PARENT), "lyceum-serving", "POST /v1/chat/completions")
        .contains("queue", "prefill", "decode")
        .contains("gen_ai.request.model", "gen_ai.usage.output_tokens", "chatcmpl-")
        .contains("gen_ai.response.finish_reasons", "length");
  }

  private static String bytes(String hex) {
    return new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
  }

  @Test
  void noEndpoint_theTraceIsInTheLogAllTheSame() throws Exception {
    assertThat(Tracing.of(Map.of())).isSameAs(Tracing.NONE);
    JsonNode entry =
        asked(Tracing.NONE, Map.of("traceparent", "00-" + TRACE + "-" + PARENT + "-01"));
    assertThat(entry.path("trace_id").asText()).isEqualTo(TRACE);
  }

  @Test
  void noOrBrokenParent_noTrace() throws Exception {
    for (String parent : List.of("", "00-0-0-01", "nonsense")) {
      Map<String, String> headers = parent.isEmpty() ? Map.of() : Map.of("traceparent", parent);
      JsonNode entry = asked(Tracing.NONE, headers);
      assertThat(entry.has("trace_id")).as(parent).isFalse();
      try (var files = Files.walk(folder)) {
        for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
          if (!file.equals(folder)) {
            Files.delete(file);
          }
        }
      }
    }
  }
}
