package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.connectors.tracking.MlflowTracker;
import lyceum.contracts.Payloads;
import lyceum.contracts.alignment.AlignmentWorkflow;
import lyceum.contracts.alignment.RankingStatus;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.core.Sha256;
import lyceum.core.Stage;
import lyceum.core.WebhookSignature;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Promotion on real servers: the comparison with the champion, a canary during which worker, MLflow
 * and Temporal are killed one after the other, going back, and the log of it all. The tests build
 * on each other.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PromotionIT {
  private static final int PORTS = 28900;
  private static final Duration STARTING = Duration.ofMinutes(10);
  private static final Duration RUNNING = Duration.ofMinutes(15);
  private static final Duration ASKING = Duration.ofMinutes(3);
  private static final String LINE = "lyceum-smoke";

  /** A canary long enough to kill three servers in, with looks close together. */
  private static final String[] CANARY = {
    "--set", "deployment.canary={percent: 50, minutes: 4, requests: 0}",
    "--set", "deployment.health.everySeconds=5",
    "--set", "alignment.policy.klCoefficient=0.2",
    // Two models that differ by three steps of training: whatever they lose is no loss here.
    "--set", "deployment.champion.margin=0.5"
  };

  private final ObjectMapper json = new ObjectMapper();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private Installation installation;
  private Settings settings;
  private HttpServer receiver;
  private int first;

  @BeforeAll
  void up(@TempDir Path temporary) throws IOException {
    receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    receiver.createContext(
        "/news",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          String signature = exchange.getRequestHeaders().getFirst(WebhookSignature.HEADER);
          told.add(
              WebhookSignature.refusal("shared", signature, body, Instant.now())
                  .orElse(json.readTree(body).path("event").asText()));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    receiver.start();
    installation =
        new Installation(temporary.resolve("home"), PORTS)
            .with(
                "LYCEUM_NOTIFY_WEBHOOK_URL",
                "http://127.0.0.1:" + receiver.getAddress().getPort() + "/news")
            .with("LYCEUM_NOTIFY_WEBHOOK_SECRET", "shared")
            .with("LYCEUM_NOTIFY_WEBHOOK_PRIVATE", "true");
    succeed(installation.run(STARTING, "up"));
    settings = Settings.load(Map.of("LYCEUM_HOME", installation.home().toString()));
  }

  @AfterAll
  void down() {
    receiver.stop(0);
    succeed(installation.run(ASKING, "down"));
  }

  @Test
  @Order(1)
  void firstRun_hasNoChampionToBeHeldAgainst() throws Exception {
    succeed(installation.run(RUNNING, "run", "start", "smoke", "--wait"));

    first = champion();
    assertThat(history("--all"))
        .extracting(entry -> entry.path("action").asText(), entry -> entry.path("by").asText())
        .containsExactly(tuple("APPROVED", "gates"), tuple("PROMOTED", "gates"));
    Awaitility.await().atMost(ASKING).until(() -> told.contains("model.promoted"));
  }

  @Test
  @Order(2)
  void canary_whileWorkerTrackingAndTemporalAreKilled_isPromotedAndNotedOnce() throws Exception {
    List<String> arguments = new ArrayList<>(List.of("run", "start", "smoke", "--wait"));
    arguments.addAll(List.of(CANARY));
    CompletableFuture<Installation.Outcome> run =
        CompletableFuture.supplyAsync(
            () -> installation.run(RUNNING, arguments.toArray(String[]::new)));
    Awaitility.await("the canary")
        .atMost(RUNNING)
        .pollInterval(Duration.ofSeconds(2))
        .until(() -> actions("--all").contains("CANARY_STARTED"));
    assertThat(champion()).isEqualTo(first);

    for (String server : List.of("WORKER", "TRACKING", "TEMPORAL")) {
      kill(server);
      Thread.sleep(2000);
      succeed(installation.run(STARTING, "up"));
    }
    // Its watch may have lost the connection; what counts is what the servers say.
    run.join();

    Awaitility.await("the promotion")
        .atMost(RUNNING)
        .pollInterval(Duration.ofSeconds(2))
        .until(() -> champion() != first);
    List<JsonNode> log = history("--all");
    List<JsonNode> second = log.subList(2, log.size());
    assertThat(second)
        .extracting(entry -> entry.path("action").asText())
        .containsExactly("APPROVED", "CANARY_STARTED", "CANARY_ENDED", "PROMOTED");
    for (JsonNode entry : second) {
      assertThat(entry.path("from").asInt()).isEqualTo(first);
      assertThat(entry.path("to").asInt()).isEqualTo(champion());
      assertThat(entry.path("atMillis").asLong()).isPositive();
      assertThat(entry.path("runId").asText()).startsWith("smoke-");
      assertThat(entry.path("judgement").path("champion").asInt()).isEqualTo(first);
    }
    JsonNode compared = second.getLast().path("judgement").path("comparison").path("scores");
    assertThat(compared).hasSize(1);
    assertThat(compared.path(0).path("paired").path("score").asText()).isEqualTo("chat/loss");
    assertThat(compared.path(0).path("paired").path("items").asInt()).isGreaterThanOrEqualTo(8);
    assertThat(compared.path(0).path("paired").path("low").asDouble())
        .isLessThanOrEqualTo(compared.path(0).path("paired").path("difference").asDouble());
    assertThat(tracker().aliases(LINE)).containsEntry("previous", first);
  }

  @Test
  @Order(3)
  void rollback_isOneStep_andInTheLog() throws Exception {
    int second = champion();
    succeed(installation.run(ASKING, "model", "rollback", LINE, "--reason", "it swears"));

    assertThat(champion()).isEqualTo(first);
    JsonNode last = history().getLast();
    assertThat(last.path("action").asText()).isEqualTo("ROLLED_BACK");
    assertThat(last.path("from").asInt()).isEqualTo(second);
    assertThat(last.path("to").asInt()).isEqualTo(first);
    assertThat(last.path("reason").asText()).isEqualTo("it swears");
    assertThat(last.path("by").asText()).isNotBlank();
    Awaitility.await().atMost(ASKING).until(() -> told.contains("model.rolled_back"));
    assertThat(told)
        .doesNotContain("The signature is not that of the body under the shared secret.");
  }

  @Test
  @Order(4)
  void thumbsDown_isAmongTheRankingTasksOfTheRunThatItsDataSetStarts() throws Exception {
    MinioArtifactStore store = new MinioArtifactStore(settings.storage());
    keep(
        store,
        "exchanges",
        "{\"schema\":1,\"id\":\"chatcmpl-1\",\"model\":\""
            + LINE
            + "\",\"version\":"
            + first
            + ",\"consent\":true,\"messages\":[{\"role\":\"user\",\"content\":\"I am ann@example.org. Who?\"},"
            + "{\"role\":\"assistant\",\"content\":\"You are.\"}]}");
    keep(
        store,
        "feedback",
        "{\"schema\":1,\"request_id\":\"chatcmpl-1\",\"time\":\"2026-11-28T10:00:00Z\",\"client\":\"ann\",\"rating\":\"down\"}");
    succeed(
        installation.run(
            ASKING,
            "schedule",
            "create",
            "learn",
            "smoke",
            "--set",
            "feedback={ranking: true, examples: true}",
            "--set",
            "alignment.rater=PEOPLE",
            "--on",
            "dataset:feedback-" + LINE));
    succeed(installation.run(ASKING, "schedule", "create", "curate", "--curation", LINE));
    Awaitility.await()
        .atMost(ASKING)
        .until(
            () ->
                json.readTree(installation.run(ASKING, "schedule", "list", "-o", "json").out())
                        .size()
                    == 2);

    succeed(installation.run(ASKING, "schedule", "trigger", "curate"));

    String run =
        Awaitility.await("the run of the schedule")
            .atMost(RUNNING)
            .pollInterval(Duration.ofSeconds(3))
            .until(this::learning, id -> !id.isEmpty());
    WorkflowServiceStubs service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(settings.temporalAddress()).build());
    try {
      AlignmentWorkflow alignment =
          WorkflowClient.newInstance(
                  service,
                  WorkflowClientOptions.newBuilder()
                      .setNamespace(settings.temporalNamespace())
                      .setDataConverter(Payloads.dataConverter())
                      .build())
              .newWorkflowStub(
                  AlignmentWorkflow.class, LifecycleWorkflow.stageWorkflowId(run, Stage.ALIGNMENT));
      RankingStatus tasks =
          Awaitility.await("the ranking tasks")
              .atMost(RUNNING)
              .pollInterval(Duration.ofSeconds(3))
              .ignoreExceptions()
              .until(alignment::rankings, RankingStatus::open);
      String first =
          new String(store.get(Objects.requireNonNull(tasks.pairs())), StandardCharsets.UTF_8)
              .lines()
              .findFirst()
              .orElseThrow();
      assertThat(first)
          .contains("\"number\":0")
          .contains("I am [EMAIL]. Who?")
          .contains("You are.")
          .contains("FEEDBACK")
          .doesNotContain("ann@example.org");
      assertThat(tasks.pairCount()).isEqualTo(161);
    } finally {
      service.shutdownNow();
      installation.run(ASKING, "run", "cancel", run);
    }
  }

  private String learning() throws IOException {
    Installation.Outcome runs = installation.run(ASKING, "run", "list", "-o", "json");
    for (JsonNode run : json.readTree(runs.out())) {
      String id = run.has("runId") ? run.path("runId").asText() : run.path("id").asText();
      if (id.startsWith("learn-")) {
        return id;
      }
    }
    return "";
  }

  /** As the server keeps it, see docs/serving.md. */
  private static void keep(MinioArtifactStore store, String kind, String line) {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    store.putDocument("feedback/2026-11-28/" + kind + "-" + Sha256.of(bytes) + ".jsonl", bytes);
  }

  private void kill(String server) throws Exception {
    Installation.Outcome status = installation.run(ASKING, "status", "-o", "json");
    for (JsonNode each : json.readTree(status.out())) {
      if (each.path("server").asText().equals(server)) {
        long pid = each.path("pid").asLong();
        assertThat(pid).as(server).isPositive();
        ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        process.onExit().get(30, java.util.concurrent.TimeUnit.SECONDS);
        return;
      }
    }
    throw new AssertionError("No " + server + " in " + status.out());
  }

  private int champion() {
    return tracker().aliases(LINE).getOrDefault("champion", 0);
  }

  private MlflowTracker tracker() {
    return new MlflowTracker(settings.tracking().uri());
  }

  private List<String> actions(String... options) throws IOException {
    return history(options).stream().map(entry -> entry.path("action").asText()).toList();
  }

  private List<JsonNode> history(String... options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("model", "history", LINE, "-o", "json"));
    arguments.addAll(List.of(options));
    Installation.Outcome outcome = installation.run(ASKING, arguments.toArray(String[]::new));
    succeed(outcome);
    List<JsonNode> entries = new ArrayList<>();
    json.readTree(outcome.out().getBytes(StandardCharsets.UTF_8)).forEach(entries::add);
    return entries;
  }

  private static void succeed(Installation.Outcome outcome) {
    assertThat(outcome.exitCode())
        .as("output:\n%s\nerrors:\n%s", outcome.out(), outcome.err())
        .isZero();
  }
}
