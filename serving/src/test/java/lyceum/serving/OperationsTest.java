package lyceum.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys, kept chats, logs and feedback, several models, and changes under load. */
class OperationsTest {
  private static final String TOKEN = "test-token";
  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private InferenceServer server = start(settings(), Optional.empty(), ExchangeLog.NONE);
  @TempDir Path folder;

  private static ServerSettings settings() {
    return new ServerSettings("127.0.0.1", 0, Optional.of(TOKEN), 8, 256)
        .drainingFor(Duration.ofSeconds(60));
  }

  private static InferenceServer start(
      ServerSettings settings, Optional<ServedModel> model, ExchangeLog log) {
    return InferenceServer.start(settings, EngineSetup.of(8), model, log, Tracing.NONE);
  }

  private void restart(ServerSettings settings, ExchangeLog log) {
    server.close();
    server = start(settings, Optional.of(TinyModels.served(1, 1)), log);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> send(String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.address().resolve(path))
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> chat(String fields, String content, String... headers)
      throws IOException, InterruptedException {
    return send("POST", "/v1/chat/completions", body("tiny", fields, content), headers);
  }

  private static String body(String model, String fields, String content) {
    return "{\"model\":\"%s\",%s\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
        .formatted(model, fields.isEmpty() ? "" : fields + ",", content);
  }

  private HttpResponse<String> admin(String path, String body)
      throws IOException, InterruptedException {
    return send("POST", path, body, "Authorization", "Bearer " + TOKEN);
  }

  private String content(HttpResponse<String> response) throws IOException {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return json.readTree(response.body()).at("/choices/0/message/content").asText();
  }

  @Test
  void keys_missingWrongAndLimits() throws Exception {
    Path keys = folder.resolve("keys.json");
    Files.writeString(
        keys,
        """
        [{"key": "sk-alice-1", "name": "alice", "requests_per_minute": 1},
         {"key": "sk-bob-001", "name": "bob", "tokens_per_minute": 5},
         {"key": "sk-carol-1", "name": "carol", "concurrent": 1}]
        """);
    restart(settings().withKeys(keys), ExchangeLog.NONE);
    assertThat(chat("\"max_tokens\":1", "Hi").statusCode()).isEqualTo(401);
    HttpResponse<String> wrong =
        chat("\"max_tokens\":1", "Hi", "Authorization", "Bearer sk-mallory");
    assertThat(wrong.statusCode()).isEqualTo(401);
    assertThat(wrong.body()).contains("invalid_api_key").doesNotContain("sk-mallory");
    assertThat(send("GET", "/v1/models", "").statusCode()).isEqualTo(401);
    assertThat(chat("\"max_tokens\":1", "Hi", "Authorization", "Bearer sk-alice-1").statusCode())
        .isEqualTo(200);
    HttpResponse<String> second =
        chat("\"max_tokens\":1", "Hi", "Authorization", "Bearer sk-alice-1");
    assertThat(second.statusCode()).isEqualTo(429);
    assertThat(Integer.parseInt(second.headers().firstValue("retry-after").orElseThrow()))
        .isBetween(1, 60);
    assertThat(chat("\"max_tokens\":4", "Hi", "Authorization", "Bearer sk-bob-001").statusCode())
        .isEqualTo(200);
    assertThat(chat("\"max_tokens\":4", "Hi", "Authorization", "Bearer sk-bob-001").body())
        .contains("5 tokens a minute");
    assertThat(chat("\"max_tokens\":4", "Hi", "Authorization", "Bearer sk-carol-1").statusCode())
        .isEqualTo(200);
  }

  @Test
  void keys_requestsAtATime() throws Exception {
    Path keys = folder.resolve("keys.json");
    Files.writeString(
        keys,
        """
        [{"key": "sk-carol-1", "name": "carol", "concurrent": 1}, {"key": "sk-dave-01", "name": "dave"}]
        """);
    TinyModels.Gated gated = TinyModels.gated(1, 1);
    server.close();
    server = start(settings().withKeys(keys), Optional.of(gated.model()), ExchangeLog.NONE);
    gated.gate().shut();
    ConcurrentLinkedQueue<Integer> statuses = new ConcurrentLinkedQueue<>();
    List<Thread> clients = new ArrayList<>();
    for (String key : List.of("sk-carol-1", "sk-dave-01", "sk-dave-01")) {
      clients.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      statuses.add(
                          chat("\"max_tokens\":2", "Hi", "Authorization", "Bearer " + key)
                              .statusCode());
                    } catch (Exception e) {
                      statuses.add(-1);
                    }
                  }));
    }
    await(() -> server.present() == 3);
    HttpResponse<String> second =
        chat("\"max_tokens\":2", "Hi", "Authorization", "Bearer sk-carol-1");
    assertThat(second.statusCode()).isEqualTo(429);
    assertThat(second.body()).contains("1 requests at a time");
    assertThat(second.headers().firstValue("retry-after")).hasValue("1");
    gated.gate().open();
    for (Thread client : clients) {
      client.join();
    }
    assertThat(statuses).containsExactly(200, 200, 200);
    assertThat(chat("\"max_tokens\":2", "Hi", "Authorization", "Bearer sk-carol-1").statusCode())
        .isEqualTo(200);
  }

  @Test
  void conversation_keptByIdAndOldTurnsLeftOutWithNotice() throws Exception {
    restart(settings(), ExchangeLog.NONE);
    String first = content(chat("\"conversation\":\"c1\",\"max_tokens\":12", "What is 4?"));
    String second = content(chat("\"conversation\":\"c1\",\"max_tokens\":12", "And 5?"));
    ObjectNode whole = json.createObjectNode().put("model", "tiny").put("max_tokens", 12);
    whole.putArray("messages").addObject().put("role", "user").put("content", "What is 4?");
    whole.withArray("messages").addObject().put("role", "assistant").put("content", first);
    whole.withArray("messages").addObject().put("role", "user").put("content", "And 5?");
    assertThat(content(send("POST", "/v1/chat/completions", whole.toString()))).isEqualTo(second);

    ObjectNode pinned = json.createObjectNode().put("model", "tiny").put("max_tokens", 4);
    pinned.put("conversation", "c2");
    pinned.putArray("messages").addObject().put("role", "system").put("content", "Be brief.");
    pinned.withArray("messages").addObject().put("role", "user").put("content", "x ".repeat(60));
    int dropped = 0;
    for (int turn = 0; turn < 8; turn++) {
      HttpResponse<String> response = send("POST", "/v1/chat/completions", pinned.toString());
      JsonNode answer = json.readTree(response.body());
      assertThat(answer.at("/usage/prompt_tokens").asInt()).isBetween(100, 510);
      dropped = answer.at("/conversation/dropped_messages").asInt();
      assertThat(response.headers().firstValue("x-lyceum-dropped-messages"))
          .hasValue(Integer.toString(dropped));
    }
    assertThat(dropped).isPositive();
    HttpResponse<String> refused =
        send("POST", "/v1/chat/completions", pinned.put("truncation", "disabled").toString());
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("context_length_exceeded");
    assertThat(send("DELETE", "/v1/conversations/c2", "").body()).contains("\"deleted\":true");
  }

  @Test
  void log_textOnlyWithConsentAndWithoutPersonalData_feedbackKept() throws Exception {
    Path log = folder.resolve("log");
    RecordFolder records =
        RecordFolder.open(
            log,
            Optional.empty(),
            () -> Instant.parse("2026-11-22T00:00:00Z"),
            RecordFolder.Limits.KEPT);
    restart(settings(), records);
    chat("\"max_tokens\":3", "secret one");
    HttpResponse<String> told =
        chat(
            "\"max_tokens\":3,\"store\":true",
            "I am ann@example.org, call +49 30 1234567 or pay 4111 1111 1111 1111");
    String id = json.readTree(told.body()).path("id").asText();
    assertThat(told.headers().firstValue("x-request-id")).hasValue(id);
    assertThat(
            send(
                    "POST",
                    "/v1/feedback",
                    "{\"request_id\":\""
                        + id
                        + "\",\"rating\":\"up\",\"edit\":\"Ask bob@example.org\"}")
                .statusCode())
        .isEqualTo(200);
    assertThat(send("POST", "/v1/feedback", "{\"request_id\":\"" + id + "\"}").statusCode())
        .isEqualTo(400);
    assertThat(
            send("POST", "/v1/feedback", "{\"request_id\":\"../x\",\"rating\":\"up\"}")
                .statusCode())
        .isEqualTo(400);
    // Who has an answer whole finds it in the log.
    List<String> kept = Files.readAllLines(log.resolve("open/exchanges-2026-11-22.jsonl"));
    assertThat(kept).hasSize(2);
    String exchanges = String.join("\n", kept);
    assertThat(exchanges)
        .doesNotContain("secret one")
        .doesNotContain("ann@example")
        .doesNotContain("4111")
        .contains("I am [EMAIL], call [PHONE] or pay [CARD]")
        .contains("\"completion_tokens\":3")
        .contains("\"digest\":\"digest-1\"");
    assertThat(Files.readString(log.resolve("open/feedback-2026-11-22.jsonl")))
        .contains(id)
        .contains("\"rating\":\"up\"")
        .contains("Ask [EMAIL]");
  }

  @Test
  void metrics_namesThatOperatorsKnow() throws Exception {
    restart(settings(), ExchangeLog.NONE);
    chat("\"max_tokens\":5,\"ignore_eos\":true", "What is 4 plus 5? It is 9, says the cafe.");
    chat("\"max_tokens\":5,\"ignore_eos\":true", "What is 4 plus 5? It is 9, says the cafe.");
    String page = send("GET", "/metrics", "").body();
    String labels = "{model_name=\"tiny\",generation=\"1\"}";
    assertThat(page)
        .contains("# TYPE lyceum:time_to_first_token_seconds histogram")
        .contains("lyceum:time_to_first_token_seconds_count" + labels + " 2\n")
        .contains("lyceum:inter_token_latency_seconds_count" + labels + " 8\n")
        .contains("lyceum:num_requests_waiting" + labels + " 0\n")
        .contains("lyceum:kv_cache_usage_perc" + labels + " 0\n")
        .contains("finished_reason=\"length\"} 2\n");
    // The second prompt's first block was there already.
    assertThat(page).doesNotContain("lyceum:prefix_cache_hits_total" + labels + " 0\n");
    for (String line : page.split("\n")) {
      assertThat(line)
          .matches("# (HELP|TYPE) lyceum:\\w+ .+|lyceum:\\w+(\\{[^}]*\\})? -?[0-9.E-]+");
    }
  }

  @Test
  void hostileRequests_errorsInShape() throws Exception {
    restart(settings(), ExchangeLog.NONE);
    // Refused by its announced length: a client that sends on regardless may not read the answer.
    try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
      socket.setSoTimeout(60_000);
      socket
          .getOutputStream()
          .write(
              "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 9437184\r\n\r\n{"
                  .getBytes(StandardCharsets.US_ASCII));
      assertErrorInShape(socket.getInputStream(), 413);
    }
    for (String name :
        List.of("../../etc/passwd", "tiny/../other", "%2e%2e%2fsecret", "tiny\\u0000")) {
      HttpResponse<String> response = send("POST", "/v1/chat/completions", body(name, "", "Hi"));
      assertThat(response.statusCode()).as(name).isEqualTo(404);
      assertThat(response.body()).contains("model_not_found");
    }
    HttpResponse<String> traversal = send("GET", "/v1/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "");
    assertThat(traversal.statusCode()).isIn(400, 404);
    assertThat(json.readTree(traversal.body()).at("/error/type").asText())
        .isEqualTo("invalid_request_error");
    // Control tokens in text are the characters they are made of.
    int plain = tokens(chat("\"max_tokens\":1", "|end|"));
    int control = tokens(chat("\"max_tokens\":1", "<|end|>"));
    assertThat(control).isEqualTo(plain + 2);
  }

  @Test
  void slowClients_refusedAndCut() throws Exception {
    restart(settings().patientFor(Duration.ofMillis(500)), ExchangeLog.NONE);
    String head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n";
    // A header and a body that come byte by byte, and ones that stop in the middle.
    for (String start : List.of(head + "X-Long: ", head + "Content-Length: 1000\r\n\r\n")) {
      for (boolean drips : new boolean[] {true, false}) {
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
          OutputStream out = socket.getOutputStream();
          out.write(start.getBytes(StandardCharsets.US_ASCII));
          InputStream in = socket.getInputStream();
          while (drips && in.available() == 0) {
            out.write('a');
            Thread.sleep(20);
          }
          assertErrorInShape(in, 408);
          assertThat(in.read()).isNegative();
        }
      }
    }
    // The server has lost nothing by it.
    assertThat(server.present()).isZero();
    assertThat(chat("\"max_tokens\":1", "Hi").statusCode()).isEqualTo(200);
  }

  /** Reads an answer off a connection: its status, and a body as OpenAI's clients read errors. */
  private void assertErrorInShape(InputStream in, int status) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      assertThat(c).as(head.toString()).isNotNegative();
      head.append((char) c);
    }
    assertThat(head.toString()).startsWith("HTTP/1.1 " + status + " ");
    String lengthField = "content-length: ";
    int length =
        head.toString()
            .toLowerCase(java.util.Locale.ROOT)
            .lines()
            .filter(line -> line.startsWith(lengthField))
            .mapToInt(line -> Integer.parseInt(line.substring(lengthField.length())))
            .findFirst()
            .orElseThrow();
    JsonNode error = json.readTree(in.readNBytes(length)).path("error");
    assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
    assertThat(error.path("message").asText()).isNotBlank();
    assertThat(error.has("param")).isTrue();
    assertThat(error.has("code")).isTrue();
  }

  private int tokens(HttpResponse<String> response) throws IOException {
    return json.readTree(response.body()).at("/usage/prompt_tokens").asInt();
  }

  @Test
  void severalModels_canaryShadowPromoteAndLeave() throws Exception {
    restart(settings(), ExchangeLog.NONE);
    Path two = folder.resolve("two");
    TinyModels.write(two, 2);
    String add = "{\"directory\":\"" + two + "\",\"name\":\"%s\",\"version\":2%s}";
    assertThat(admin("/admin/model", add.formatted("other", "")).statusCode()).isEqualTo(200);
    String one = content(chat("\"max_tokens\":20", "What is 4?"));
    String other =
        content(
            send("POST", "/v1/chat/completions", body("other", "\"max_tokens\":20", "What is 4?")));
    assertThat(other).isNotEqualTo(one);
    assertThat(send("GET", "/v1/models", "").body())
        .contains("\"id\":\"tiny\"", "\"id\":\"other\"");

    assertThat(
            admin("/admin/model", add.formatted("tiny", ",\"role\":\"canary\",\"percent\":30"))
                .statusCode())
        .isEqualTo(200);
    assertThat(content(chat("\"max_tokens\":20", "What is 4?", "x-lyceum-variant", "canary")))
        .isEqualTo(other);
    assertThat(content(chat("\"max_tokens\":20", "What is 4?", "x-lyceum-variant", "stable")))
        .isEqualTo(one);
    int canaries = 0;
    for (int user = 0; user < 60; user++) {
      String fields = "\"max_tokens\":20,\"user\":\"u" + user + "\"";
      String answer = content(chat(fields, "What is 4?"));
      assertThat(content(chat(fields, "What is 4?"))).isEqualTo(answer);
      canaries += answer.equals(other) ? 1 : 0;
    }
    assertThat(canaries).isBetween(6, 32);
    assertThat(admin("/admin/leave", "{\"name\":\"tiny\",\"role\":\"canary\"}").statusCode())
        .isEqualTo(200);
    assertThat(content(chat("\"max_tokens\":20", "What is 4?", "x-lyceum-variant", "canary")))
        .isEqualTo(one);

    assertThat(
            admin("/admin/model", add.formatted("tiny", ",\"role\":\"shadow\",\"percent\":100"))
                .statusCode())
        .isEqualTo(200);
    assertThat(content(chat("\"max_tokens\":20", "What is 4?"))).isEqualTo(one);
    await(() -> send("GET", "/metrics", "").body().contains("shadow_answers_total"));
    assertThat(send("GET", "/metrics", "").body()).contains("same=\"false\"} 1\n");

    admin("/admin/model", add.formatted("tiny", ",\"role\":\"canary\""));
    assertThat(admin("/admin/promote", "{\"name\":\"tiny\"}").statusCode()).isEqualTo(200);
    assertThat(content(chat("\"max_tokens\":20", "What is 4?"))).isEqualTo(other);
    assertThat(admin("/admin/promote", "{\"name\":\"tiny\"}").statusCode()).isEqualTo(400);
    // Without a role it would be the one that answers.
    assertThat(admin("/admin/leave", "{\"name\":\"tiny\"}").statusCode()).isEqualTo(400);
    assertThat(content(chat("\"max_tokens\":20", "What is 4?"))).isEqualTo(other);
    assertThat(admin("/admin/remove", "{\"name\":\"other\"}").statusCode()).isEqualTo(200);
    assertThat(send("POST", "/v1/chat/completions", body("other", "", "Hi")).statusCode())
        .isEqualTo(404);
  }

  /** A condition that may fail on the way. */
  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(Condition condition) throws Exception {
    Instant limit = Instant.now().plusSeconds(60);
    while (!condition.holds()) {
      assertThat(Instant.now()).isBefore(limit);
      Thread.sleep(10);
    }
  }

  @Test
  void changesUnderLoad_noRequestLostAndEveryAnswerFromOneGeneration() throws Exception {
    restart(settings(), ExchangeLog.NONE);
    Map<String, String> answers = new ConcurrentHashMap<>();
    List<Path> folders = new ArrayList<>();
    for (int seed = 1; seed <= 3; seed++) {
      Path directory = folder.resolve("m" + seed);
      TinyModels.write(directory, seed);
      folders.add(directory);
      admin("/admin/model", load(directory, seed, "stable", 0));
      String digest =
          json.readTree(send("GET", "/admin/model", "", "Authorization", "Bearer " + TOKEN).body())
              .path("digest")
              .asText();
      answers.put(digest, content(chat("\"max_tokens\":40", "What is 4?")));
    }
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger answered = new AtomicInteger();
    AtomicInteger left = new AtomicInteger();
    Map<String, Integer> byDigest = new ConcurrentHashMap<>();
    ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    List<Thread> clients = new ArrayList<>();
    for (int c = 0; c < 40; c++) {
      boolean stream = c % 2 == 0;
      boolean leaver = c % 10 == 9;
      clients.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    while (!over.get()) {
                      try {
                        if (leaver) {
                          leave();
                          // The server notices when it writes next; until then they have a place.
                          Thread.sleep(100);
                          left.incrementAndGet();
                        } else {
                          HttpResponse<String> response =
                              chat("\"max_tokens\":40,\"stream\":" + stream, "What is 4?");
                          String header =
                              response.headers().firstValue("x-lyceum-model").orElse("");
                          assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
                          String digest = header.substring(header.indexOf("digest=") + 7);
                          String text = stream ? streamed(response.body()) : content(response);
                          if (!text.equals(answers.get(digest))) {
                            wrong.add(header + ": " + text);
                          }
                          byDigest.merge(digest, 1, Integer::sum);
                          answered.incrementAndGet();
                        }
                      } catch (Exception | AssertionError e) {
                        wrong.add(e.toString());
                      }
                    }
                  }));
    }
    for (int change = 0; change < 12; change++) {
      // The next change comes when some more were answered, however long that takes.
      int before = answered.get();
      await(() -> answered.get() >= before + 40 || !wrong.isEmpty());
      int which = change % 3;
      HttpResponse<String> done =
          switch (change % 4) {
            case 0 -> admin("/admin/model", load(folders.get(which), which + 1, "stable", 0));
            case 1 -> admin("/admin/model", load(folders.get(which), which + 1, "canary", 50));
            case 2 -> admin("/admin/promote", "{\"name\":\"tiny\"}");
            // Back to what was there before.
            default -> admin("/admin/model", load(folders.get(0), 1, "stable", 0));
          };
      assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
    }
    over.set(true);
    for (Thread client : clients) {
      assertThat(client.join(Duration.ofSeconds(60))).isTrue();
    }
    assertThat(wrong).isEmpty();
    assertThat(left.get()).isPositive();
    assertThat(byDigest).hasSize(3);
    await(() -> server.present() == 0);
    // Those who left hold nothing any more.
    await(
        () ->
            send("GET", "/metrics", "")
                .body()
                .matches("(?s).*kv_cache_usage_perc\\{[^}]*\\} 0\n.*"));

    // The end: whoever was let in is answered, and then nobody listens.
    TinyModels.Gated last = TinyModels.gated(1, 9);
    server.swap(last.model());
    last.gate().shut();
    ConcurrentLinkedQueue<Integer> statuses = new ConcurrentLinkedQueue<>();
    List<Thread> askers = new ArrayList<>();
    for (int c = 0; c < 20; c++) {
      askers.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      statuses.add(
                          chat("\"max_tokens\":200,\"ignore_eos\":true", "Hi").statusCode());
                    } catch (Exception e) {
                      statuses.add(-1);
                    }
                  }));
    }
    await(() -> server.present() == 20);
    int port = server.address().getPort();
    Thread closing = Thread.ofPlatform().start(server::close);
    await(() -> !listens(port));
    last.gate().open();
    closing.join();
    for (Thread client : askers) {
      assertThat(client.join(Duration.ofSeconds(60))).isTrue();
    }
    assertThat(statuses).hasSize(20).containsOnly(200);
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static String load(Path directory, int version, String role, int percent) {
    return "{\"directory\":\"%s\",\"name\":\"tiny\",\"version\":%d,\"role\":\"%s\",\"percent\":%d}"
        .formatted(directory, version, role, percent);
  }

  private String streamed(String body) throws IOException {
    assertThat(body).endsWith("data: [DONE]\n\n");
    StringBuilder text = new StringBuilder();
    for (String line : body.lines().toList()) {
      if (line.startsWith("data: {")) {
        text.append(json.readTree(line.substring(6)).at("/choices/0/delta/content").asText());
      }
    }
    return text.toString();
  }

  /** Asks for a long stream and goes away in the middle of it. */
  private void leave() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
      byte[] body =
          body("tiny", "\"stream\":true,\"max_tokens\":400,\"ignore_eos\":true", "Hi")
              .getBytes(StandardCharsets.UTF_8);
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: "
                  + body.length
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      out.write(body);
      out.flush();
      // The headers are out with the first event; an answer may have nothing to show after it.
      socket.setSoTimeout(60_000);
      assertThat(socket.getInputStream().readNBytes(200)).hasSize(200);
    }
  }
}
