package lyceum.application.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.schedule.ScheduleRequest.Overlap;
import lyceum.application.temporal.TemporalConnection;
import lyceum.contracts.Payloads;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.schedule.LaunchWorkflow;
import lyceum.contracts.schedule.ScheduleBell;
import lyceum.contracts.schedule.ScheduleEvent;
import lyceum.core.LyceumException;
import lyceum.core.WebhookSignature;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Schedules on a real Temporal server; {@code LYCEUM_TEMPORAL} names its program. */
class SchedulesTest {
  private static final Instant NOW = Instant.now();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final List<String> STARTED = new CopyOnWriteArrayList<>();
  private static volatile CountDownLatch mayEnd = new CountDownLatch(0);

  private static Process server;
  private static WorkflowServiceStubs service;
  private static WorkerFactory factory;
  private static TemporalConnection connection;

  private final Schedules schedules =
      new Schedules(connection, "master secret", InstantSource.fixed(NOW));

  @BeforeAll
  static void start(@TempDir Path folder) throws IOException {
    String program = System.getenv("LYCEUM_TEMPORAL");
    assumeTrue(program != null, "LYCEUM_TEMPORAL names no temporal program");
    int port;
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
            .redirectOutput(folder.resolve("temporal.log").toFile())
            .start();
    service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget("127.0.0.1:" + port).build());
    WorkflowClient client =
        WorkflowClient.newInstance(
            service,
            WorkflowClientOptions.newBuilder().setDataConverter(Payloads.dataConverter()).build());
    connection = TemporalConnection.of(service, client, "127.0.0.1:" + port);
    Awaitility.await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              connection.check();
              return true;
            });
    factory = WorkerFactory.newInstance(client);
    Worker worker = factory.newWorker(TaskQueues.WORKFLOWS);
    worker.registerWorkflowImplementationTypes(Noted.class);
    worker.registerActivitiesImplementations(new NotesImpl());
    factory.start();
  }

  @AfterAll
  static void stop() throws InterruptedException {
    if (factory != null) {
      factory.shutdownNow();
      service.shutdownNow();
    }
    if (server != null) {
      server.destroy();
      server.waitFor(20, TimeUnit.SECONDS);
    }
  }

  @BeforeEach
  void forget() {
    STARTED.clear();
    mayEnd = new CountDownLatch(0);
  }

  @AfterEach
  void deleteAll() {
    mayEnd.countDown();
    schedules.list().forEach(schedule -> schedules.delete(schedule.name()));
    Awaitility.await().atMost(PATIENCE).until(() -> schedules.list().isEmpty());
  }

  /** What the launched workflow calls. */
  @io.temporal.activity.ActivityInterface
  public interface Notes {
    void note(String what);
  }

  static final class NotesImpl implements Notes {
    @Override
    public void note(String what) {
      STARTED.add(what);
      try {
        assertThat(mayEnd.await(60, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Notes what was started; the real one is tested with the workflows. */
  public static final class Noted implements LaunchWorkflow {
    @Override
    public void run(Launch launch) {
      io.temporal.workflow.Workflow.newActivityStub(
              Notes.class,
              io.temporal.activity.ActivityOptions.newBuilder()
                  .setStartToCloseTimeout(Duration.ofMinutes(2))
                  .build())
          .note(launch.schedule() + " " + launch.kind() + " " + launch.modelLine());
    }
  }

  @Test
  void create_get_list_showWhatWasAsked() {
    schedules.create(
        request("nightly").cron("0 2 * * *").zone("Europe/Berlin").note("while all sleep").make());

    ScheduleView view = schedules.get("nightly");
    assertThat(view.kind()).isEqualTo(LaunchWorkflow.Kind.CURATION);
    assertThat(view.modelLine()).isEqualTo("tiny");
    assertThat(view.when()).isEqualTo("cron 0 2 * * * Europe/Berlin");
    assertThat(view.createdBy()).isEqualTo("ann");
    assertThat(view.note()).isEqualTo("while all sleep");
    assertThat(view.overlap()).isEqualTo(Overlap.SKIP);
    assertThat(view.catchupSeconds()).isEqualTo(3600);
    assertThat(view.next()).isNotEmpty();
    assertThat(view.next().getFirst().atZone(ZoneId.of("Europe/Berlin")).getHour()).isEqualTo(2);
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(schedules.list())
                    .extracting(ScheduleView::name)
                    .containsExactly("nightly"));
  }

  @Test
  void change_timesPoliciesAndNote_leavesTheRest() {
    schedules.create(request("nightly").cron("0 2 * * *").zone("Europe/Berlin").make());

    ScheduleView weekly = schedules.change("nightly", cron("30 4 * * 1"));
    assertThat(weekly.when()).isEqualTo("cron 30 4 * * 1 Europe/Berlin");
    assertThat(weekly.cron()).isEqualTo("30 4 * * 1");
    assertThat(weekly.next().getFirst().atZone(ZoneId.of("Europe/Berlin")).getHour()).isEqualTo(4);
    assertThat(weekly.createdBy()).isEqualTo("ann");

    ScheduleView often =
        schedules.change(
            "nightly",
            new ScheduleChange(
                Optional.empty(),
                Optional.of(Duration.ofMinutes(90)),
                Optional.empty(),
                Optional.of(Overlap.BUFFER_ONE),
                Optional.of(Duration.ofMinutes(5)),
                Optional.of(true),
                Optional.of("more often")));
    assertThat(often.when()).isEqualTo("every 90 min");
    assertThat(often.cron()).isEmpty();
    assertThat(often.overlap()).isEqualTo(Overlap.BUFFER_ONE);
    assertThat(often.catchupSeconds()).isEqualTo(300);
    assertThat(often.pauseOnFailure()).isTrue();
    assertThat(often.note()).isEqualTo("more often");
    assertThat(often.paused()).isFalse();

    // What it starts is the same as before.
    schedules.trigger("nightly");
    Awaitility.await().atMost(PATIENCE).until(() -> STARTED.contains("nightly CURATION tiny"));
  }

  @Test
  void change_ofAnEventsScheduleToTimes_ofNone_orToNothing_isRefused() {
    schedules.create(request("hook").on("webhook:hook").make());

    assertThatThrownBy(() -> schedules.change("hook", cron("0 2 * * *")))
        .satisfies(e -> assertThat(outcome(e)).isEqualTo(Outcome.INVALID));
    assertThatThrownBy(() -> schedules.change("nobody", cron("0 2 * * *")))
        .satisfies(e -> assertThat(outcome(e)).isEqualTo(Outcome.NOT_FOUND));
    schedules.create(request("nightly").cron("0 2 * * *").make());
    assertThatThrownBy(() -> schedules.change("nightly", cron("at night")))
        .satisfies(e -> assertThat(outcome(e)).isEqualTo(Outcome.INVALID));
    assertThat(schedules.get("nightly").cron()).isEqualTo("0 2 * * *");
  }

  private static ScheduleChange cron(String cron) {
    return new ScheduleChange(
        Optional.of(cron),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void create_twice_isAConflict_andDeleteEndsIt() {
    schedules.create(request("nightly").every(Duration.ofHours(6)).make());

    assertThatThrownBy(() -> schedules.create(request("nightly").every(Duration.ofHours(6)).make()))
        .satisfies(e -> assertThat(outcome(e)).isEqualTo(Outcome.CONFLICT));
    schedules.delete("nightly");
    assertThatThrownBy(() -> schedules.get("nightly"))
        .satisfies(e -> assertThat(outcome(e)).isEqualTo(Outcome.NOT_FOUND));
  }

  @Test
  void cronThatIsNone_isRefused() {
    assertThatThrownBy(() -> schedules.create(request("nightly").cron("at night").make()))
        .satisfies(e -> assertThat(outcome(e)).isEqualTo(Outcome.INVALID));
  }

  @Test
  void requestsThatMakeNoSense_areRefusedAtTheDoor() {
    assertThatThrownBy(() -> request("x").cron("0 2 * * *").every(Duration.ofHours(1)).make())
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("more than one");
    assertThatThrownBy(() -> request("x").every(Duration.ofSeconds(5)).make())
        .hasMessageContaining("a minute is the least");
    assertThatThrownBy(() -> request("Not a name").make()).hasMessageContaining("lower-case");
    assertThatThrownBy(() -> request("x").on("moon:full").make())
        .hasMessageContaining("nothing that a schedule can wait for");
    assertThatThrownBy(() -> request("x").on("webhook:other").make())
        .hasMessageContaining("its own webhook");
  }

  @Test
  void trigger_startsIt_andOverlapSkipsTheSecond() {
    mayEnd = new CountDownLatch(1);
    schedules.create(request("by-hand").make());

    schedules.trigger("by-hand");
    awaitStarts(1);
    assertThat(STARTED).containsExactly("by-hand CURATION tiny");
    schedules.trigger("by-hand");
    Awaitility.await().atMost(PATIENCE).until(() -> schedules.get("by-hand").skipped() == 1);

    assertThat(schedules.get("by-hand").running()).hasSize(1);
    assertThat(STARTED).hasSize(1);
  }

  @Test
  void pause_andUnpause_keepWhoAndWhy() {
    schedules.create(request("hourly").every(Duration.ofHours(1)).make());

    ScheduleView paused = schedules.pause("hourly", "bob", "the disk is full");
    assertThat(paused.paused()).isTrue();
    assertThat(paused.note()).isEqualTo("paused by bob: the disk is full");
    ScheduleView awake = schedules.unpause("hourly", "bob", "");
    assertThat(awake.paused()).isFalse();
    assertThat(awake.note()).isEqualTo("unpaused by bob");
  }

  @Test
  void backfill_startsOnceForEachTime_oneAfterTheOther() {
    schedules.create(request("hourly").every(Duration.ofHours(1)).make());
    Instant to = NOW.truncatedTo(ChronoUnit.HOURS).minus(Duration.ofHours(10)).plusSeconds(1);

    schedules.backfill("hourly", to.minus(Duration.ofHours(3)), to);

    awaitStarts(3);
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(schedules.get("hourly").recent()).hasSize(3));
    assertThatThrownBy(() -> schedules.backfill("hourly", to, to))
        .satisfies(e -> assertThat(outcome(e)).isEqualTo(Outcome.INVALID));
  }

  @Test
  void event_startsWhatWaitsForIt_once_andNothingElse() {
    schedules.create(request("on-data").on("dataset:feedback-tiny").make());
    schedules.create(request("on-alias").on("alias:other/champion").make());
    ScheduleBell bell = new ScheduleBell(service, connection.namespace());
    Awaitility.await().atMost(PATIENCE).until(() -> schedules.list().size() == 2);

    ScheduleEvent event = ScheduleEvent.ofDataset("feedback-tiny", 3);
    assertThat(bell.ring(event)).containsExactly("on-data");
    awaitStarts(1);
    // Told again, as by an activity whose answer was lost.
    assertThat(bell.ring(event)).containsExactly("on-data");
    bell.ring(ScheduleEvent.ofAlias("other", "champion", "move-1"));
    awaitStarts(2);

    assertThat(STARTED)
        .containsExactlyInAnyOrder("on-data CURATION tiny", "on-alias CURATION tiny");
    assertThat(schedules.get("on-data").starts()).isEqualTo(1);
  }

  @Test
  void pausedSchedule_sleepsThroughEvents() {
    schedules.create(request("on-data").on("dataset:feedback-tiny").paused().make());
    ScheduleBell bell = new ScheduleBell(service, connection.namespace());
    Awaitility.await().atMost(PATIENCE).until(() -> schedules.list().size() == 1);

    assertThat(bell.ring(ScheduleEvent.ofDataset("feedback-tiny", 3))).isEmpty();
  }

  @Test
  void webhook_rightlySigned_startsIt_andTheSameDeliveryDoesNotAgain() {
    schedules.create(request("hook").on("webhook:hook").overlap(Overlap.ALLOW_ALL).make());
    byte[] body = "{}".getBytes();
    String signature = WebhookSignature.of(schedules.webhookSecret("hook"), NOW, body);

    assertThat(schedules.webhook("hook", signature, "delivery-1", body)).isTrue();
    awaitStarts(1);
    assertThat(schedules.webhook("hook", signature, "delivery-1", body)).isTrue();
    assertThat(schedules.webhook("hook", signature, "delivery-2", body)).isTrue();
    awaitStarts(2);

    assertThat(schedules.get("hook").starts()).isEqualTo(2);
  }

  @Test
  void webhook_wronglySigned_oldOrForAnother_isRefused() {
    schedules.create(request("hook").on("webhook:hook").make());
    schedules.create(request("by-hand").make());
    byte[] body = "{}".getBytes();
    String secret = schedules.webhookSecret("hook");

    assertThat(secret).isNotEqualTo(schedules.webhookSecret("by-hand"));
    for (String wrong :
        List.of(
            "",
            WebhookSignature.of("guessed", NOW, body),
            WebhookSignature.of(secret, NOW, "other".getBytes()),
            WebhookSignature.of(secret, NOW.minusSeconds(3600), body),
            WebhookSignature.of(schedules.webhookSecret("by-hand"), NOW, body))) {
      assertThatThrownBy(() -> schedules.webhook("hook", wrong, "d", body))
          .satisfies(e -> assertThat(outcome(e)).isEqualTo(Outcome.ACCESS));
    }
    assertThatThrownBy(
            () ->
                schedules.webhook(
                    "by-hand",
                    WebhookSignature.of(schedules.webhookSecret("by-hand"), NOW, body),
                    "d",
                    body))
        .satisfies(e -> assertThat(outcome(e)).isEqualTo(Outcome.NOT_FOUND));
    assertThatThrownBy(
            () ->
                new Schedules(connection, "", InstantSource.fixed(NOW))
                    .webhook("hook", WebhookSignature.of(secret, NOW, body), "d", body))
        .satisfies(e -> assertThat(outcome(e)).isEqualTo(Outcome.REFUSED));
    assertThat(STARTED).isEmpty();
  }

  private void awaitStarts(int count) {
    Awaitility.await().atMost(PATIENCE).until(() -> STARTED.size() >= count);
  }

  private static Outcome outcome(Throwable e) {
    return ((RequestFailure) e).outcome();
  }

  private static Building request(String name) {
    return new Building(name);
  }

  private static final class Building {
    private final String name;
    private Optional<String> cron = Optional.empty();
    private Optional<Duration> every = Optional.empty();
    private Optional<String> on = Optional.empty();
    private ZoneId zone = ZoneId.of("UTC");
    private Overlap overlap = Overlap.SKIP;
    private boolean paused;
    private String note = "";

    Building(String name) {
      this.name = name;
    }

    Building cron(String cron) {
      this.cron = Optional.of(cron);
      return this;
    }

    Building every(Duration every) {
      this.every = Optional.of(every);
      return this;
    }

    Building on(String on) {
      this.on = Optional.of(on);
      return this;
    }

    Building zone(String zone) {
      this.zone = ZoneId.of(zone);
      return this;
    }

    Building overlap(Overlap overlap) {
      this.overlap = overlap;
      return this;
    }

    Building paused() {
      this.paused = true;
      return this;
    }

    Building note(String note) {
      this.note = note;
      return this;
    }

    ScheduleRequest make() {
      return new ScheduleRequest(
          name,
          Optional.empty(),
          "tiny",
          cron,
          every,
          on,
          zone,
          overlap,
          Duration.ofHours(1),
          false,
          false,
          paused,
          note,
          "ann");
    }
  }
}
