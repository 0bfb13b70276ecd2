package lyceum.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import lyceum.application.temporal.TemporalConnection;
import lyceum.console.security.Role;
import lyceum.contracts.Payloads;
import lyceum.core.WebhookSignature;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Schedules over HTTP on a real Temporal server; {@code LYCEUM_TEMPORAL} names its program. */
@Timeout(180)
class ScheduleApiTest {
  private static final String SCHEDULES = "/api/v1/schedules";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static Process server;
  private static int port;

  @TempDir Path folder;
  private ConsoleFixture fixture;
  private String operator;

  @BeforeAll
  static void startServer(@TempDir Path logs) throws IOException {
    String program = System.getenv("LYCEUM_TEMPORAL");
    assumeTrue(program != null, "LYCEUM_TEMPORAL names no temporal program");
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    server =
        new ProcessBuilder(
                program,
                "server",
                "start-dev",
                "--headless",
                "--ip",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--log-level",
                "error")
            .redirectErrorStream(true)
            .redirectOutput(logs.resolve("temporal.log").toFile())
            .start();
  }

  @AfterAll
  static void stopServer() throws InterruptedException {
    if (server != null) {
      server.destroy();
      server.waitFor(20, TimeUnit.SECONDS);
    }
  }

  @BeforeEach
  void start() {
    WorkflowServiceStubs service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget("127.0.0.1:" + port).build());
    TemporalConnection connection =
        TemporalConnection.of(
            service,
            WorkflowClient.newInstance(
                service,
                WorkflowClientOptions.newBuilder()
                    .setDataConverter(Payloads.dataConverter())
                    .build()),
            "127.0.0.1:" + port);
    Awaitility.await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              connection.check();
              return true;
            });
    fixture =
        new ConsoleFixture(
            folder,
            Map.of("LYCEUM_TRIGGERS_SECRET", "32 random characters"),
            Optional.of(connection));
    fixture.add(Role.OPERATOR);
    fixture.add(Role.VIEWER);
    operator = fixture.token(Role.OPERATOR);
  }

  @AfterEach
  void stop() {
    for (String name : new String[] {"nightly", "hook", "other"}) {
      fixture.as(operator, "DELETE", SCHEDULES + "/" + name, "");
    }
    fixture.close();
  }

  private HttpResponse<String> create(String body) {
    return fixture.as(operator, "POST", SCHEDULES, body);
  }

  private JsonNode post(String name, String verb, String body) {
    HttpResponse<String> response =
        fixture.as(operator, "POST", SCHEDULES + "/" + name + ":" + verb, body);
    assertThat(response.statusCode()).as(verb + ": " + response.body()).isEqualTo(200);
    return ConsoleFixture.json(response);
  }

  @Test
  void schedule_isMade_told_changed_paused_triggered_andDeleted() {
    String curation =
        """
        {"name":"nightly","kind":"CURATION","modelLine":"tiny","cron":"0 2 * * *",
         "timeZone":"Europe/Berlin","note":"while all sleep"}""";
    assertThat(fixture.as(operator, "POST", SCHEDULES + "?dryRun=true", curation).statusCode())
        .isEqualTo(204);
    assertThat(fixture.as(operator, "GET", SCHEDULES + "/nightly", "").statusCode()).isEqualTo(404);

    HttpResponse<String> made = create(curation);
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    assertThat(made.headers().firstValue("Location")).hasValue(SCHEDULES + "/nightly");
    JsonNode schedule = ConsoleFixture.json(made);
    assertThat(schedule.path("id").asText()).isEqualTo("nightly");
    assertThat(schedule.path("kind").asText()).isEqualTo("CURATION");
    assertThat(schedule.path("cron").asText()).isEqualTo("0 2 * * *");
    assertThat(schedule.path("every").isNull()).isTrue();
    assertThat(schedule.path("overlap").asText()).isEqualTo("SKIP");
    assertThat(schedule.path("createdBy").asText()).isEqualTo("the-operator");
    assertThat(schedule.path("next")).isNotEmpty();
    assertThat(create(curation).statusCode()).isEqualTo(409);
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        ConsoleFixture.json(
                                fixture.as(fixture.token(Role.VIEWER), "GET", SCHEDULES, ""))
                            .path("items")
                            .findValuesAsText("name"))
                    .containsExactly("nightly"));

    HttpResponse<String> changed =
        fixture.as(
            operator,
            "PATCH",
            SCHEDULES + "/nightly",
            "{\"every\":3600,\"overlap\":\"BUFFER_ONE\",\"note\":\"hourly\"}");
    assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
    JsonNode hourly = ConsoleFixture.json(changed);
    assertThat(hourly.path("every").asLong()).isEqualTo(3600);
    assertThat(hourly.path("cron").isNull()).isTrue();
    assertThat(hourly.path("overlap").asText()).isEqualTo("BUFFER_ONE");
    assertThat(fixture.as(operator, "PATCH", SCHEDULES + "/nightly", "{}").statusCode())
        .isEqualTo(400);

    assertThat(post("nightly", "pause", "{\"reason\":\"lunch\"}").path("paused").asBoolean())
        .isTrue();
    assertThat(post("nightly", "unpause", "{}").path("paused").asBoolean()).isFalse();
    post("nightly", "trigger", "{}");
    awaitStarts("nightly", 1);
    post(
        "nightly",
        "backfill",
        "{\"from\":\"2026-11-01T00:00:00Z\",\"to\":\"2026-11-01T02:30:00Z\"}");
    assertThat(
            fixture
                .as(
                    operator,
                    "POST",
                    SCHEDULES + "/nightly:backfill",
                    "{\"from\":\"2026-11-02T00:00:00Z\",\"to\":\"2026-11-01T00:00:00Z\"}")
                .statusCode())
        .isEqualTo(400);
    assertThat(fixture.as(operator, "DELETE", SCHEDULES + "/nightly", "").statusCode())
        .isEqualTo(204);
    assertThat(fixture.as(operator, "GET", SCHEDULES + "/nightly", "").statusCode()).isEqualTo(404);
  }

  @Test
  void scheduleOfRuns_namesTheRunOfEachStart() {
    HttpResponse<String> made =
        create("{\"name\":\"other\",\"recipe\":\"smoke\",\"set\":{\"seed\":7},\"every\":86400}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    assertThat(ConsoleFixture.json(made).path("recipe").asText()).isEqualTo("smoke");
    post("other", "trigger", "{}");
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              JsonNode start =
                  ConsoleFixture.json(fixture.as(operator, "GET", SCHEDULES + "/other", ""))
                      .at("/recent/0");
              assertThat(start.path("workflowId").asText()).startsWith("schedule-other-");
              assertThat(start.path("runId").asText()).matches("other-[0-9]{8}-[0-9]{6}");
            });
  }

  @Test
  void create_whatIsWrong_isRefused() {
    for (String body :
        new String[] {
          "{\"name\":\"nightly\",\"cron\":\"0 2 * * *\"}",
          "{\"name\":\"nightly\",\"recipe\":\"../smoke\"}",
          "{\"name\":\"Nightly\",\"kind\":\"CURATION\",\"modelLine\":\"tiny\"}",
          "{\"name\":\"nightly\",\"kind\":\"CURATION\"}",
          "{\"name\":\"nightly\",\"kind\":\"CURATION\",\"modelLine\":\"tiny\",\"recipe\":\"smoke\"}",
          "{\"name\":\"nightly\",\"kind\":\"CURATION\",\"modelLine\":\"tiny\",\"cron\":\"at night\"}",
          "{\"name\":\"nightly\",\"kind\":\"CURATION\",\"modelLine\":\"tiny\",\"every\":1}",
          "{\"name\":\"nightly\",\"kind\":\"CURATION\",\"modelLine\":\"tiny\",\"every\":60,\"on\":\"webhook\"}",
          "{\"name\":\"nightly\",\"kind\":\"CURATION\",\"modelLine\":\"tiny\",\"on\":\"file:/etc\"}",
          "{\"name\":\"nightly\",\"kind\":\"CURATION\",\"modelLine\":\"tiny\",\"on\":\"webhook:another\"}",
          "{\"name\":\"nightly\",\"kind\":\"CURATION\",\"modelLine\":\"tiny\",\"timeZone\":\"Mars/Base\"}"
        }) {
      HttpResponse<String> response = create(body);
      assertThat(response.statusCode()).as(body + response.body()).isEqualTo(400);
      assertThat(response.headers().firstValue("Content-Type"))
          .hasValue("application/problem+json");
    }
  }

  private int call(String name, String secret, String delivery, Duration late) {
    byte[] body = "any text".getBytes(StandardCharsets.UTF_8);
    return fixture
        .send(
            "POST",
            "/api/v1/webhooks/" + name,
            "any text",
            WebhookSignature.HEADER,
            WebhookSignature.of(secret, fixture.clock.instant().minus(late), body),
            WebhookSignature.DELIVERY,
            delivery)
        .statusCode();
  }

  @Test
  void webhook_rightlySigned_startsItsSchedule_onceADelivery_withoutASession() {
    assertThat(
            create(
                    "{\"name\":\"hook\",\"kind\":\"CURATION\",\"modelLine\":\"tiny\",\"on\":\"webhook\",\"overlap\":\"ALLOW_ALL\"}")
                .statusCode())
        .isEqualTo(201);
    create("{\"name\":\"other\",\"kind\":\"CURATION\",\"modelLine\":\"tiny\",\"every\":86400}");
    assertThat(
            fixture
                .as(fixture.token(Role.VIEWER), "POST", SCHEDULES + "/hook:secret", "{}")
                .statusCode())
        .isEqualTo(403);
    assertThat(fixture.as(operator, "POST", SCHEDULES + "/other:secret", "{}").statusCode())
        .isEqualTo(404);
    JsonNode told = post("hook", "secret", "{}");
    assertThat(told.path("path").asText()).isEqualTo("/api/v1/webhooks/hook");
    String secret = told.path("secret").asText();

    assertThat(call("hook", secret, "1", Duration.ZERO)).isEqualTo(202);
    assertThat(call("hook", secret, "1", Duration.ZERO)).isEqualTo(202);
    awaitStarts("hook", 1);
    // The server names what it starts by the second, so that two starts of one second are one.
    Instant second = Instant.now();
    Awaitility.await().until(() -> Instant.now().isAfter(second.plusSeconds(1)));
    assertThat(call("hook", secret, "2", Duration.ofMinutes(4))).isEqualTo(202);
    assertThat(call("hook", secret, "3", Duration.ofMinutes(6))).isEqualTo(403);
    assertThat(call("hook", "another", "4", Duration.ZERO)).isEqualTo(403);
    // The secret is of one schedule, and whether there is another is not told without its own.
    assertThat(call("other", secret, "5", Duration.ZERO)).isEqualTo(403);
    assertThat(call("nobody", secret, "6", Duration.ZERO)).isEqualTo(403);
    awaitStarts("hook", 2);
  }

  private void awaitStarts(String name, int starts) {
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        ConsoleFixture.json(fixture.as(operator, "GET", SCHEDULES + "/" + name, ""))
                            .path("starts")
                            .asInt())
                    .isEqualTo(starts));
  }
}
