package lyceum.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.data.tokenizer.ChatMessage;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.inference.Generation;
import lyceum.model.inference.Generator;
import lyceum.model.inference.SamplingSettings;
import lyceum.model.inference.TokenListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InferenceServerTest {
  private static final String TOKEN = "test-token";
  private static final String QUESTION = "What is 4 plus 5?";

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private ServedModel first;
  private InferenceServer server;
  @TempDir Path folder;

  @BeforeEach
  void start() {
    first = TinyModels.served(1, 1);
    server = start(2, 8, Optional.of(first));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static InferenceServer start(int running, int waiting, Optional<ServedModel> model) {
    return InferenceServer.start(
        new ServerSettings("127.0.0.1", 0, Optional.of(TOKEN), running, waiting)
            .drainingFor(Duration.ofSeconds(60)),
        model);
  }

  private OpenAIClient openai() {
    return OpenAIOkHttpClient.builder()
        .baseUrl(server.address() + "/v1")
        .apiKey("none")
        .maxRetries(0)
        .build();
  }

  private static ChatCompletionCreateParams.Builder ask(String question) {
    return ChatCompletionCreateParams.builder().model("tiny").addUserMessage(question);
  }

  private static Generation offline(ServedModel model, int maxTokens) {
    return new Generator(model.model())
        .generate(prompt(model), SamplingSettings.greedy(maxTokens), 0, TokenListener.ALL);
  }

  private static int[] prompt(ServedModel model) {
    return ChatTemplate.prompt(
        model.model().tokenizer(), List.of(new ChatMessage(ChatMessage.Role.USER, QUESTION)));
  }

  private static String offlineText(ServedModel model, int maxTokens) {
    return model.model().tokenizer().decode(offline(model, maxTokens).ids());
  }

  private static int piecesOfText(ServedModel model, int maxTokens) {
    AnswerText text = new AnswerText(List.of());
    int pieces = 0;
    for (int id : offline(model, maxTokens).ids()) {
      pieces += text.add(model.model().tokenizer().tokenBytes(id)).isEmpty() ? 0 : 1;
    }
    return pieces + (text.end().isEmpty() ? 0 : 1);
  }

  @Test
  void openaiClient_whole_sameAsOffline() {
    ChatCompletion answer =
        openai().chat().completions().create(ask(QUESTION).maxCompletionTokens(40).build());
    assertThat(answer.choices()).hasSize(1);
    assertThat(answer.choices().getFirst().message().content()).hasValue(offlineText(first, 40));
    assertThat(answer.choices().getFirst().finishReason())
        .isEqualTo(ChatCompletion.Choice.FinishReason.LENGTH);
    assertThat(answer.systemFingerprint()).hasValue(first.digest());
    assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(40);
    assertThat(answer.usage().orElseThrow().promptTokens()).isEqualTo(prompt(first).length);
    assertThat(answer.model()).isEqualTo("tiny");
  }

  @Test
  void openaiClient_stream_sameAsOfflineAChunkForEachTokenAndNoCharacterCutInTwo() {
    StringBuilder text = new StringBuilder();
    List<ChatCompletionChunk> chunks = new ArrayList<>();
    try (StreamResponse<ChatCompletionChunk> stream =
        openai()
            .chat()
            .completions()
            .createStreaming(
                ask(QUESTION)
                    .maxTokens(60)
                    .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
                    .build())) {
      stream.stream().forEach(chunks::add);
    }
    for (ChatCompletionChunk chunk : chunks) {
      chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append));
    }
    assertThat(text.toString()).isEqualTo(offlineText(first, 60));
    // The role, a chunk for every token that ends a character, the reason, the usage.
    assertThat(chunks).hasSize(1 + piecesOfText(first, 60) + 2);
    assertThat(chunks.getLast().usage().orElseThrow().completionTokens()).isEqualTo(60);
    assertThat(chunks)
        .allMatch(chunk -> chunk.systemFingerprint().orElseThrow().equals(first.digest()));
  }

  @Test
  void stream_endsWithDoneAndNamesTheModelInAHeader() throws Exception {
    HttpResponse<String> response =
        post(
            "{\"model\":\"tiny\",\"stream\":true,\"max_tokens\":3,\"messages\":"
                + messages()
                + "}");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream");
    assertThat(response.headers().firstValue("x-lyceum-model"))
        .hasValue("tiny; version=1; digest=digest-1");
    assertThat(response.body())
        .endsWith("data: [DONE]\n\n")
        .contains("\"finish_reason\":\"length\"");
  }

  @Test
  void stopString_cutsTheAnswerBeforeIt() throws Exception {
    String whole = offlineText(first, 80);
    String stop = whole.substring(20, 23);
    String expected = whole.substring(0, whole.indexOf(stop));
    for (boolean stream : new boolean[] {false, true}) {
      HttpResponse<String> response =
          post(
              json.createObjectNode()
                  .put("model", "tiny:1")
                  .put("stream", stream)
                  .put("max_tokens", 80)
                  .put("stop", stop)
                  .setAll(Map.of("messages", json.readTree(messages())))
                  .toString());
      assertThat(text(response.body(), stream)).isEqualTo(expected);
      assertThat(response.body()).contains("\"finish_reason\":\"stop\"");
    }
  }

  @Test
  void seed_sameSeedSameAnswer_otherSeedAnother() throws Exception {
    String body =
        "{\"model\":\"tiny\",\"temperature\":1,\"top_p\":0.9,\"max_tokens\":30,\"seed\":%d,\"messages\":"
            + messages()
            + "}";
    String one = text(post(body.formatted(1)).body(), false);
    assertThat(text(post(body.formatted(1)).body(), false)).isEqualTo(one);
    assertThat(text(post(body.formatted(2)).body(), false)).isNotEqualTo(one);
  }

  @Test
  void errors_haveOpenaisShape() throws Exception {
    assertThatThrownBy(
            () -> openai().chat().completions().create(ask(QUESTION).model("gpt").build()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("'tiny' (version 1) is");
    assertThatThrownBy(() -> openai().chat().completions().create(ask("word ".repeat(800)).build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("context holds 512 tokens");
    for (String[] bad :
        new String[][] {
          {"", "body"},
          {"{", "not JSON"},
          {"[]", "not a JSON object"},
          {"{}", "model"},
          {"{\"model\":\"tiny\"}", "messages"},
          {"{\"model\":\"tiny\",\"messages\":[]}", "messages"},
          {"{\"model\":\"tiny\",\"messages\":[{\"role\":\"robot\",\"content\":\"x\"}]}", "role"},
          {"{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":7}]}", "content"},
          {with("\"temperature\":-1"), "temperature"},
          {with("\"temperature\":\"hot\""), "temperature"},
          {with("\"top_p\":0"), "top_p"},
          {with("\"max_tokens\":0"), "max_tokens"},
          {with("\"n\":0"), "n"},
          {with("\"n\":\"two\""), "n"},
          {with("\"min_p\":2"), "min_p"},
          {with("\"presence_penalty\":3"), "presence_penalty"},
          {with("\"repetition_penalty\":0"), "repetition_penalty"},
          {with("\"logit_bias\":{\"x\":1}"), "logit_bias"},
          {with("\"logit_bias\":{\"1\":101}"), "logit_bias"},
          {with("\"top_logprobs\":2"), "logprobs"},
          {with("\"logprobs\":true,\"top_logprobs\":21"), "top_logprobs"},
          {with("\"response_format\":{\"type\":\"json_schema\"}"), "response_format"},
          {with("\"tools\":[{\"type\":\"function\"}]"), "tools[0].function.name"},
          {with("\"conversation\":\"../../etc\""), "conversation"},
          {with("\"truncation\":\"perhaps\""), "truncation"},
          {with("\"stop\":[\"\"]"), "stop"},
          {with("\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]"), "stop"},
          {with("\"tools\":[{}]"), "tools"},
          {with("\"stream\":1"), "stream"},
        }) {
      HttpResponse<String> response = post(bad[0]);
      assertThat(response.statusCode()).as("%s: %s", bad[0], response.body()).isEqualTo(400);
      assertThat(json.readTree(response.body()).path("error").path("type").asText())
          .isEqualTo("invalid_request_error");
      assertThat(response.body()).contains(bad[1]);
    }
    assertThat(get("/nowhere").statusCode()).isEqualTo(404);
  }

  private static String with(String field) {
    return "{\"model\":\"tiny\",\"max_completion_tokens\":2,"
        + field
        + ",\"messages\":"
        + messages()
        + "}";
  }

  @Test
  void malformedBodies_neverAServerError() throws Exception {
    byte[] good =
        with("\"stop\":[\"a\"],\"seed\":5,\"stream_options\":{\"include_usage\":true},\"top_p\":0.5")
            .getBytes(StandardCharsets.UTF_8);
    Random random = new Random(4);
    Map<Integer, Integer> statuses = new HashMap<>();
    for (int round = 0; round < 400; round++) {
      byte[] bad = good.clone();
      for (int change = 0; change <= round % 5; change++) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      int status =
          http.send(
                  HttpRequest.newBuilder(server.address().resolve("/v1/chat/completions"))
                      .POST(
                          HttpRequest.BodyPublishers.ofByteArray(
                              bad, 0, 1 + random.nextInt(bad.length)))
                      .build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode();
      statuses.merge(status, 1, Integer::sum);
    }
    assertThat(statuses.keySet()).isSubsetOf(200, 400, 404);
    assertThat(statuses.get(400)).isGreaterThan(300);
  }

  @Test
  void admin_wrongOrNoToken_refused() throws Exception {
    assertThat(admin("wrong", "{}").statusCode()).isEqualTo(401);
    try (InferenceServer closed =
        InferenceServer.start(
            ServerSettings.of("127.0.0.1", 0, Optional.empty()), Optional.empty())) {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(closed.address().resolve("/admin/model"))
                  .header("Authorization", "Bearer ")
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(403);
      assertThat(response.body()).contains("LYCEUM_ADMIN_TOKEN");
    }
  }

  @Test
  void admin_badModel_refusedAndTheOldOneStays() throws Exception {
    assertThat(swap(folder.resolve("nowhere"), 2).statusCode()).isEqualTo(400);
    TinyModels.write(folder, 5);
    Files.writeString(folder.resolve("config.json"), "{");
    assertThat(swap(folder, 2).statusCode()).isEqualTo(400);
    assertThat(server.served()).hasValue(first);
  }

  @Test
  void admin_digest_isThatOfTheArtifactAndChecked() throws Exception {
    TinyModels.write(folder, 5);
    java.util.TreeMap<String, lyceum.core.ArtifactRef> files = new java.util.TreeMap<>();
    try (var list = Files.list(folder)) {
      for (Path file : list.toList()) {
        files.put(
            file.getFileName().toString(),
            new lyceum.core.ArtifactRef(
                file.toUri(), lyceum.core.Sha256.of(file), Files.size(file)));
      }
    }
    String digest = lyceum.core.ModelArtifact.of(files).digest();
    String body =
        "{\"directory\":\"" + folder + "\",\"name\":\"tiny\",\"version\":2,\"digest\":\"%s\"}";
    HttpResponse<String> wrong = admin(TOKEN, body.formatted("0".repeat(64)));
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(wrong.body()).contains(digest);
    HttpResponse<String> right = admin(TOKEN, body.formatted(digest));
    assertThat(right.statusCode()).as(right.body()).isEqualTo(200);
    assertThat(json.readTree(right.body()).path("digest").asText()).isEqualTo(digest);
  }

  @Test
  void noModelYet_chatsGet503AndTheRestAnswers() throws Exception {
    server.close();
    server = start(2, 8, Optional.empty());
    assertThat(post(with("\"n\":1")).statusCode()).isEqualTo(503);
    assertThat(get("/v1/models").body()).isEqualTo("{\"object\":\"list\",\"data\":[]}");
    assertThat(get("/health").statusCode()).isEqualTo(200);
    TinyModels.write(folder, 1);
    assertThat(swap(folder, 1).statusCode()).isEqualTo(200);
    assertThat(post(with("\"n\":1")).statusCode()).isEqualTo(200);
    assertThat(get("/v1/models").body()).contains("\"id\":\"tiny\"");
  }

  @Test
  void swap_underLoad_noRequestLostAndEveryAnswerFromOneModel() throws Exception {
    Map<String, String> answers = new HashMap<>();
    List<Path> folders = new ArrayList<>();
    for (int seed = 1; seed <= 3; seed++) {
      Path directory = folder.resolve("m" + seed);
      TinyModels.write(directory, seed);
      folders.add(directory);
      ServedModel model =
          ServedModel.load(
              directory, "tiny", seed, Optional.empty(), Optional.empty(), EngineSetup.of(8));
      answers.put(model.digest(), offlineText(model, 40));
      if (seed == 1) {
        server.swap(model);
      }
    }
    AtomicBoolean over = new AtomicBoolean();
    ConcurrentLinkedQueue<HttpResponse<String>> responses = new ConcurrentLinkedQueue<>();
    ConcurrentLinkedQueue<Exception> failures = new ConcurrentLinkedQueue<>();
    List<Thread> clients = new ArrayList<>();
    for (int c = 0; c < 6; c++) {
      boolean stream = c % 2 == 0;
      clients.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    while (!over.get()) {
                      try {
                        responses.add(
                            post(
                                "{\"model\":\"tiny\",\"max_tokens\":40,\"stream\":"
                                    + stream
                                    + ",\"messages\":"
                                    + messages()
                                    + "}"));
                      } catch (Exception e) {
                        failures.add(e);
                      }
                    }
                  }));
    }
    for (int swaps = 0; swaps < 12; swaps++) {
      assertThat(swap(folders.get(swaps % 3), 1 + swaps % 3).statusCode()).isEqualTo(200);
      // The next change comes when this one has been answered by, however long that takes.
      String header = first(server).header();
      int before = answeredBy(responses, header);
      await(() -> answeredBy(responses, header) > before + 2 || !failures.isEmpty());
    }
    over.set(true);
    for (Thread client : clients) {
      client.join();
    }
    assertThat(failures).isEmpty();
    Map<String, Integer> byModel = new HashMap<>();
    for (HttpResponse<String> response : responses) {
      assertThat(response.statusCode()).isEqualTo(200);
      boolean stream = response.body().startsWith("data:");
      String header = response.headers().firstValue("x-lyceum-model").orElseThrow();
      String digest = header.substring(header.indexOf("digest=") + 7);
      byModel.merge(digest, 1, Integer::sum);
      assertThat(text(response.body(), stream)).isEqualTo(answers.get(digest));
      for (String other : answers.keySet()) {
        assertThat(response.body().contains(other)).isEqualTo(other.equals(digest));
      }
    }
    assertThat(byModel).hasSize(3);
    assertThat(server.present()).isZero();
  }

  private static ServedModel first(InferenceServer server) {
    return server.served().orElseThrow();
  }

  private static int answeredBy(
      ConcurrentLinkedQueue<HttpResponse<String>> responses, String header) {
    return (int)
        responses.stream()
            .filter(r -> r.headers().firstValue("x-lyceum-model").orElse("").equals(header))
            .count();
  }

  private GatedBackend serveGated(int running, int waiting) {
    server.close();
    TinyModels.Gated gated = TinyModels.gated(1, 1);
    first = gated.model();
    server = start(running, waiting, Optional.of(first));
    return gated.gate();
  }

  @Test
  void queueFull_429AtOnce_andServedAgainLater() throws Exception {
    GatedBackend gate = serveGated(1, 1);
    gate.shut();
    ConcurrentLinkedQueue<Integer> statuses = new ConcurrentLinkedQueue<>();
    List<Thread> present = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      present.add(Thread.ofVirtual().start(() -> statuses.add(status(with("\"n\":1")))));
    }
    await(() -> server.present() == 2);
    HttpResponse<String> refused = post(with("\"n\":1"));
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("retry-after")).hasValue("1");
    assertThat(refused.body()).contains("queue_full");
    gate.open();
    for (Thread client : present) {
      client.join();
    }
    assertThat(statuses).containsExactly(200, 200);
    await(() -> server.present() == 0);
    assertThat(post(with("\"n\":1")).statusCode()).isEqualTo(200);
  }

  private int status(String body) {
    try {
      return post(body).statusCode();
    } catch (IOException e) {
      return -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }

  @Test
  void clientGone_freesItsPlaceAndItsAnswerIsNotWorkedOn() throws Exception {
    GatedBackend gate = serveGated(1, 0);
    for (boolean stream : new boolean[] {true, false}) {
      gate.shut();
      try (Socket socket = askAndNotRead(stream)) {
        await(() -> server.present() == 1);
      }
      await(() -> server.present() == 0);
      gate.open();
      await(() -> first.engine().load().running() == 0 && first.engine().load().waiting() == 0);
    }
    // Of 800 tokens that were asked for.
    assertThat(first.engine().counters().generatedTokens()).isLessThan(10);
    assertThat(post(with("\"n\":1")).statusCode()).isEqualTo(200);
  }

  private Socket askAndNotRead(boolean stream) throws IOException {
    Socket socket = new Socket("127.0.0.1", server.address().getPort());
    byte[] body =
        with("\"stream\":" + stream + ",\"max_tokens\":400,\"ignore_eos\":true")
            .replace("\"max_completion_tokens\":2,", "")
            .getBytes(StandardCharsets.UTF_8);
    OutputStream out = socket.getOutputStream();
    out.write(
        ("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: "
                + body.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    out.write(body);
    out.flush();
    return socket;
  }

  @Test
  void start_portTaken_resourceErrorNamingIt() {
    int port = server.address().getPort();
    assertThatThrownBy(
            () ->
                InferenceServer.start(
                    ServerSettings.of("127.0.0.1", port, Optional.empty()), Optional.empty()))
        .isInstanceOfSatisfying(
            LyceumException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.RESOURCE))
        .hasMessageContaining("port " + port);
  }

  @Test
  void close_requestInFlight_isAnsweredFirst() throws Exception {
    GatedBackend gate = serveGated(2, 8);
    gate.shut();
    AtomicInteger status = new AtomicInteger();
    Thread client =
        Thread.ofVirtual()
            .start(
                () ->
                    status.set(
                        status(
                            with("\"max_tokens\":450")
                                .replace("\"max_completion_tokens\":2,", ""))));
    await(() -> server.present() == 1);
    int port = server.address().getPort();
    Thread closing = Thread.ofPlatform().start(server::close);
    await(() -> !listens(port));
    gate.open();
    closing.join();
    client.join();
    assertThat(status).hasValue(200);
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void openaiPython_wholeAndStream_sameAnswer() throws Exception {
    String python = System.getenv().getOrDefault("LYCEUM_PEERS", "");
    Assumptions.assumeFalse(
        python.isBlank(), "LYCEUM_PEERS is unset: name a Python with openai to chat with it");
    Path script = folder.resolve("chat.py");
    Files.writeString(
        script,
        """
        import json, sys
        from openai import OpenAI
        client = OpenAI(base_url=sys.argv[1], api_key="none")
        ask = dict(model=client.models.list().data[0].id, max_tokens=40,
                   messages=[{"role": "user", "content": sys.argv[2]}])
        whole = client.chat.completions.create(**ask).choices[0].message.content
        parts = [c.choices[0].delta.content or "" for c in client.chat.completions.create(stream=True, **ask) if c.choices]
        print(json.dumps([whole, "".join(parts)]))
        """);
    Process process =
        new ProcessBuilder(python, script.toString(), server.address() + "/v1", QUESTION)
            .redirectError(folder.resolve("stderr").toFile())
            .start();
    byte[] out = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).as("%s", Files.readString(folder.resolve("stderr"))).isZero();
    JsonNode answers = json.readTree(out);
    assertThat(answers.get(0).asText()).isEqualTo(offlineText(first, 40));
    assertThat(answers.get(1).asText()).isEqualTo(answers.get(0).asText());
  }

  private static String messages() {
    return "[{\"role\":\"user\",\"content\":\"" + QUESTION + "\"}]";
  }

  private HttpResponse<String> post(String body) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(server.address().resolve("/v1/chat/completions"))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(server.address().resolve(path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> swap(Path directory, int version)
      throws IOException, InterruptedException {
    return admin(
        TOKEN,
        "{\"directory\":\"" + directory + "\",\"name\":\"tiny\",\"version\":" + version + "}");
  }

  private HttpResponse<String> admin(String token, String body)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create(server.address() + "/admin/model"))
            .header("Authorization", "Bearer " + token)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private String text(String body, boolean stream) throws IOException {
    if (!stream) {
      return json.readTree(body).path("choices").path(0).path("message").path("content").asText();
    }
    StringBuilder text = new StringBuilder();
    for (String line : body.lines().toList()) {
      if (line.startsWith("data: {")) {
        text.append(
            json.readTree(line.substring(6))
                .path("choices")
                .path(0)
                .path("delta")
                .path("content")
                .asText());
      }
    }
    return text.toString();
  }

  private static void await(java.util.function.BooleanSupplier condition)
      throws InterruptedException {
    Instant limit = Instant.now().plusSeconds(60);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).isBefore(limit);
      Thread.sleep(5);
    }
  }
}
