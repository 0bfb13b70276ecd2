package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.temporal.api.enums.v1.EventType;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import lyceum.application.model.ModelLines;
import lyceum.application.model.Promotions;
import lyceum.application.run.RunSummary;
import lyceum.application.run.Runs;
import lyceum.application.temporal.TemporalConnection;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.connectors.tracking.MlflowTracker;
import lyceum.contracts.alignment.AlignmentWorkflow;
import lyceum.contracts.alignment.RankingStatus;
import lyceum.contracts.deployment.ApprovalStatus;
import lyceum.contracts.deployment.AuditEntry;
import lyceum.contracts.deployment.AuditEntry.Action;
import lyceum.contracts.deployment.ChampionComparison;
import lyceum.contracts.deployment.DeploymentWorkflow;
import lyceum.contracts.deployment.Judgement;
import lyceum.contracts.deployment.PromotionStatus.Phase;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.core.PairedScore;
import lyceum.core.Stage;
import lyceum.core.WebhookSignature;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Promotion on real servers: gates, deadline and four eyes that say no, a canary during which
 * worker, MLflow and Temporal are killed, a second promotion that waits and is stale then, going
 * back by hand and by health, the log of it all, and a thumb that comes back as a ranking task. The
 * tests build on each other. Runs after the first differ in their deployment alone, so that they
 * take what the first made.
 *
 * <p>Nothing here waits for a time: a canary ends when enough requests have come, and a watch when
 * its server is gone.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PromotionIT {
  private static final int PORTS = 28900;
  private static final Duration STARTING = Duration.ofMinutes(10);
  private static final Duration RUNNING = Duration.ofMinutes(15);
  private static final Duration ASKING = Duration.ofMinutes(3);
  private static final String LINE = "lyceum-smoke";
  private static final String RECIPE = "smoke";
  private static final String SECRET = "shared";

  /** So many requests end the canary; until they have come it lasts for hours. */
  private static final int CANARY_REQUESTS = 30;

  /** Another model than the first run's, which that run made as well. */
  private static final String[] STUDENT = {
    "--set", "deployment.candidate=STUDENT",
    // It is compared, and whatever it loses is no loss here.
    "--set", "deployment.gates=[{score: chat/loss, atMost: 100}]",
    "--set", "deployment.champion.margin=100",
    "--set", "deployment.health.everySeconds=1"
  };

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private Installation installation;
  private Installation bob;
  private Settings settings;
  private HttpServer receiver;
  private TemporalConnection temporal;
  private Runs runs;
  private Promotions promotions;
  private ModelLines lines;
  private int first;
  private int second;

  @BeforeAll
  void up(@TempDir Path temporary) throws IOException {
    receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    receiver.createContext(
        "/news",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          String signature = exchange.getRequestHeaders().getFirst(WebhookSignature.HEADER);
          told.add(
              WebhookSignature.refusal(SECRET, signature, body, Instant.now())
                  .orElse(json.readTree(body).path("event").asText()));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    receiver.start();
    Path home = temporary.resolve("home");
    installation = person(home, "ann");
    bob = person(home, "bob");
    succeed(installation.run(STARTING, "up"));
    settings = Settings.load(Map.of("LYCEUM_HOME", home.toString()));
    temporal = TemporalConnection.open(settings, "promotion-it");
    runs = new Runs(temporal);
    promotions = new Promotions(temporal);
    lines = new ModelLines(tracker(), new MinioArtifactStore(settings.storage()));
  }

  private Installation person(Path home, String name) {
    return new Installation(home, PORTS)
        .with("LYCEUM_USER", name)
        .with(
            "LYCEUM_NOTIFY_WEBHOOK_URL",
            "http://127.0.0.1:" + receiver.getAddress().getPort() + "/news")
        .with("LYCEUM_NOTIFY_WEBHOOK_SECRET", SECRET)
        .with("LYCEUM_NOTIFY_WEBHOOK_PRIVATE", "true");
  }

  @AfterAll
  void down() {
    receiver.stop(0);
    if (temporal != null) {
      temporal.close();
    }
    succeed(installation.run(ASKING, "down"));
  }

  @Test
  @Order(1)
  void firstRun_hasNoChampionToBeHeldAgainst() throws Exception {
    succeed(start("--wait"));

    first = champion();
    assertThat(lines.audit(LINE))
        .extracting(AuditEntry::action, AuditEntry::by)
        .containsExactly(tuple(Action.APPROVED, "gates"), tuple(Action.PROMOTED, "gates"));
    await("the news").until(() -> told.contains("model.promoted"));
    // It is shipped while the tests go on, and asked for in the last.
    dislike();
  }

  @Test
  @Order(2)
  void gateThatFails_blocks() {
    Installation.Outcome run =
        start("--wait", "--set", "deployment.gates=[{score: chat/loss, atMost: 0.001}]");

    assertThat(run.exitCode()).isEqualTo(5);
    AuditEntry last = lines.audit(LINE).getLast();
    assertThat(last.action()).isEqualTo(Action.REJECTED);
    assertThat(last.by()).isEqualTo("gates");
    assertThat(last.reason()).contains("chat/loss at most 0.001");
    assertThat(last.from()).isEqualTo(first);
    assertThat(judgement(last).gates()).singleElement().matches(gate -> !gate.passed());
    assertThat(champion()).isEqualTo(first);
    assertThat(served()).isEqualTo(first);
  }

  @Test
  @Order(3)
  void deadlinePasses_isRejectedWithTheReason() {
    Installation.Outcome run =
        start(
            "--wait",
            "--set",
            "deployment.approval=PERSON",
            "--set",
            "deployment.approvalDeadlineHours=0.0005556");

    assertThat(run.exitCode()).isEqualTo(5);
    AuditEntry last = lines.audit(LINE).getLast();
    assertThat(last.action()).isEqualTo(Action.REJECTED);
    assertThat(last.by()).isEqualTo("deadline");
    assertThat(last.reason()).isEqualTo("nobody decided within 2 seconds");
    assertThat(champion()).isEqualTo(first);
    await("the news").until(() -> told.contains("approval.waiting"));
  }

  @Test
  @Order(4)
  void fourEyes_whoStartedIsRefused_anotherBeginsTheCanary() {
    String run =
        id(
            start(
                with(
                    STUDENT,
                    "--set",
                    "deployment.approval=PERSON",
                    "--set",
                    "deployment.fourEyes=true",
                    "--set",
                    "deployment.canary={percent: 50, minutes: 600, requests: "
                        + CANARY_REQUESTS
                        + "}")));
    ApprovalStatus waiting =
        ask("the approval", () -> deployment(run).approval(), ApprovalStatus::waiting);
    int before = lines.audit(LINE).size();

    Installation.Outcome own = installation.run(ASKING, "approve", run);
    assertThat(own.exitCode()).isEqualTo(6);
    assertThat(own.err()).contains("four eyes").contains("ann");
    assertThat(deployment(run).approval().waiting()).isTrue();
    assertThat(lines.audit(LINE)).hasSize(before);

    succeed(bob.run(ASKING, "approve", run, "--reason", "looks good"));
    second = waiting.candidateVersion();
    await("the canary").until(() -> actions().contains(Action.CANARY_STARTED));
    assertThat(lines.audit(LINE).subList(before, before + 2))
        .extracting(AuditEntry::action, AuditEntry::by, AuditEntry::to)
        .containsExactly(
            tuple(Action.APPROVED, "bob", second), tuple(Action.CANARY_STARTED, "bob", second));
    assertThat(champion()).isEqualTo(first);
  }

  @Test
  @Order(5)
  void canary_whileWorkerTemporalAndTrackingAreKilled_isPromotedAndNotedOnce_andASecondIsStale()
      throws Exception {
    int before = actions().lastIndexOf(Action.APPROVED);
    // By hand: there is one promotion of a line at a time.
    Installation.Outcome clash =
        installation.run(
            ASKING,
            "model",
            "promote",
            LINE,
            Integer.toString(first),
            "--override",
            "--reason",
            "now");
    assertThat(clash.exitCode()).isEqualTo(7);

    kill("WORKER");
    kill("TEMPORAL");
    succeed(installation.run(STARTING, "up"));
    assertThat(champion()).isEqualTo(first);
    // Of a run: it waits for the line.
    String late = id(start("--set", "deployment.smokePrompts=[Hello!, \"Who are you?\"]"));
    await("the second promotion to find the line taken")
        .ignoreExceptions()
        .until(
            () ->
                temporal
                    .client()
                    .fetchHistory(LifecycleWorkflow.stageWorkflowId(late, Stage.DEPLOYMENT))
                    .getEvents()
                    .stream()
                    .anyMatch(
                        event ->
                            event.getEventType()
                                == EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_FAILED));
    // What ends the canary comes while MLflow is down: the moves after it meet the gap.
    kill("TRACKING");
    // A look that was cut off leaves a prompt counted on one side alone, so some more than needed.
    for (int i = 0; i < 2 * CANARY_REQUESTS; i++) {
      chat("Hello!", Map.of("x-lyceum-variant", "canary"));
    }
    kill("WORKER");
    succeed(installation.run(STARTING, "up"));

    await("the promotion").ignoreExceptions().until(() -> champion() == second);
    await("the refusal").until(() -> actions().contains(Action.REFUSED));
    List<AuditEntry> log = lines.audit(LINE).subList(before, lines.audit(LINE).size());
    List<AuditEntry> promoted = log.stream().filter(entry -> entry.to() == second).toList();
    assertThat(promoted)
        .extracting(AuditEntry::action)
        .containsExactly(
            Action.APPROVED, Action.CANARY_STARTED, Action.CANARY_ENDED, Action.PROMOTED);
    for (AuditEntry entry : promoted) {
      assertThat(entry.from()).isEqualTo(first);
      assertThat(entry.atMillis()).isPositive();
      assertThat(entry.runId()).startsWith(RECIPE + "-");
      assertThat(judgement(entry).champion()).isEqualTo(first);
    }
    assertThat(promoted.getLast().by()).isEqualTo("bob");
    assertThat(promoted.getLast().reason()).isEqualTo("looks good");
    assertThat(tracker().aliases(LINE)).containsEntry("previous", first);
    assertThat(served()).isEqualTo(second);

    List<AuditEntry> stale = log.stream().filter(entry -> late.equals(entry.runId())).toList();
    assertThat(stale)
        .extracting(AuditEntry::action)
        .containsExactly(Action.APPROVED, Action.REFUSED);
    assertThat(stale.getLast().reason())
        .contains("judged against version " + first)
        .contains("version " + second + " has become champion since");
    assertThat(runs.awaitEnd(late).name()).isEqualTo("FAILED");
    assertThat(champion()).isEqualTo(second);
    // It was held against the champion on the same items.
    ChampionComparison compared =
        Objects.requireNonNull(judgement(promoted.getLast()).comparison());
    PairedScore paired = compared.scores().getFirst().paired();
    assertThat(paired.score()).isEqualTo("chat/loss");
    assertThat(paired.items()).isGreaterThanOrEqualTo(8);
    assertThat(paired.low()).isLessThanOrEqualTo(paired.difference());
  }

  @Test
  @Order(6)
  void rollback_isOneStep_andInTheLog() {
    succeed(installation.run(ASKING, "model", "rollback", LINE, "--reason", "it swears"));

    assertThat(champion()).isEqualTo(first);
    assertThat(served()).isEqualTo(first);
    AuditEntry last = lines.history(LINE).getLast();
    assertThat(last.action()).isEqualTo(Action.ROLLED_BACK);
    assertThat(last.from()).isEqualTo(second);
    assertThat(last.to()).isEqualTo(first);
    assertThat(last.reason()).isEqualTo("it swears");
    assertThat(last.by()).isEqualTo("ann");
    await("the news").until(() -> told.contains("model.rolled_back"));
    assertThat(told)
        .doesNotContain("The signature is not that of the body under the shared secret.");
  }

  @Test
  @Order(7)
  void badHealth_withinTheWatch_goesBackByItself() throws Exception {
    String run = id(start(with(STUDENT, "--set", "deployment.health.watchMinutes=600")));
    ask(
        "the watch",
        () -> promotions.status(LINE),
        now -> now.filter(status -> status.phase() == Phase.WATCHING).isPresent());
    // The same model as before, so the same version.
    assertThat(champion()).isEqualTo(second);

    kill("SERVING");
    await("the alias to go back").until(() -> champion() == first);
    succeed(installation.run(STARTING, "up"));

    assertThat(runs.awaitEnd(run).name()).isEqualTo("FAILED");
    AuditEntry last = lines.audit(LINE).getLast();
    assertThat(last.action()).isEqualTo(Action.ROLLED_BACK);
    assertThat(last.by()).isEqualTo("health");
    assertThat(last.from()).isEqualTo(second);
    assertThat(last.to()).isEqualTo(first);
    assertThat(last.reason()).contains("cannot be reached");
    assertThat(served()).isEqualTo(first);
    assertThat(runs.view(run).failure()).contains("Version " + first + " serves again");
  }

  @Test
  @Order(8)
  void thumbsDown_isAmongTheRankingTasksOfTheRunThatItsDataSetStarts() throws Exception {
    MinioArtifactStore store = new MinioArtifactStore(settings.storage());
    await("the server to ship its records")
        .until(
            () -> {
              String names = String.join("\n", store.listDocuments("feedback/"));
              return names.contains("/feedback-") && names.contains("/exchanges-");
            });
    succeed(
        installation.run(
            ASKING,
            "schedule",
            "create",
            "learn",
            RECIPE,
            "--set",
            "feedback={ranking: true, examples: true}",
            "--set",
            "alignment.rater=PEOPLE",
            // Only an answer that comes to its end stands beside the one that was disliked; so
            // small a
            // model seldom comes to one.
            "--set",
            "alignment.maxNewTokens=80",
            "--set",
            "alignment.temperature=0.7",
            "--on",
            "dataset:feedback-" + LINE));
    succeed(installation.run(ASKING, "schedule", "create", "curate", "--curation", LINE));

    succeed(installation.run(ASKING, "schedule", "trigger", "curate"));

    String run = ask("the schedule's run", this::learning, id -> !id.isEmpty());
    RankingStatus tasks =
        ask(
            "the ranking tasks",
            () -> runs.stage(AlignmentWorkflow.class, run, Stage.ALIGNMENT).rankings(),
            RankingStatus::open);
    List<String> pairs =
        new String(store.get(Objects.requireNonNull(tasks.pairs())), StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(pairs.getFirst())
        .contains("\"number\":0")
        .contains("I am [EMAIL]. Who?")
        .contains("FEEDBACK");
    assertThat(pairs).noneMatch(pair -> pair.contains("ann@example.org"));
    // The recipe's own pairs, and the one that was disliked.
    assertThat(tasks.pairCount()).isEqualTo(161).isEqualTo(pairs.size());
    runs.cancel(run);
  }

  /** Runs of a schedule are named by it. */
  private String learning() {
    return runs.list(50).stream()
        .map(RunSummary::runId)
        .filter(id -> id.startsWith("learn-"))
        .findFirst()
        .orElse("");
  }

  /** Asks with consent and with personal data, and says that the answer is bad. */
  private void dislike() throws Exception {
    JsonNode answer = chat("I am ann@example.org. Who?", Map.of("x-lyceum-consent", "true"));
    HttpResponse<String> taken =
        send(
            "/v1/feedback",
            json.createObjectNode()
                .put("request_id", answer.path("id").asText())
                .put("rating", "down"),
            Map.of());
    assertThat(taken.statusCode()).as(taken.body()).isBetween(200, 204);
  }

  private JsonNode chat(String question, Map<String, String> headers) throws Exception {
    var body = json.createObjectNode().put("model", LINE).put("max_tokens", 12);
    body.putArray("messages").addObject().put("role", "user").put("content", question);
    HttpResponse<String> answer = send("/v1/chat/completions", body, headers);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return json.readTree(answer.body());
  }

  private HttpResponse<String> send(String path, JsonNode body, Map<String, String> headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + settings.servingPort() + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
    headers.forEach(request::header);
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /** Ends a process of this installation as a power cut would. */
  private void kill(String server) throws Exception {
    Installation.Outcome status = installation.run(ASKING, "status", "-o", "json");
    for (JsonNode each : json.readTree(status.out())) {
      if (each.path("server").asText().equals(server)) {
        long pid = each.path("pid").asLong();
        assertThat(pid).as(server).isPositive();
        ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        process.onExit().get(30, TimeUnit.SECONDS);
        for (ProcessHandle child : children) {
          child.onExit().get(30, TimeUnit.SECONDS);
        }
        return;
      }
    }
    throw new AssertionError("No " + server + " in " + status.out());
  }

  private Installation.Outcome start(String... options) {
    return installation.run(RUNNING, with(new String[] {"run", "start", RECIPE}, options));
  }

  private static String[] with(String[] some, String... more) {
    List<String> all = new ArrayList<>(List.of(some));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static String id(Installation.Outcome started) {
    succeed(started);
    return started.out().strip().lines().findFirst().orElseThrow().strip();
  }

  private DeploymentWorkflow deployment(String run) {
    return runs.stage(DeploymentWorkflow.class, run, Stage.DEPLOYMENT);
  }

  private static Judgement judgement(AuditEntry entry) {
    return Objects.requireNonNull(entry.judgement());
  }

  private List<Action> actions() {
    return lines.audit(LINE).stream().map(AuditEntry::action).toList();
  }

  private int champion() {
    return tracker().aliases(LINE).getOrDefault("champion", 0);
  }

  /** The version with which the model server answers. */
  private int served() {
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + settings.servingPort() + "/admin/model"))
                  .header("Authorization", "Bearer " + settings.adminToken())
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      return json.readTree(answer.body()).path("version").asInt();
    } catch (IOException e) {
      throw new AssertionError("The model server does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted", e);
    }
  }

  private MlflowTracker tracker() {
    return new MlflowTracker(settings.tracking());
  }

  private static ConditionFactory await(String what) {
    return Awaitility.await(what).atMost(RUNNING).pollInterval(Duration.ofMillis(500));
  }

  /** Asks until the answer is right; what cannot be asked yet is asked again. */
  private static <T> T ask(String what, Callable<T> question, Predicate<T> right) {
    return await(what).ignoreExceptions().until(question, right);
  }

  private static void succeed(Installation.Outcome outcome) {
    assertThat(outcome.exitCode())
        .as("output:\n%s\nerrors:\n%s", outcome.out(), outcome.err())
        .isZero();
  }
}
