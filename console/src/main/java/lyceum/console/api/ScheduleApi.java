package lyceum.console.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.recipe.Progress;
import lyceum.application.schedule.ScheduleChange;
import lyceum.application.schedule.ScheduleRequest;
import lyceum.application.schedule.ScheduleView;
import lyceum.application.schedule.Schedules;
import lyceum.console.http.Answer;
import lyceum.console.http.Call;
import lyceum.console.http.Operation;
import lyceum.console.http.Problem;
import lyceum.console.security.Role;
import lyceum.contracts.schedule.LaunchWorkflow;
import lyceum.core.LyceumException;
import lyceum.core.WebhookSignature;
import lyceum.core.recipe.Recipe;
import org.jspecify.annotations.Nullable;

/** Runs and curations that start by time, by event and by hand. */
public final class ScheduleApi {
  private static final String NAME = "[a-z0-9][a-z0-9-]{0,62}";
  private static final Duration CATCHUP = Duration.ofHours(1);

  private final Services services;
  private final RecipeDoor recipes;

  public ScheduleApi(Services services, RecipeDoor recipes) {
    this.services = services;
    this.recipes = recipes;
  }

  /**
   * One start.
   *
   * @param runId the run it started; {@code null} for a curation
   */
  record Start(Instant time, String workflowId, @Nullable String runId) {}

  /**
   * A schedule.
   *
   * @param recipe name; empty for a curation of {@code modelLine}
   * @param when its times or what it waits for, in words
   * @param every seconds between two starts
   * @param catchup seconds for which missed starts are made up for
   * @param running workflows of starts that have not ended
   * @param missed starts missed by more than the time to catch up
   * @param skipped starts that the overlap policy left out
   */
  record ScheduleJson(
      String id,
      String name,
      LaunchWorkflow.Kind kind,
      String recipe,
      String modelLine,
      String when,
      @Nullable String cron,
      @Nullable Long every,
      @Nullable String on,
      String timeZone,
      ScheduleRequest.Overlap overlap,
      long catchup,
      boolean pauseOnFailure,
      boolean paused,
      String note,
      String createdBy,
      List<Instant> next,
      List<Start> recent,
      List<String> running,
      long starts,
      long missed,
      long skipped) {
    static ScheduleJson of(ScheduleView view) {
      return new ScheduleJson(
          view.name(),
          view.name(),
          view.kind(),
          view.recipe(),
          view.modelLine(),
          view.when(),
          view.cron().isEmpty() ? null : view.cron(),
          view.everySeconds() == 0 ? null : view.everySeconds(),
          view.on().isEmpty() ? null : view.on(),
          view.timeZone(),
          view.overlap(),
          view.catchupSeconds(),
          view.pauseOnFailure(),
          view.paused(),
          view.note(),
          view.createdBy(),
          view.next(),
          view.recent().stream()
              .map(
                  start ->
                      new Start(
                          start.startedAt(),
                          start.workflowId(),
                          view.kind() == LaunchWorkflow.Kind.RUN
                              ? LaunchWorkflow.runId(view.name(), start.workflowId())
                              : null))
              .toList(),
          view.running(),
          view.starts(),
          view.missed(),
          view.skipped());
    }
  }

  record ScheduleRows(List<ScheduleJson> items) {}

  /**
   * A schedule to make: of a recipe, or a curation of a model line.
   *
   * @param recipe a name or a whole recipe
   * @param set other values of the recipe, by path
   * @param modelLine of a curation
   * @param cron five fields, minute to weekday
   * @param every seconds between two starts
   * @param on {@code dataset:NAME}, {@code alias:LINE/ALIAS} or {@code webhook}
   * @param catchup seconds for which missed starts are made up for
   */
  record Create(
      String name,
      LaunchWorkflow.@Nullable Kind kind,
      @Nullable JsonNode recipe,
      @Nullable Map<String, JsonNode> set,
      @Nullable String modelLine,
      @Nullable String cron,
      @Nullable Integer every,
      @Nullable String on,
      @Nullable String timeZone,
      ScheduleRequest.@Nullable Overlap overlap,
      @Nullable Integer catchup,
      @Nullable Boolean pauseOnFailure,
      @Nullable Boolean fresh,
      @Nullable Boolean paused,
      @Nullable String note) {}

  /** What is to be different; what is not named stays. */
  record Change(
      @Nullable String cron,
      @Nullable Integer every,
      @Nullable String timeZone,
      ScheduleRequest.@Nullable Overlap overlap,
      @Nullable Integer catchup,
      @Nullable Boolean pauseOnFailure,
      @Nullable String note) {}

  record Backfill(Instant from, Instant to) {}

  record Nothing() {}

  /**
   * @param secret with which requests to {@code path} are signed
   */
  record WebhookSecret(String path, String secret) {}

  /**
   * @param started false where the schedule is paused and slept through it
   */
  record Taken(boolean started) {}

  public List<Operation> operations() {
    return List.of(
        Operation.get("listSchedules", "/schedules", "Schedules by name.")
            .answers(ScheduleRows.class)
            .verb("schedule list")
            .does(
                call ->
                    Answer.of(
                        new ScheduleRows(
                            services.schedules().list().stream().map(ScheduleJson::of).toList()))),
        Operation.post("createSchedule", "/schedules", "Make a schedule; its recipe is checked.")
            .role(Role.OPERATOR)
            .dryRun()
            .takes(Create.class)
            .answers(201, ScheduleJson.class)
            .also(204, null)
            .verb("schedule create")
            .does(this::create),
        named(Operation.get("getSchedule", "/schedules/{schedule}", "One schedule."))
            .answers(ScheduleJson.class)
            .verb("schedule get")
            .does(call -> Answer.of(ScheduleJson.of(services.schedules().get(name(call))))),
        named(
                Operation.patch(
                    "changeSchedule",
                    "/schedules/{schedule}",
                    "Change its times, policies or note."))
            .role(Role.OPERATOR)
            .takes(Change.class)
            .answers(ScheduleJson.class)
            .verb("schedule change")
            .does(this::change),
        named(
                Operation.delete(
                    "deleteSchedule",
                    "/schedules/{schedule}",
                    "Delete it; what it has started goes on."))
            .role(Role.OPERATOR)
            .verb("schedule delete")
            .does(
                call -> {
                  services.schedules().delete(name(call));
                  return Answer.none();
                }),
        named(
                Operation.post(
                    "pauseSchedule",
                    "/schedules/{schedule}:pause",
                    "Let it start nothing until it is unpaused."))
            .role(Role.OPERATOR)
            .takes(RunApi.Reason.class)
            .answers(ScheduleJson.class)
            .verb("schedule pause")
            .does(
                call ->
                    Answer.of(
                        ScheduleJson.of(
                            services.schedules().pause(name(call), call.user(), reason(call))))),
        named(
                Operation.post(
                    "unpauseSchedule", "/schedules/{schedule}:unpause", "Let it start again."))
            .role(Role.OPERATOR)
            .takes(RunApi.Reason.class)
            .answers(ScheduleJson.class)
            .verb("schedule unpause")
            .does(
                call ->
                    Answer.of(
                        ScheduleJson.of(
                            services.schedules().unpause(name(call), call.user(), reason(call))))),
        named(
                Operation.post(
                    "triggerSchedule",
                    "/schedules/{schedule}:trigger",
                    "Start it now, under its overlap policy."))
            .role(Role.OPERATOR)
            .takes(Nothing.class)
            .answers(ScheduleJson.class)
            .verb("schedule trigger")
            .does(call -> Answer.of(ScheduleJson.of(services.schedules().trigger(name(call))))),
        named(
                Operation.post(
                    "backfillSchedule",
                    "/schedules/{schedule}:backfill",
                    "Start it for every time it would have started between two moments."))
            .role(Role.OPERATOR)
            .takes(Backfill.class)
            .answers(ScheduleJson.class)
            .verb("schedule backfill")
            .does(
                call -> {
                  Backfill backfill = call.body(Backfill.class);
                  return Answer.of(
                      ScheduleJson.of(
                          services
                              .schedules()
                              .backfill(name(call), backfill.from(), backfill.to())));
                }),
        // A change although it changes nothing: who has seen the secret is to be in the audit log.
        named(
                Operation.post(
                    "tellWebhookSecret",
                    "/schedules/{schedule}:secret",
                    "The secret with which requests to its webhook are signed."))
            .role(Role.OPERATOR)
            .secret()
            .takes(Nothing.class)
            .answers(WebhookSecret.class)
            .does(this::secret),
        named(
                Operation.post(
                    "takeWebhook",
                    "/webhooks/{schedule}",
                    "A signed request from outside starts the schedule that waits for it."))
            .takesBytes()
            .header(
                WebhookSignature.HEADER, "[\\x21-\\x7e]{1,200}", "t=SECONDS,v1=HEX of HMAC-SHA256.")
            .header(
                WebhookSignature.DELIVERY,
                "[\\x21-\\x7e]{1,200}",
                "The same where the same is sent again.")
            .answers(202, Taken.class)
            .does(this::webhook));
  }

  private static Operation named(Operation operation) {
    return operation.path("schedule", NAME, "Name of a schedule.");
  }

  private static String name(Call call) {
    return call.path("schedule");
  }

  private static String reason(Call call) {
    String reason = call.body(RunApi.Reason.class).reason();
    return reason == null ? "" : reason;
  }

  private Answer create(Call call) {
    Create asked = call.body(Create.class);
    LaunchWorkflow.Kind kind = asked.kind() == null ? LaunchWorkflow.Kind.RUN : asked.kind();
    String name = asked.name();
    Optional<Recipe> recipe = recipe(asked, kind);
    ScheduleRequest request =
        new ScheduleRequest(
            name,
            recipe,
            recipe.map(Recipe::modelLine).orElseGet(() -> line(asked)),
            Optional.ofNullable(asked.cron()),
            Optional.ofNullable(asked.every()).map(Duration::ofSeconds),
            Optional.ofNullable(asked.on())
                .map(on -> on.equals("webhook") ? "webhook:" + name : on),
            zone(asked.timeZone()).orElse(ZoneId.of("UTC")),
            asked.overlap() == null ? ScheduleRequest.Overlap.SKIP : asked.overlap(),
            asked.catchup() == null ? CATCHUP : Duration.ofSeconds(asked.catchup()),
            Boolean.TRUE.equals(asked.pauseOnFailure()),
            Boolean.TRUE.equals(asked.fresh()),
            Boolean.TRUE.equals(asked.paused()),
            asked.note() == null ? "" : asked.note(),
            call.user());
    if (recipe.isPresent()) {
      services.door().checkDisk(recipe.get());
      services.door().checkSources(recipe.get(), Progress.SILENT);
    }
    if (call.isDryRun()) {
      return Answer.none();
    }
    return Answer.of(201, ScheduleJson.of(services.schedules().create(request)))
        .with("Location", "/api/v1/schedules/" + name);
  }

  private Optional<Recipe> recipe(Create asked, LaunchWorkflow.Kind kind) {
    JsonNode recipe = asked.recipe();
    boolean given = recipe != null && !recipe.isNull();
    if (kind == LaunchWorkflow.Kind.RUN) {
      if (recipe == null || !given) {
        throw LyceumException.user("A schedule of runs needs a recipe: a name or an object.");
      }
      if (asked.modelLine() != null) {
        throw LyceumException.user("A schedule of runs takes the model line of its recipe.");
      }
      return Optional.of(recipes.read(recipe, asked.set()));
    }
    if (given || (asked.set() != null && !asked.set().isEmpty())) {
      throw LyceumException.user(
          "A curation is of a model line and has no recipe and no settings.");
    }
    return Optional.empty();
  }

  private static String line(Create asked) {
    String line = asked.modelLine();
    if (line == null || !line.matches(Names.LINE)) {
      throw LyceumException.user(
          line == null
              ? "A curation needs modelLine."
              : "'" + line + "' is no name of a model line.");
    }
    return line;
  }

  private static Optional<ZoneId> zone(@Nullable String name) {
    try {
      return Optional.ofNullable(name).map(ZoneId::of);
    } catch (DateTimeException e) {
      throw LyceumException.user("'" + name + "' is no time zone such as Europe/Berlin.", e);
    }
  }

  private Answer change(Call call) {
    Change change = call.body(Change.class);
    return Answer.of(
        ScheduleJson.of(
            services
                .schedules()
                .change(
                    name(call),
                    new ScheduleChange(
                        Optional.ofNullable(change.cron()),
                        Optional.ofNullable(change.every()).map(Duration::ofSeconds),
                        zone(change.timeZone()),
                        Optional.ofNullable(change.overlap()),
                        Optional.ofNullable(change.catchup()).map(Duration::ofSeconds),
                        Optional.ofNullable(change.pauseOnFailure()),
                        Optional.ofNullable(change.note())))));
  }

  private Answer secret(Call call) {
    String name = name(call);
    if (!services.schedules().get(name).on().equals("webhook:" + name)) {
      throw new RequestFailure(
          Outcome.NOT_FOUND, "The schedule " + name + " waits for no webhook.");
    }
    return Answer.of(
        new WebhookSecret("/api/v1/webhooks/" + name, services.schedules().webhookSecret(name)));
  }

  private Answer webhook(Call call) {
    Schedules schedules = services.schedules();
    try {
      return Answer.of(
          202,
          new Taken(
              schedules.webhook(
                  name(call),
                  call.header(WebhookSignature.HEADER).orElse(""),
                  call.header(WebhookSignature.DELIVERY).orElse(""),
                  call.body(byte[].class))));
    } catch (RequestFailure e) {
      if (e.outcome() == Outcome.ACCESS) {
        throw Problem.thrown(403, "signature_refused", String.valueOf(e.getMessage()));
      }
      throw e;
    }
  }
}
