package lyceum.bench.serving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lyceum.bench.serving.Crowd.Asked;
import lyceum.bench.serving.Crowd.Clients;
import lyceum.bench.serving.Crowd.Outcome;
import lyceum.bench.serving.Crowd.Question;
import lyceum.core.LyceumException;
import lyceum.data.tokenizer.ChatMessage;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.ModelDirectory;
import lyceum.model.inference.Generator;
import lyceum.model.inference.SamplingSettings;
import lyceum.model.inference.TokenListener;

/**
 * Does to a real server, with a crowd that asks it, what operators and accidents do: new
 * generations, canaries, going back, clients that leave, SIGTERM, SIGKILL, more requests than there
 * is room for. What must hold is held against what the clients saw and what the server's log says.
 */
final class ServeDrill implements AutoCloseable {
  private static final String TOKEN = "drill-token";
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int QUESTIONS = 8;

  /**
   * How large the drill is.
   *
   * @param clients that ask at the same time
   * @param leavers further ones that go away in the middle of their answers
   * @param changes to what is served
   * @param tokens of an answer at most
   * @param places requests that the overloaded server takes at a time
   */
  record Scale(int clients, int leavers, int changes, int tokens, int places) {}

  /** Something that must hold. */
  record Fact(String what, boolean holds, String evidence) {}

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Path folder;
  private final Scale scale;
  private final Consumer<String> progress;
  private final List<RandomModel> models;
  private final List<String> digests = new ArrayList<>();
  private final List<Question> questions = new ArrayList<>();
  private final List<Fact> facts = new ArrayList<>();

  /**
   * @param folder empty, for models and logs
   */
  ServeDrill(Path folder, Scale scale, Consumer<String> progress) {
    this.folder = folder;
    this.scale = scale;
    this.progress = progress;
    this.models = RandomModel.several(folder.resolve("models"), 3);
    List<LanguageModel> read = models.stream().map(m -> ModelDirectory.read(m.folder())).toList();
    // The server says what a folder's digest is.
    try (ServerProcess server = start(0, "digests", List.of())) {
      for (int m = 0; m < models.size(); m++) {
        digests.add(put(server, m, "stable", 0));
      }
    }
    for (int q = 0; q < QUESTIONS; q++) {
      String text = "Question " + q + ": what comes after " + 17 * q + "?";
      Map<String, String> answers = new HashMap<>();
      for (int m = 0; m < read.size(); m++) {
        answers.put(digests.get(m), answer(read.get(m), text));
      }
      if (new HashSet<>(answers.values()).size() < models.size()) {
        throw LyceumException.internal("Two models of the drill say the same to '" + text + "'.");
      }
      questions.add(new Question(text, Map.copyOf(answers)));
    }
  }

  /** By the plain decoder in this process, which shares nothing with the server. */
  private String answer(LanguageModel model, String text) {
    int[] prompt =
        ChatTemplate.prompt(
            model.tokenizer(), List.of(new ChatMessage(ChatMessage.Role.USER, text)));
    return model
        .tokenizer()
        .decode(
            new Generator(model)
                .generate(prompt, SamplingSettings.greedy(scale.tokens), 0, TokenListener.ALL)
                .ids());
  }

  /** All that was found so far. */
  List<Fact> facts() {
    return List.copyOf(facts);
  }

  private void fact(String what, boolean holds, String evidence) {
    facts.add(new Fact(what, holds, evidence));
    progress.accept((holds ? "holds: " : "DOES NOT HOLD: ") + what + " (" + evidence + ")");
  }

  private ServerProcess start(int model, String log, List<String> more) {
    int port = ServerProcess.freePort();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--directory",
                models.get(model).folder().toString(),
                "--name",
                "drill",
                "--version",
                Integer.toString(model),
                "--port",
                Integer.toString(port),
                "--drain",
                "120",
                "--log",
                folder.resolve(log).toString()));
    arguments.addAll(
        more.contains("--waiting")
            ? more
            : List.of("--running", "32", "--waiting", Integer.toString(4 * scale.clients + 64)));
    return ServerProcess.start(
        "The server",
        ServerProcess.ours("-Xmx512m", arguments),
        Map.of("LYCEUM_ADMIN_TOKEN", TOKEN),
        port);
  }

  private HttpResponse<String> send(URI address, String path, String body) {
    try {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(address.resolve(path)).header("Authorization", "Bearer " + TOKEN);
      return http.send(
          (body.isEmpty() ? request : request.POST(HttpRequest.BodyPublishers.ofString(body)))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw LyceumException.external("The server does not answer at " + path + ": " + e + ".", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external("The drill was interrupted.", e);
    }
  }

  private JsonNode admin(ServerProcess server, String path, String body) {
    HttpResponse<String> response = send(server.address(), path, body);
    if (response.statusCode() != 200) {
      throw LyceumException.external(path + " answers " + response.body());
    }
    try {
      return json.readTree(response.body());
    } catch (IOException e) {
      throw LyceumException.external(path + " answers no JSON.", e);
    }
  }

  /** Puts a model in service and returns the digest of what answers now. */
  private String put(ServerProcess server, int model, String role, int percent) {
    String body =
        json.createObjectNode()
            .put("directory", models.get(model).folder().toString())
            .put("name", "drill")
            .put("version", model)
            .put("role", role)
            .put("percent", percent)
            .toString();
    return admin(server, "/admin/model", body).path("digest").asText();
  }

  private double metric(ServerProcess server, String name) {
    return send(server.address(), "/metrics", "")
        .body()
        .lines()
        .filter(line -> line.startsWith("lyceum:" + name))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static void await(String what, BooleanSupplier condition) {
    Instant limit = Instant.now().plus(PATIENCE);
    while (!condition.getAsBoolean()) {
      if (Instant.now().isAfter(limit)) {
        throw LyceumException.external("Waited " + PATIENCE.toSeconds() + " s for " + what + ".");
      }
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw LyceumException.external("The drill was interrupted.", e);
      }
    }
  }

  /** All records of a log, by the request's user. */
  private Map<String, List<JsonNode>> log(String name) {
    Map<String, List<JsonNode>> records = new HashMap<>();
    try (Stream<Path> files = Files.walk(folder.resolve(name))) {
      for (Path file :
          files.filter(f -> f.getFileName().toString().startsWith("exchanges-")).toList()) {
        for (String line : Files.readAllLines(file)) {
          JsonNode entry = json.readTree(line);
          records.computeIfAbsent(entry.path("user").asText(), u -> new ArrayList<>()).add(entry);
        }
      }
    } catch (IOException e) {
      throw LyceumException.external("The log cannot be read: " + e + ".", e);
    }
    return records;
  }

  private boolean saysWhatItsGenerationSays(JsonNode entry) {
    JsonNode messages = entry.path("messages");
    String question = messages.path(messages.size() - 2).path("content").asText();
    String said = messages.path(messages.size() - 1).path("content").asText();
    // Requests of leavers ask for longer answers than the others.
    return questions.stream()
        .filter(q -> q.text().equals(question))
        .map(q -> q.answers().getOrDefault(entry.path("digest").asText(), ""))
        .anyMatch(right -> !right.isEmpty() && said.startsWith(right));
  }

  private static long count(List<Asked> asked, Outcome outcome) {
    return asked.stream().filter(a -> a.outcome() == outcome).count();
  }

  private static String outcomes(List<Asked> asked) {
    Map<Outcome, Long> counts =
        asked.stream()
            .collect(Collectors.groupingBy(Asked::outcome, TreeMap::new, Collectors.counting()));
    return counts.entrySet().stream()
        .map(e -> e.getValue() + " " + e.getKey().name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }

  private static String firstOf(List<Asked> asked, Outcome outcome) {
    return asked.stream()
        .filter(a -> a.outcome() == outcome)
        .findFirst()
        .map(a -> ", for example " + a)
        .orElse("");
  }

  /** Holds the log against what clients saw of requests that were answered whole. */
  private void logAgreesWith(String phase, List<Asked> asked, Map<String, List<JsonNode>> log) {
    long records = log.values().stream().mapToLong(List::size).sum();
    Set<String> ids = new HashSet<>();
    log.values().forEach(list -> list.forEach(entry -> ids.add(entry.path("id").asText())));
    fact(
        phase + ": no request is twice in the log",
        ids.size() == records && log.values().stream().allMatch(list -> list.size() == 1),
        records + " records");
    List<Asked> right = asked.stream().filter(a -> a.outcome() == Outcome.RIGHT).toList();
    long agreeing =
        right.stream()
            .filter(
                a -> {
                  List<JsonNode> found = log.getOrDefault(a.user(), List.of());
                  return found.size() == 1
                      && found.getFirst().path("digest").asText().equals(a.digest())
                      && found.getFirst().path("finish_reason").asText().matches("stop|length")
                      && saysWhatItsGenerationSays(found.getFirst());
                })
            .count();
    fact(
        phase + ": every answer is in the log with its generation, and there says what it says",
        agreeing == right.size(),
        agreeing + " of " + right.size());
  }

  /** New generations, canaries, promotions, going back and leaving clients. */
  void changes() {
    try (ServerProcess server = start(0, "changes", List.of());
        Crowd crowd = new Crowd(server.address(), "changes", questions)) {
      crowd.begin(new Clients(scale.clients, 0, scale.tokens, ""));
      crowd.begin(new Clients(scale.leavers, scale.leavers, scale.tokens, ""));
      double most = 0;
      for (int change = 0; change < scale.changes; change++) {
        int answered = crowd.count(Outcome.RIGHT) + scale.clients;
        for (int look = 0; look < 20; look++) {
          most = Math.max(most, metric(server, "num_requests_present"));
        }
        await("answers", () -> crowd.count(Outcome.RIGHT) >= answered || failed(crowd));
        int model = change % models.size();
        switch (change % 4) {
          case 0 -> put(server, (model + 1) % 3, "stable", 0);
          case 1 -> put(server, (model + 1) % 3, "canary", 50);
          case 2 -> admin(server, "/admin/promote", "{\"name\":\"drill\"}");
          default -> put(server, 0, "stable", 0);
        }
      }
      int answered = crowd.count(Outcome.RIGHT) + scale.clients;
      await("answers", () -> crowd.count(Outcome.RIGHT) >= answered || failed(crowd));
      List<Asked> asked = crowd.end();
      await("leavers' places", () -> metric(server, "num_requests_present") == 0);
      fact(
          "changes: as many in flight as there are clients",
          most >= scale.clients,
          (int) most + " at once, " + scale.changes + " changes");
      fact(
          "changes: every request was answered by one generation, word for word",
          count(asked, Outcome.RIGHT) + count(asked, Outcome.LEFT) == asked.size(),
          outcomes(asked) + firstOf(asked, Outcome.WRONG) + firstOf(asked, Outcome.BROKEN));
      Map<String, Long> byDigest =
          asked.stream()
              .filter(a -> a.outcome() == Outcome.RIGHT)
              .collect(Collectors.groupingBy(Asked::digest, TreeMap::new, Collectors.counting()));
      fact(
          "changes: all generations answered",
          byDigest.keySet().equals(new HashSet<>(digests)),
          byDigest.values() + " answers");
      fact(
          "changes: who left holds no memory",
          metric(server, "kv_cache_usage_perc") == 0,
          count(asked, Outcome.LEFT) + " left");
      server.terminate();
      server.awaitEnd();
      logAgreesWith("changes", asked, log("changes"));
      latency("changes", asked);
    }
  }

  private static boolean failed(Crowd crowd) {
    return crowd.count(Outcome.WRONG) + crowd.count(Outcome.BROKEN) > 0;
  }

  /** SIGTERM with all clients in flight. */
  void drain() {
    List<Asked> asked;
    int exit;
    double present;
    try (ServerProcess server = start(0, "drain", List.of());
        Crowd crowd = new Crowd(server.address(), "drain", questions)) {
      present = full(server, crowd);
      server.terminate();
      exit = server.awaitEnd();
      asked = crowd.end();
    }
    Map<String, List<JsonNode>> log = log("drain");
    long lost =
        log.values().stream()
            .flatMap(List::stream)
            .filter(entry -> !entry.path("finish_reason").asText().matches("stop|length"))
            .count();
    Set<String> whole =
        asked.stream()
            .filter(a -> a.outcome() == Outcome.RIGHT)
            .map(Asked::user)
            .collect(Collectors.toSet());
    fact("SIGTERM: the server ends with 0", exit == 0, "exit code " + exit);
    fact(
        "SIGTERM: whoever was let in was answered whole",
        lost == 0 && whole.equals(log.keySet()) && count(asked, Outcome.BROKEN) == 0,
        (int) present
            + " in flight at the signal; log: "
            + log.size()
            + ", "
            + lost
            + " unanswered; clients: "
            + outcomes(asked));
    logAgreesWith("SIGTERM", asked, log);
  }

  private double full(ServerProcess server, Crowd crowd) {
    crowd.begin(new Clients(scale.clients, 0, scale.tokens, ""));
    await("answers", () -> crowd.count(Outcome.RIGHT) >= scale.clients);
    double[] present = new double[1];
    await(
        "all clients in flight",
        () -> (present[0] = metric(server, "num_requests_present")) >= 0.9 * scale.clients);
    return present[0];
  }

  /** SIGKILL with all clients in flight, and a start on what it left. */
  void kill() {
    List<Asked> asked;
    double present;
    try (ServerProcess server = start(1, "kill", List.of());
        Crowd crowd = new Crowd(server.address(), "kill", questions)) {
      present = full(server, crowd);
      server.kill();
      server.awaitEnd();
      asked = crowd.end();
    }
    fact(
        "SIGKILL: clients see that they were cut off, none takes a part for the whole",
        count(asked, Outcome.WRONG) == 0
            && count(asked, Outcome.BROKEN) + count(asked, Outcome.SILENCE) > 0,
        (int) present + " in flight; " + outcomes(asked) + firstOf(asked, Outcome.WRONG));
    try (ServerProcess server = start(1, "kill", List.of());
        Crowd crowd = new Crowd(server.address(), "again", questions)) {
      crowd.begin(new Clients(scale.clients, 0, scale.tokens, ""));
      await("answers", () -> crowd.count(Outcome.RIGHT) >= scale.clients || failed(crowd));
      List<Asked> again = crowd.end();
      fact(
          "SIGKILL: started again, the same model answers",
          again.stream()
              .allMatch(a -> a.outcome() == Outcome.RIGHT && a.digest().equals(digests.get(1))),
          outcomes(again));
      server.terminate();
      server.awaitEnd();
      asked = Stream.concat(asked.stream(), again.stream()).toList();
    }
    logAgreesWith("SIGKILL", asked, log("kill"));
  }

  /** More clients than places, and one client of another key among them. */
  void overload() {
    try {
      Path keys = folder.resolve("keys.json");
      Files.writeString(
          keys,
          "[{\"key\": \"many-clients\", \"name\": \"many\"}, {\"key\": \"few-clients\", \"name\": \"few\"}]");
      List<String> more =
          List.of(
              "--keys",
              keys.toString(),
              "--running",
              Integer.toString(scale.places / 4),
              "--waiting",
              Integer.toString(scale.places - scale.places / 4));
      try (ServerProcess server = start(2, "overload", more)) {
        List<Asked> calm = crowded(server, "calm", scale.places / 2);
        List<Asked> crowded = crowded(server, "crowded", scale.clients);
        List<Asked> refused = crowded.stream().filter(a -> a.outcome() == Outcome.REFUSED).toList();
        fact(
            "overload: who is refused is told so by 429 and when to come back",
            !refused.isEmpty()
                && refused.stream().allMatch(a -> a.status() == 429 && a.retryAfter()),
            outcomes(crowded));
        fact(
            "overload: whoever was let in was answered whole",
            count(crowded, Outcome.RIGHT) + refused.size() == crowded.size(),
            scale.clients + " clients, " + scale.places + " places");
        fact(
            "overload: one of another key is not crowded out",
            crowded.stream()
                .noneMatch(a -> a.key().startsWith("few") && a.outcome() == Outcome.REFUSED),
            "few: "
                + outcomes(ofKey(crowded, "few"))
                + "; many: "
                + outcomes(ofKey(crowded, "many")));
        latency("half as many clients as places", calm);
        latency("overload, many", ofKey(crowded, "many"));
        latency("overload, few", ofKey(crowded, "few"));
      }
    } catch (IOException e) {
      throw LyceumException.resource("Cannot write to " + folder + ": " + e + ".", e);
    }
  }

  private List<Asked> crowded(ServerProcess server, String phase, int many) {
    try (Crowd crowd = new Crowd(server.address(), phase, questions)) {
      crowd.begin(new Clients(many, 0, scale.tokens, "many-clients"));
      crowd.begin(new Clients(1, 0, scale.tokens, "few-clients"));
      await(
          "answers",
          () ->
              crowd.count(Outcome.RIGHT) >= 4 * scale.clients
                  && (many < scale.places || crowd.count(Outcome.REFUSED) > 0));
      return crowd.end();
    }
  }

  private static List<Asked> ofKey(List<Asked> asked, String key) {
    return asked.stream().filter(a -> a.key().startsWith(key)).toList();
  }

  private void latency(String what, List<Asked> asked) {
    double[] seconds =
        asked.stream()
            .filter(a -> a.outcome() == Outcome.RIGHT)
            .mapToDouble(Asked::seconds)
            .sorted()
            .toArray();
    if (seconds.length > 0) {
      progress.accept(
          String.format(
              Locale.ROOT,
              "measured: %s: %d answers, seconds each p50 %.3f, p99 %.3f",
              what,
              seconds.length,
              seconds[seconds.length / 2],
              seconds[(int) Math.min(seconds.length - 1, 0.99 * seconds.length)]));
    }
  }

  /**
   * Asks until time is over and so many tokens were generated, and looks at the server's memory.
   *
   * @param tokens at least so many
   */
  void soak(Duration time, long tokens) {
    try (ServerProcess server = start(0, "soak", List.of());
        Crowd crowd = new Crowd(server.address(), "soak", questions)) {
      crowd.begin(new Clients(scale.clients, 0, scale.tokens, ""));
      crowd.begin(new Clients(scale.leavers, scale.leavers, scale.tokens, ""));
      Instant began = Instant.now();
      List<Long> resident = new ArrayList<>();
      double generated = 0;
      while (Instant.now().isBefore(began.plus(time)) || generated < tokens) {
        Instant next = Instant.now().plusSeconds(5);
        await("the next look", () -> Instant.now().isAfter(next));
        crowd.forget();
        generated = metric(server, "generation_tokens_total");
        resident.add(server.residentBytes());
        progress.accept(
            String.format(
                Locale.ROOT,
                "soak: %d s, %.0f tokens, %d MB",
                Duration.between(began, Instant.now()).toSeconds(),
                generated,
                resident.getLast() >> 20));
      }
      List<Asked> failed = crowd.end();
      // The first third is the warming up of the JVM's compilers and heap.
      long early = median(resident.subList(resident.size() / 3, resident.size() / 2 + 1));
      long late = median(resident.subList(resident.size() * 5 / 6, resident.size()));
      fact(
          "soak: memory stays flat",
          late <= early + early / 10,
          String.format(
              Locale.ROOT,
              "%.0f tokens in %d s; %d MB at the start, %d MB in the middle, %d MB at the end",
              generated,
              Duration.between(began, Instant.now()).toSeconds(),
              resident.getFirst() >> 20,
              early >> 20,
              late >> 20));
      fact(
          "soak: no request failed",
          crowd.count(Outcome.RIGHT) > 0
              && crowd.count(Outcome.WRONG)
                      + crowd.count(Outcome.BROKEN)
                      + crowd.count(Outcome.SILENCE)
                      + crowd.count(Outcome.REFUSED)
                  == 0,
          Arrays.stream(Outcome.values())
                  .map(o -> crowd.count(o) + " " + o.name().toLowerCase(Locale.ROOT))
                  .collect(Collectors.joining(", "))
              + Stream.of(Outcome.WRONG, Outcome.BROKEN, Outcome.SILENCE, Outcome.REFUSED)
                  .map(outcome -> firstOf(failed, outcome))
                  .collect(Collectors.joining()));
    }
  }

  private static long median(List<Long> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }

  @Override
  public void close() {
    http.close();
  }
}
