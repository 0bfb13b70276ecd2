package lyceum.application.schedule;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.ScheduleOverlapPolicy;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.schedules.Schedule;
import io.temporal.client.schedules.ScheduleActionExecution;
import io.temporal.client.schedules.ScheduleActionExecutionStartWorkflow;
import io.temporal.client.schedules.ScheduleActionStartWorkflow;
import io.temporal.client.schedules.ScheduleAlreadyRunningException;
import io.temporal.client.schedules.ScheduleBackfill;
import io.temporal.client.schedules.ScheduleCalendarSpec;
import io.temporal.client.schedules.ScheduleClient;
import io.temporal.client.schedules.ScheduleClientOptions;
import io.temporal.client.schedules.ScheduleDescription;
import io.temporal.client.schedules.ScheduleException;
import io.temporal.client.schedules.ScheduleHandle;
import io.temporal.client.schedules.ScheduleIntervalSpec;
import io.temporal.client.schedules.ScheduleListDescription;
import io.temporal.client.schedules.ScheduleOptions;
import io.temporal.client.schedules.SchedulePolicy;
import io.temporal.client.schedules.ScheduleSpec;
import io.temporal.client.schedules.ScheduleState;
import io.temporal.client.schedules.ScheduleUpdate;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.temporal.TemporalConnection;
import lyceum.contracts.Payloads;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.schedule.LaunchWorkflow;
import lyceum.contracts.schedule.LaunchWorkflow.Launch;
import lyceum.contracts.schedule.ScheduleBell;
import lyceum.contracts.schedule.ScheduleEvent;
import lyceum.core.LyceumException;
import lyceum.core.WebhookSignature;

/** Schedules of runs and curations, kept by Temporal. Recipes are checked before they come here. */
public final class Schedules {
  private static final String RECIPE = "lyceum.recipe";
  private static final String LINE = "lyceum.line";
  private static final String CREATED_BY = "lyceum.created_by";

  private final TemporalConnection connection;
  private final ScheduleClient client;
  private final String triggersSecret;
  private final InstantSource clock;

  /**
   * @param triggersSecret from which the secrets of inbound webhooks are derived; empty refuses
   *     them
   */
  public Schedules(TemporalConnection connection, String triggersSecret, InstantSource clock) {
    this.connection = connection;
    this.client =
        ScheduleClient.newInstance(
            connection.service(),
            ScheduleClientOptions.newBuilder()
                .setNamespace(connection.namespace())
                .setDataConverter(Payloads.dataConverter())
                .build());
    this.triggersSecret = triggersSecret;
    this.clock = clock;
  }

  /**
   * Makes a schedule.
   *
   * @throws RequestFailure CONFLICT when there is one of this name, INVALID when the server cannot
   *     read its times
   */
  public ScheduleView create(ScheduleRequest request) {
    if (request.on().filter(on -> on.startsWith("webhook:")).isPresent()) {
      // Refused now rather than when the first request comes.
      var unused = webhookSecret(request.name());
    }
    Map<String, Object> memo = new TreeMap<>();
    memo.put(RECIPE, request.recipe().map(recipe -> recipe.name()).orElse(""));
    memo.put(LINE, request.modelLine());
    memo.put(CREATED_BY, request.createdBy());
    memo.put(ScheduleEvent.MEMO, request.on().orElse(""));
    return talk(
        request.name(),
        () -> {
          var unused =
              client.createSchedule(
                  request.name(),
                  schedule(request),
                  ScheduleOptions.newBuilder().setMemo(memo).build());
          return view(request.name());
        });
  }

  /** All schedules by name. The server lists one a moment after it was made. */
  public List<ScheduleView> list() {
    return talk(
        "",
        () ->
            client.listSchedules().toList().stream()
                .map(ScheduleListDescription::getScheduleId)
                .sorted()
                .map(this::viewIfThere)
                .flatMap(Optional::stream)
                .toList());
  }

  /**
   * One schedule.
   *
   * @throws RequestFailure NOT_FOUND when there is none of this name
   */
  public ScheduleView get(String name) {
    return talk(name, () -> view(name));
  }

  /**
   * Changes its times, its policies or its note.
   *
   * @throws RequestFailure INVALID when it waits for an event and is to have times, or the server
   *     cannot read them
   */
  public ScheduleView change(String name, ScheduleChange change) {
    boolean timed = change.cron().isPresent() || change.every().isPresent();
    String on = get(name).on();
    if (timed && !on.isEmpty()) {
      throw new RequestFailure(
          Outcome.INVALID,
          "The schedule " + name + " waits for " + on + " and has no times. Make another.");
    }
    return change(
        name,
        handle -> handle.update(input -> changed(input.getDescription().getSchedule(), change)));
  }

  private static ScheduleUpdate changed(Schedule schedule, ScheduleChange change) {
    ScheduleSpec.Builder spec = ScheduleSpec.newBuilder(schedule.getSpec());
    change.timeZone().ifPresent(zone -> spec.setTimeZoneName(zone.getId()));
    if (change.cron().isPresent() || change.every().isPresent()) {
      spec.setCalendars(List.of()).setIntervals(List.of()).setCronExpressions(List.of());
    }
    change.cron().ifPresent(cron -> spec.setCronExpressions(List.of(remembered(cron))));
    change.every().ifPresent(every -> spec.setIntervals(List.of(new ScheduleIntervalSpec(every))));
    SchedulePolicy.Builder policy =
        SchedulePolicy.newBuilder(
            Objects.requireNonNull(schedule.getPolicy(), "the server sends it"));
    change.overlap().ifPresent(overlap -> policy.setOverlap(policy(overlap)));
    change.catchup().ifPresent(policy::setCatchupWindow);
    change.pauseOnFailure().ifPresent(policy::setPauseOnFailure);
    ScheduleState.Builder state =
        ScheduleState.newBuilder(
            Objects.requireNonNull(schedule.getState(), "the server sends it"));
    change.note().ifPresent(state::setNote);
    return new ScheduleUpdate(
        Schedule.newBuilder(schedule)
            .setSpec(spec.build())
            .setPolicy(policy.build())
            .setState(state.build())
            .build());
  }

  /** The server keeps a cron expression as ranges of a calendar, and what follows # beside it. */
  private static String remembered(String cron) {
    return cron.contains("#") ? cron : cron + " #" + cron;
  }

  private static ScheduleOverlapPolicy policy(ScheduleRequest.Overlap overlap) {
    return ScheduleOverlapPolicy.valueOf("SCHEDULE_OVERLAP_POLICY_" + overlap.name());
  }

  /** It starts nothing until it is unpaused; events that come meanwhile are not made up for. */
  public ScheduleView pause(String name, String by, String reason) {
    return change(name, handle -> handle.pause(note("paused", by, reason)));
  }

  public ScheduleView unpause(String name, String by, String reason) {
    return change(name, handle -> handle.unpause(note("unpaused", by, reason)));
  }

  /** Starts it now, under its overlap policy. */
  public ScheduleView trigger(String name) {
    return change(name, ScheduleHandle::trigger);
  }

  /**
   * Starts it for every time it would have started between the two, one after the other.
   *
   * @throws RequestFailure INVALID when it has no times, or {@code from} is not before {@code to}
   */
  public ScheduleView backfill(String name, Instant from, Instant to) {
    if (!from.isBefore(to)) {
      throw new RequestFailure(
          Outcome.INVALID,
          "A backfill goes from an earlier time to a later one, not " + from + " to " + to + ".");
    }
    if (get(name).next().isEmpty()) {
      throw new RequestFailure(
          Outcome.INVALID,
          "The schedule " + name + " has no times of its own, so there are none to fill in.");
    }
    return change(
        name,
        handle ->
            handle.backfill(
                List.of(
                    new ScheduleBackfill(
                        from, to, ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL))));
  }

  /** Ends the schedule; what it has started goes on. */
  public void delete(String name) {
    talk(
        name,
        () -> {
          client.getHandle(name).delete();
          return name;
        });
  }

  /**
   * The secret with which requests to the schedule's webhook are signed.
   *
   * @throws RequestFailure REFUSED where the installation takes no webhooks
   */
  public String webhookSecret(String name) {
    if (triggersSecret.isEmpty()) {
      throw new RequestFailure(
          Outcome.REFUSED,
          "This installation takes no webhooks: it has no triggers.secret (LYCEUM_TRIGGERS_SECRET). Set it to 32 random characters.");
    }
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(triggersSecret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return HexFormat.of()
          .formatHex(mac.doFinal(("webhook:" + name).getBytes(StandardCharsets.UTF_8)));
    } catch (java.security.GeneralSecurityException e) {
      throw LyceumException.internal("Every JDK has HmacSHA256, but this one failed: " + e, e);
    }
  }

  /**
   * A request from outside. Sent again under the same delivery, it starts nothing again.
   *
   * @param signature value of the header {@link WebhookSignature#HEADER}
   * @param delivery value of the header {@link WebhookSignature#DELIVERY}
   * @return whether the schedule was started; a paused one sleeps through it
   * @throws RequestFailure ACCESS when the signature does not hold, whether or not there is such a
   *     schedule; NOT_FOUND when it waits for no webhook
   */
  public boolean webhook(String name, String signature, String delivery, byte[] body) {
    Optional<String> refusal =
        WebhookSignature.refusal(webhookSecret(name), signature, body, clock.instant());
    if (refusal.isPresent()) {
      throw new RequestFailure(Outcome.ACCESS, refusal.get());
    }
    if (!delivery.matches("[\\x21-\\x7e]{1,200}")) {
      throw new RequestFailure(
          Outcome.INVALID, "The header " + WebhookSignature.DELIVERY + " names no delivery.");
    }
    if (!get(name).on().equals("webhook:" + name)) {
      throw new RequestFailure(
          Outcome.NOT_FOUND, "The schedule " + name + " waits for no webhook.");
    }
    ScheduleBell bell = new ScheduleBell(connection.service(), connection.namespace());
    return talk(name, () -> bell.ring(name, ScheduleEvent.ofWebhook(name, delivery)));
  }

  private Schedule schedule(ScheduleRequest request) {
    ScheduleSpec.Builder spec =
        ScheduleSpec.newBuilder().setTimeZoneName(request.timeZone().getId());
    request.cron().ifPresent(cron -> spec.setCronExpressions(List.of(remembered(cron))));
    request.every().ifPresent(every -> spec.setIntervals(List.of(new ScheduleIntervalSpec(every))));
    Launch launch =
        new Launch(
            request.name(),
            request.recipe().isPresent() ? LaunchWorkflow.Kind.RUN : LaunchWorkflow.Kind.CURATION,
            request.recipe().orElse(null),
            request.modelLine(),
            request.createdBy(),
            request.fresh());
    return Schedule.newBuilder()
        .setSpec(spec.build())
        .setAction(
            ScheduleActionStartWorkflow.newBuilder()
                .setWorkflowType(LaunchWorkflow.class)
                .setArguments(launch)
                .setOptions(
                    WorkflowOptions.newBuilder()
                        .setWorkflowId(LaunchWorkflow.workflowId(request.name()))
                        .setTaskQueue(TaskQueues.WORKFLOWS)
                        .build())
                .build())
        .setPolicy(
            SchedulePolicy.newBuilder()
                .setOverlap(policy(request.overlap()))
                .setCatchupWindow(request.catchup())
                .setPauseOnFailure(request.pauseOnFailure())
                .build())
        .setState(
            ScheduleState.newBuilder().setPaused(request.paused()).setNote(request.note()).build())
        .build();
  }

  private Optional<ScheduleView> viewIfThere(String name) {
    try {
      return Optional.of(view(name));
    } catch (ScheduleException deletedMeanwhile) {
      return Optional.empty();
    }
  }

  private ScheduleView view(String name) {
    ScheduleDescription description = client.getHandle(name).describe();
    Schedule schedule = description.getSchedule();
    SchedulePolicy policy = Objects.requireNonNull(schedule.getPolicy(), "the server sends both");
    ScheduleState state = Objects.requireNonNull(schedule.getState(), "the server sends both");
    String recipe = memo(description, RECIPE);
    ScheduleSpec spec = schedule.getSpec();
    String on = memo(description, ScheduleEvent.MEMO);
    String cron =
        spec.getCalendars().stream()
            .map(ScheduleCalendarSpec::getComment)
            .filter(comment -> comment != null && !comment.isEmpty())
            .findFirst()
            .orElse("");
    long every =
        spec.getIntervals().stream()
            .mapToLong(interval -> interval.getEvery().toSeconds())
            .findFirst()
            .orElse(0);
    return new ScheduleView(
        name,
        recipe.isEmpty() ? LaunchWorkflow.Kind.CURATION : LaunchWorkflow.Kind.RUN,
        recipe,
        memo(description, LINE),
        words(cron, spec.getTimeZoneName(), every, on),
        cron,
        every,
        on,
        spec.getTimeZoneName(),
        overlap(policy),
        policy.getCatchupWindow() == null ? 0 : policy.getCatchupWindow().toSeconds(),
        policy.isPauseOnFailure(),
        state.isPaused(),
        state.getNote() == null ? "" : state.getNote(),
        memo(description, CREATED_BY),
        description.getInfo().getNextActionTimes(),
        description.getInfo().getRecentActions().stream()
            .map(
                start ->
                    new ScheduleView.Start(
                        start.getScheduledAt(),
                        start.getStartedAt(),
                        workflowId(start.getAction())))
            .toList(),
        description.getInfo().getRunningActions().stream().map(Schedules::workflowId).toList(),
        description.getInfo().getNumActions(),
        description.getInfo().getNumActionsMissedCatchupWindow(),
        description.getInfo().getNumActionsSkippedOverlap());
  }

  private static String memo(ScheduleDescription description, String key) {
    Object value = description.getMemo(key, String.class);
    return value == null ? "" : value.toString();
  }

  private static String workflowId(ScheduleActionExecution action) {
    return action instanceof ScheduleActionExecutionStartWorkflow start
        ? start.getWorkflowId()
        : "";
  }

  private static ScheduleRequest.Overlap overlap(SchedulePolicy policy) {
    String name = policy.getOverlap().name().replace("SCHEDULE_OVERLAP_POLICY_", "");
    return name.equals("UNSPECIFIED")
        ? ScheduleRequest.Overlap.SKIP
        : ScheduleRequest.Overlap.valueOf(name);
  }

  private static String words(String cron, String timeZone, long every, String on) {
    if (!cron.isEmpty()) {
      return "cron " + cron + " " + timeZone;
    }
    if (every != 0) {
      return "every " + words(every);
    }
    return on.isEmpty() ? "by hand" : "on " + on;
  }

  private static String words(long seconds) {
    return seconds % 86_400 == 0
        ? seconds / 86_400 + " d"
        : seconds % 3_600 == 0
            ? seconds / 3_600 + " h"
            : seconds % 60 == 0 ? seconds / 60 + " min" : seconds + " s";
  }

  private static String note(String what, String by, String reason) {
    return what + " by " + by + (reason.isBlank() ? "" : ": " + reason);
  }

  private interface Change {
    void apply(ScheduleHandle handle);
  }

  private ScheduleView change(String name, Change change) {
    return talk(
        name,
        () -> {
          change.apply(client.getHandle(name));
          return view(name);
        });
  }

  private <T> T talk(String name, Supplier<T> call) {
    try {
      return call.get();
    } catch (ScheduleAlreadyRunningException e) {
      throw new RequestFailure(
          Outcome.CONFLICT, "There is a schedule " + name + " already. Delete it first.", e);
    } catch (ScheduleException e) {
      if (e.getCause() instanceof StatusRuntimeException refused) {
        throw refused(name, refused);
      }
      throw LyceumException.external("Temporal could not do it: " + e.getMessage(), e);
    } catch (StatusRuntimeException e) {
      throw refused(name, e);
    }
  }

  private static RuntimeException refused(String name, StatusRuntimeException e) {
    Status status = e.getStatus();
    return switch (status.getCode()) {
      case NOT_FOUND ->
          new RequestFailure(
              Outcome.NOT_FOUND,
              "There is no schedule " + name + ". lyceum schedule list shows those there are.",
              e);
      case INVALID_ARGUMENT ->
          new RequestFailure(
              Outcome.INVALID,
              "Temporal does not take the schedule " + name + ": " + status.getDescription(),
              e);
      default -> LyceumException.external("Temporal failed: " + status, e);
    };
  }
}
