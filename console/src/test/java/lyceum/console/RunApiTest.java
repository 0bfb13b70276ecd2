package lyceum.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.console.security.Role;
import lyceum.contracts.SearchKeys;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.core.recipe.Recipe;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs over HTTP, over a life that stands in its third stage. */
@Timeout(180)
class RunApiTest {
  private static final Recipe SMOKE =
      new RecipeReader(Path.of("").toAbsolutePath().getParent().resolve("recipes"))
          .read("smoke", List.of());

  @TempDir Path folder;
  private ConsoleFixture fixture;
  private String operator;

  @BeforeEach
  void start() {
    fixture = new ConsoleFixture(folder);
    fixture
        .temporal
        .newWorker(TaskQueues.WORKFLOWS)
        .registerWorkflowImplementationTypes(StandingLife.class);
    fixture.temporal.start();
    fixture.add(Role.OPERATOR);
    operator = fixture.token(Role.OPERATOR);
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private void begin(String runId) {
    WorkflowClient client = fixture.temporal.getWorkflowClient();
    WorkflowClient.start(
        client.newWorkflowStub(
                LifecycleWorkflow.class,
                WorkflowOptions.newBuilder()
                    .setWorkflowId(runId)
                    .setTaskQueue(TaskQueues.WORKFLOWS)
                    .setTypedSearchAttributes(
                        io.temporal.common.SearchAttributes.newBuilder()
                            .set(SearchKeys.RECIPE, "smoke")
                            .build())
                    .build())
            ::run,
        new LifecycleRequest(runId, SMOKE, "someone", false));
  }

  @Test
  void run_isTold_withItsStages_markupAsData() {
    begin("run");
    HttpResponse<String> response = fixture.as(operator, "GET", "/api/v1/runs/run", "");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("application/json");
    JsonNode run = ConsoleFixture.json(response);
    assertThat(run.path("state").asText()).isEqualTo("RUNNING");
    assertThat(run.path("stages")).hasSize(8);
    assertThat(run.at("/stages/2/stage").asText()).isEqualTo("pretraining");
    assertThat(run.at("/stages/2/note").asText()).isEqualTo("<b>why</b>");
    assertThat(run.path("ended").isNull()).isTrue();
  }

  @Test
  void list_timeOutsideOfAllRuns_isRefusedWithTheValue() {
    HttpResponse<String> response =
        fixture.as(operator, "GET", "/api/v1/runs?from=0082-03-23T12:08:44Z", "");
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("0082-03-23").contains("2000-01-01");
  }

  @Test
  void run_unknown_isAProblemThatSaysWhatToDo() {
    HttpResponse<String> response = fixture.as(operator, "GET", "/api/v1/runs/nobody", "");
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    assertThat(ConsoleFixture.json(response).path("detail").asText()).contains("nobody");
  }

  @Test
  void pause_isCarriedOut_andASecondOneRefused_aDryRunChangesNothing() {
    begin("run");
    String path = "/api/v1/runs/run:pause";
    JsonNode dry =
        ConsoleFixture.json(
            fixture.as(operator, "POST", path + "?dryRun=true", "{\"reason\":\"lunch\"}"));
    assertThat(dry.path("state").asText()).isEqualTo("RUNNING");
    JsonNode paused =
        ConsoleFixture.json(fixture.as(operator, "POST", path, "{\"reason\":\"lunch\"}"));
    assertThat(paused.path("state").asText()).isEqualTo("PAUSED");
    HttpResponse<String> second = fixture.as(operator, "POST", path, "{}");
    assertThat(second.statusCode()).isEqualTo(422);
    assertThat(second.body()).contains("paused already");
    assertThat(
            ConsoleFixture.json(fixture.as(operator, "POST", "/api/v1/runs/run:resume", "{}"))
                .path("state")
                .asText())
        .isEqualTo("RUNNING");
  }

  @Test
  void idempotencyKey_sameRequest_isDoneOnce_anotherIsRefused() {
    begin("run");
    String path = fixture.uri("/api/v1/runs/run:pause").getPath();
    String[] headers = {"Authorization", "Bearer " + operator, "Idempotency-Key", "k-1"};
    HttpResponse<String> first = fixture.send("POST", path, "{}", headers);
    HttpResponse<String> again = fixture.send("POST", path, "{}", headers);
    assertThat(first.statusCode()).isEqualTo(200);
    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(ConsoleFixture.json(again)).isEqualTo(ConsoleFixture.json(first));
    assertThat(fixture.send("POST", path, "{\"reason\":\"other\"}", headers).statusCode())
        .isEqualTo(422);
  }

  @Test
  void settings_tellTheRecipe_ofTheRun() {
    begin("run");
    JsonNode settings =
        ConsoleFixture.json(
            fixture.as(operator, "GET", "/api/v1/runs/run/settings?against=run", ""));
    assertThat(settings.at("/recipe/name").asText()).isEqualTo("smoke");
    assertThat(settings.path("yaml").asText()).contains("name: smoke");
    assertThat(settings.path("diff")).isEmpty();
  }

  private HttpResponse<InputStream> events(String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(fixture.uri("/api/v1/runs/run/events"))
            .header("Authorization", "Bearer " + operator);
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return fixture.http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
  }

  /** The data of the next event of this kind. */
  private static JsonNode next(BufferedReader reader, String kind) throws IOException {
    String event = "";
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.startsWith("event: ")) {
        event = line.substring(7);
      } else if (line.startsWith("data: ") && event.equals(kind)) {
        return lyceum.contracts.Payloads.fromJson(line.substring(6), JsonNode.class);
      }
    }
    throw new AssertionError("the stream ended without " + kind);
  }

  private static BufferedReader reader(HttpResponse<InputStream> response) {
    return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  @Test
  void events_beginWithTheStatus_andTellAChange() throws Exception {
    begin("run");
    HttpResponse<InputStream> response = events();
    assertThat(response.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/event-stream");
    try (BufferedReader reader = reader(response)) {
      assertThat(next(reader, "status").path("state").asText()).isEqualTo("RUNNING");
      fixture.as(operator, "POST", "/api/v1/runs/run:pause", "{}");
      JsonNode status = next(reader, "status");
      while (!status.path("state").asText().equals("PAUSED")) {
        status = next(reader, "status");
      }
    }
  }

  @Test
  void events_lastEventIdOfAnotherWatcher_beginsAnew() throws Exception {
    begin("run");
    try (BufferedReader reader = reader(events("Last-Event-ID", "00000000-7"))) {
      next(reader, "reset");
      assertThat(next(reader, "status").path("state").asText()).isEqualTo("RUNNING");
    }
  }

  @Test
  void events_ofAnUnknownRun_areAProblem() throws Exception {
    assertThat(events().statusCode()).isEqualTo(404);
  }

  @Test
  void events_manyConnectionsOpenedAndDropped_leaveNothingBehind() throws Exception {
    begin("run");
    for (int round = 0; round < 5; round++) {
      List<HttpResponse<InputStream>> open = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        open.add(events());
      }
      int opened = open.size();
      Awaitility.await().until(() -> fixture.console.watchers().followers() >= opened);
      // However many look, one thread watches.
      assertThat(fixture.console.watchers().threads()).isEqualTo(1);
      for (HttpResponse<InputStream> response : open) {
        response.body().close();
      }
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              assertThat(fixture.console.watchers().followers()).isZero();
              assertThat(fixture.console.watchers().threads()).isZero();
              assertThat(fixture.console.requests().openConnections()).isZero();
            });
  }

  @Test
  void document_hasEveryOperation_andNothingElse() {
    JsonNode document = ConsoleFixture.json(fixture.send("GET", "/api/v1/openapi.json", ""));
    assertThat(document.path("openapi").asText()).startsWith("3.1");
    List<String> documented = new ArrayList<>();
    document
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        method ->
                            documented.add(
                                method.getKey().toUpperCase(java.util.Locale.ROOT)
                                    + " "
                                    + path.getKey())));
    assertThat(documented)
        .containsExactlyInAnyOrderElementsOf(
            fixture.console.operations().stream().map(Object::toString).toList());
    assertThat(fixture.console.operations().stream().map(operation -> operation.id()))
        .doesNotHaveDuplicates();
    // Every reference leads somewhere.
    for (JsonNode reference : document.findValues("$ref")) {
      assertThat(document.at(reference.asText().substring(1)).isMissingNode())
          .as(reference.asText())
          .isFalse();
    }
  }

  @Test
  void everyDocumentedRoute_isThere() {
    for (var operation : fixture.console.operations()) {
      String path =
          operation.path().replace("{digest}", "0".repeat(64)).replaceAll("\\{\\w+}", "x");
      HttpResponse<String> response = fixture.send(operation.method().text(), "/api/v1" + path, "");
      assertThat(response.statusCode()).as(operation.toString()).isNotEqualTo(405);
      assertThat(response.body()).as(operation.toString()).doesNotContain("There is nothing at");
    }
  }
}
