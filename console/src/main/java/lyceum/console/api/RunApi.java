package lyceum.console.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.recipe.Plan;
import lyceum.application.recipe.Progress;
import lyceum.application.run.Attempt;
import lyceum.application.run.Curves;
import lyceum.application.run.Pace;
import lyceum.application.run.RunEfforts;
import lyceum.application.run.RunEvent;
import lyceum.application.run.RunPage;
import lyceum.application.run.RunQuery;
import lyceum.application.run.RunState;
import lyceum.application.run.RunView;
import lyceum.application.run.StageRecord;
import lyceum.connectors.tracking.MlflowRuns;
import lyceum.console.http.Answer;
import lyceum.console.http.Call;
import lyceum.console.http.Operation;
import lyceum.console.http.Parameter;
import lyceum.console.security.Role;
import lyceum.contracts.Payloads;
import lyceum.contracts.evaluation.EvaluationResult;
import lyceum.contracts.evaluation.ModelScores;
import lyceum.contracts.lifecycle.Effort;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.core.ArtifactRef;
import lyceum.core.LyceumException;
import lyceum.core.Score;
import lyceum.core.Sha256;
import lyceum.core.Stage;
import lyceum.core.recipe.Recipe;
import org.jspecify.annotations.Nullable;

/** Runs: starting, listing, looking, steering. */
public final class RunApi {
  private static final int ON_HOME = 10;
  private static final int MOST_POINTS = 2000;
  private static final Duration RECENT = Duration.ofHours(24);
  // A link is given out for so long, and holds for a quarter of an hour after that.
  private static final Duration LINK_KEPT = Duration.ofMinutes(15);
  private static final Duration LINK_LIFE = LINK_KEPT.plusMinutes(15);
  private static final long MOST_LINKS = 10_000;

  private final Services services;
  private final RecipeDoor recipes;
  private final RunWatchers watchers;
  private final SecureRandom random = new SecureRandom();
  // Signing takes longer than all else that a page of artifacts needs.
  private final LoadingCache<ArtifactRef, URI> links;

  public RunApi(Services services, RecipeDoor recipes, RunWatchers watchers) {
    this.services = services;
    this.recipes = recipes;
    this.watchers = watchers;
    this.links =
        CacheBuilder.newBuilder()
            .maximumSize(MOST_LINKS)
            .expireAfterWrite(LINK_KEPT.toMinutes(), TimeUnit.MINUTES)
            .build(CacheLoader.from(ref -> services.store().link(ref, LINK_LIFE)));
  }

  /** How many runs there are; failed ones of the last day. */
  record Counts(long running, long waiting, long failed, long succeeded) {}

  record Home(
      List<RunJson.Summary> running,
      List<RunJson.Summary> waiting,
      List<RunJson.Summary> failed,
      Counts counts) {}

  /**
   * @param recipe name of a recipe, or a whole one
   * @param set values to override, by path
   * @param runId of a run that failed or was cancelled and is to go on from its checkpoints
   */
  record StartRequest(
      JsonNode recipe,
      @Nullable Map<String, JsonNode> set,
      @Nullable Boolean fresh,
      @Nullable String runId) {}

  record Started(String id) {}

  record Reason(@Nullable String reason) {}

  /**
   * @param set values to override, by path; only with a stage
   */
  record RerunRequest(From from, @Nullable Map<String, JsonNode> set) {}

  /** Where to begin: at a stage, or at a checkpoint of a run that failed or was cancelled. */
  record From(@Nullable String stage, @Nullable String checkpoint) {}

  record SeriesJson(String stage, String key, List<List<@Nullable Object>> points) {
    static SeriesJson of(Curves.Series series) {
      return new SeriesJson(
          series.stage(), series.key(), series.points().stream().map(SeriesJson::point).toList());
    }

    private static List<@Nullable Object> point(MlflowRuns.Point point) {
      List<@Nullable Object> values = new ArrayList<>();
      values.add(point.step());
      values.add(Instant.ofEpochMilli(point.atMillis()));
      values.add(RunJson.finite(point.value()));
      return values;
    }
  }

  record Metrics(List<SeriesJson> series) {}

  record LogLine(Instant time, String level, String source, String message) {}

  record Logs(List<LogLine> items, String nextPageToken) {}

  record AttemptJson(
      String stage,
      String activity,
      int attempt,
      String host,
      Instant started,
      @Nullable Instant ended,
      Attempt.Outcome outcome,
      String message) {
    static AttemptJson of(Attempt attempt) {
      return new AttemptJson(
          attempt.stage().noun(),
          attempt.step(),
          attempt.attempt(),
          attempt.worker(),
          Instant.ofEpochMilli(attempt.startedAtMillis()),
          RunJson.instant(attempt.endedAtMillis()),
          attempt.outcome(),
          attempt.failure());
    }
  }

  record Timeline(List<AttemptJson> items) {}

  /**
   * @param resumable whether {@code :rerun} goes on from it
   * @param why where it is not
   */
  record CheckpointJson(
      String id,
      String stage,
      long step,
      @Nullable Instant time,
      long bytes,
      String digest,
      boolean resumable,
      String why) {}

  record Checkpoints(List<CheckpointJson> items) {}

  /**
   * What was spent, attempts that were killed included.
   *
   * @param seconds of the attempts' time
   * @param joules that the processors of rank 0's machine drew
   * @param dollars at an assumed price
   * @param basis what joules and dollars rest on
   */
  record Spent(int attempts, double seconds, double joules, double dollars, String basis) {
    static Spent of(Effort effort) {
      return new Spent(
          effort.attempts(), effort.seconds(), effort.joules(), effort.dollars(), effort.basis());
    }
  }

  /**
   * @param training tells apart the trainings of a stage, for example {@code reward}
   */
  record EffortJson(String stage, String training, Spent spent) {
    static EffortJson of(RunEfforts.Training training) {
      return new EffortJson(training.stage().noun(), training.phase(), Spent.of(training.effort()));
    }
  }

  /** Stages that were reused have cost this run nothing and are not among the items. */
  record Efforts(List<EffortJson> items, Spent total) {}

  enum Direction {
    INPUT,
    OUTPUT
  }

  /**
   * @param name where in the stage's record it stands
   * @param url to fetch it from, for a quarter of an hour
   */
  record ArtifactJson(
      String stage,
      Direction direction,
      String name,
      URI uri,
      String sha256,
      long bytes,
      URI url) {}

  record Artifacts(List<ArtifactJson> items) {}

  /**
   * A score of one model; the interval is that of 95 %.
   *
   * @param low {@code null} where there is no standard error
   */
  record Value(@Nullable Double value, @Nullable Double low, @Nullable Double high, long n) {
    private static final double NINETY_FIVE = 1.96;

    static Value of(Score score) {
      double margin = NINETY_FIVE * score.standardError();
      boolean known = score.standardError() > 0 && Double.isFinite(score.value());
      return new Value(
          RunJson.finite(score.value()),
          known ? score.value() - margin : null,
          known ? score.value() + margin : null,
          score.samples());
    }
  }

  /**
   * @param values one a model, in the order of the models; {@code null} where it was not measured
   * @param higherIsBetter {@code false} for losses and bits
   */
  record Row(String suite, String metric, List<@Nullable Value> values, boolean higherIsBetter) {}

  /**
   * @param markdown the report as it was written; empty for a comparison
   */
  record Report(List<String> models, List<Row> rows, String markdown) {
    static Report of(List<ModelScores> models, String markdown) {
      Map<String, Score> kinds = new LinkedHashMap<>();
      models.forEach(
          model -> model.scores().forEach(score -> kinds.putIfAbsent(score.key(), score)));
      List<Row> rows = new ArrayList<>();
      for (Score kind : kinds.values()) {
        List<@Nullable Value> values = new ArrayList<>();
        for (ModelScores model : models) {
          values.add(
              model.scores().stream()
                  .filter(score -> score.key().equals(kind.key()))
                  .findFirst()
                  .map(Value::of)
                  .orElse(null));
        }
        rows.add(new Row(kind.suite(), kind.metric(), values, isBetterHigher(kind.metric())));
      }
      return new Report(models.stream().map(ModelScores::name).toList(), rows, markdown);
    }

    private static boolean isBetterHigher(String metric) {
      return !metric.contains("loss") && !metric.contains("bits") && !metric.contains("perplexity");
    }
  }

  record Change(String path, @Nullable JsonNode before, @Nullable JsonNode after) {}

  /**
   * @param parent the run that it is held against; {@code null} where there is none
   */
  record RunSettings(JsonNode recipe, String yaml, @Nullable String parent, List<Change> diff) {}

  record Setting(String path, List<@Nullable JsonNode> values) {}

  record RunSeries(String run, String stage, String key, List<List<@Nullable Object>> points) {}

  /** Runs side by side; a run without evaluation has no column in it. */
  record Compared(
      List<RunJson.Summary> runs,
      List<Setting> settingsDiff,
      Report evaluation,
      List<RunSeries> series) {}

  /** The operations, in the order in which the document lists them. */
  public List<Operation> operations() {
    return List.of(
        Operation.get("getHome", "/home", "What runs, what waits for people, what failed today.")
            .answers(Home.class)
            .does(this::home),
        Operation.post("startRun", "/runs", "Start a run of a recipe.")
            .role(Role.OPERATOR)
            .dryRun()
            .takes(StartRequest.class)
            .answers(202, Started.class)
            .also(200, JsonNode.class)
            .verb("run start", "quickstart")
            .does(this::start),
        Operation.get("listRuns", "/runs", "Runs: those that go on, then those that ended.")
            .paged(100)
            .query(
                Parameter.choice(
                    "state",
                    "Only runs in this state.",
                    Arrays.stream(RunJson.State.values()).map(Enum::name).toList()),
                Parameter.text("recipe", Names.RECIPE, "Only runs of this recipe."),
                Parameter.text("line", Names.LINE, "Only runs for this model line."),
                Parameter.text("user", Names.WORDS, "Only runs that this person started."),
                Parameter.text("q", Names.RUN, "Only runs whose id begins so."),
                Parameter.time("from", "Only runs started then or later."),
                Parameter.time("to", "Only runs started then or before."))
            .answers(RunJson.Page.class)
            .verb("run list")
            .does(this::list),
        Operation.get("compareRuns", "/runs:compare", "Runs side by side.")
            .query(
                Parameter.text(
                        "ids",
                        Names.RUN + "(," + Names.RUN + "){1,3}",
                        "Two to four run ids, with commas.")
                    .require(),
                Parameter.text("keys", "[A-Za-z0-9_./@ ,-]{0,2000}", "Only these metrics."),
                Parameter.integer("maxPoints", 2, MOST_POINTS, "Points of a curve."))
            .answers(Compared.class)
            .verb("eval compare")
            .does(this::compare),
        run("getRun", "", "Where a run stands.")
            .answers(RunJson.View.class)
            .verb("run get")
            .does(this::get),
        Operation.post("pauseRun", "/runs/{id}:pause", "Stop the running step at its checkpoint.")
            .path("id", Names.RUN, "A run.")
            .role(Role.OPERATOR)
            .dryRun()
            .takes(Reason.class)
            .answers(RunJson.View.class)
            .verb("run pause")
            .does(
                call ->
                    steer(call, () -> services.runs().pause(id(call), call.user(), reason(call)))),
        Operation.post("resumeRun", "/runs/{id}:resume", "Go on after a pause.")
            .path("id", Names.RUN, "A run.")
            .role(Role.OPERATOR)
            .dryRun()
            .takes(Reason.class)
            .answers(RunJson.View.class)
            .verb("run resume")
            .does(
                call ->
                    steer(call, () -> services.runs().resume(id(call), call.user(), reason(call)))),
        Operation.post("cancelRun", "/runs/{id}:cancel", "End a run; it leaves a checkpoint.")
            .path("id", Names.RUN, "A run.")
            .role(Role.OPERATOR)
            .dryRun()
            .takes(Reason.class)
            .answers(RunJson.View.class)
            .verb("run cancel")
            .does(call -> steer(call, () -> services.runs().cancel(id(call)))),
        Operation.post(
                "rerunRun",
                "/runs/{id}:rerun",
                "Run the recipe of a run again with other values, or go on from its checkpoints.")
            .path("id", Names.RUN, "A run.")
            .role(Role.OPERATOR)
            .dryRun()
            .takes(RerunRequest.class)
            .answers(202, Started.class)
            .also(200, JsonNode.class)
            .does(this::rerun),
        run("watchRun", "/events", "What happens in a run: events status, metrics, log.")
            .verb("run watch")
            .streams(
                (call, sink) ->
                    watchers.follow(id(call), call.header("Last-Event-ID").orElse(""), sink)),
        run("getRunMetrics", "/metrics", "Curves of a run.")
            .query(
                Parameter.text("keys", "[A-Za-z0-9_./@ ,-]{0,2000}", "Only these metrics."),
                Parameter.integer("maxPoints", 2, MOST_POINTS, "Points of a curve."))
            .answers(Metrics.class)
            .does(this::metrics),
        run("getRunEffort", "/effort", "What the trainings of a run have cost so far.")
            .answers(Efforts.class)
            .does(this::efforts),
        run("getRunCheckpoints", "/checkpoints", "Checkpoints that a run has left.")
            .answers(Checkpoints.class)
            .does(this::checkpoints),
        run("getRunArtifacts", "/artifacts", "What the stages read and made.")
            .answers(Artifacts.class)
            .does(this::artifacts),
        run("getRunLogs", "/logs", "What happened, step by step.")
            .query(
                Parameter.choice(
                    "stage",
                    "Only this stage.",
                    Arrays.stream(Stage.values()).map(Stage::noun).toList()))
            .paged(1000)
            .query(Parameter.time("after", "Only what happened later."))
            .answers(Logs.class)
            .verb("run logs")
            .does(this::logs),
        run("getRunReport", "/report", "What the models scored, before and after.")
            .answers(Report.class)
            .verb("eval show")
            .does(this::report),
        run("getRunSettings", "/settings", "The recipe of a run, and what differs from another.")
            .query(Parameter.text("against", Names.RUN, "A run (the one before of its recipe)."))
            .answers(RunSettings.class)
            .verb("recipe show")
            .does(this::settings),
        run("getRunTimeline", "/timeline", "Steps with their workers and attempts.")
            .answers(Timeline.class)
            .does(this::timeline));
  }

  private static Operation run(String id, String path, String summary) {
    return Operation.get(id, "/runs/{id}" + path, summary).path("id", Names.RUN, "A run.");
  }

  private static String id(Call call) {
    return call.path("id");
  }

  private static String reason(Call call) {
    String reason = call.body(Reason.class).reason();
    return reason == null ? "" : reason;
  }

  private Answer home(Call call) {
    Instant yesterday = services.clock().instant().minus(RECENT);
    RunQuery failed =
        new RunQuery(
            Optional.of(RunState.FAILED),
            "",
            "",
            "",
            "",
            "",
            Optional.of(yesterday),
            Optional.empty());
    List<RunQuery> shown =
        List.of(RunQuery.in(RunState.RUNNING), RunQuery.in(RunState.WAITING), failed);
    List<Callable<Object>> questions = new ArrayList<>();
    shown.forEach(query -> questions.add(() -> services.runs().page(query, ON_HOME, "")));
    Stream.concat(shown.stream(), Stream.of(RunQuery.in(RunState.DONE)))
        .forEach(query -> questions.add(() -> services.runs().count(query)));
    List<Object> answers = Names.together(questions);
    return Answer.of(
        new Home(
            summaries((RunPage) answers.get(0)),
            summaries((RunPage) answers.get(1)),
            summaries((RunPage) answers.get(2)),
            new Counts(
                (Long) answers.get(3),
                (Long) answers.get(4),
                (Long) answers.get(5),
                (Long) answers.get(6))));
  }

  private static List<RunJson.Summary> summaries(RunPage page) {
    return page.runs().stream().map(RunJson.Summary::of).toList();
  }

  private Answer list(Call call) {
    RunPage page =
        services
            .runs()
            .page(
                new RunQuery(
                    call.query("state").map(word -> RunJson.State.valueOf(word).state()),
                    "",
                    call.query("recipe").orElse(""),
                    call.query("line").orElse(""),
                    call.query("user").orElse(""),
                    call.query("q").orElse(""),
                    call.time("from"),
                    call.time("to")),
                call.integer("pageSize", 20),
                call.query("pageToken").orElse(""));
    return Answer.of(new RunJson.Page(summaries(page), page.nextPageToken()));
  }

  private Answer start(Call call) {
    StartRequest request = call.body(StartRequest.class);
    Recipe recipe = recipes.read(request.recipe(), request.set());
    boolean fresh = Boolean.TRUE.equals(request.fresh());
    if (call.isDryRun()) {
      Plan plan = services.recipes().plan(recipe, fresh);
      return Answer.of(200, plan);
    }
    services.door().checkDisk(recipe);
    services.door().checkSources(recipe, Progress.SILENT);
    String asked = request.runId();
    String id;
    if (asked != null) {
      if (!asked.matches(Names.RUN)) {
        throw LyceumException.user("'" + asked + "' is no run id.");
      }
      services.runs().view(asked);
      id = services.runs().start(asked, recipe, fresh, call.user());
    } else if (call.idempotencyKey().isPresent()) {
      // The same key means the same run, even where this console dies before it has answered.
      String digest = Sha256.of(call.user() + "\n" + call.idempotencyKey().get());
      id =
          services
              .runs()
              .startOnce(recipe.name() + "-" + digest.substring(0, 20), recipe, fresh, call.user());
    } else {
      id = services.runs().start(recipe, fresh, call.user(), random);
    }
    return Answer.of(202, new Started(id)).with("Location", "/api/v1/runs/" + id);
  }

  private Answer rerun(Call call) {
    RerunRequest request = call.body(RerunRequest.class);
    LifecycleRequest before = services.runs().request(id(call));
    String stage = request.from().stage();
    if ((stage == null) == (request.from().checkpoint() == null)) {
      throw LyceumException.user("from needs either a stage or a checkpoint.");
    }
    if (stage == null) {
      if (request.set() != null && !request.set().isEmpty()) {
        throw LyceumException.user(
            "A run goes on from its checkpoints with its own values; name a stage to change some.");
      }
      RunView run = services.runs().view(id(call));
      if (run.state() != RunState.FAILED && run.state() != RunState.CANCELLED) {
        throw new RequestFailure(
            Outcome.CONFLICT,
            "The run "
                + id(call)
                + " is "
                + run.state().name().toLowerCase(Locale.ROOT)
                + ". Only one that failed or was cancelled goes on from its checkpoints.");
      }
      if (call.isDryRun()) {
        return Answer.of(200, new Started(id(call)));
      }
      services.runs().start(id(call), before.recipe(), before.fresh(), call.user());
      return Answer.of(202, new Started(id(call))).with("Location", "/api/v1/runs/" + id(call));
    }
    Stage.ofNoun(stage);
    Recipe recipe = recipes.change(before.recipe(), request.set());
    if (call.isDryRun()) {
      return Answer.of(200, services.recipes().plan(recipe, false));
    }
    String id = services.runs().start(recipe, false, call.user(), random);
    return Answer.of(202, new Started(id)).with("Location", "/api/v1/runs/" + id);
  }

  private RunJson.View view(String runId) {
    return watchers.json(services.runs().view(runId), new Pace());
  }

  private Answer get(Call call) {
    return Answer.of(view(id(call)));
  }

  private Answer steer(Call call, Runnable change) {
    RunView run = services.runs().view(id(call));
    if (run.state().isOver()) {
      throw new RequestFailure(Outcome.CONFLICT, "The run " + id(call) + " has ended already.");
    }
    if (!call.isDryRun()) {
      change.run();
    }
    return Answer.of(view(id(call)));
  }

  private Set<String> keys(Call call) {
    return call.query("keys")
        .map(keys -> (Set<String>) new TreeSet<>(List.of(keys.split(","))))
        .orElse(Set.of());
  }

  private List<SeriesJson> series(
      String trackingRunId, boolean over, Set<String> keys, int points) {
    return trackingRunId.isEmpty()
        ? List.of()
        : services.curves().series(trackingRunId, over, keys, points).stream()
            .map(SeriesJson::of)
            .toList();
  }

  private Answer metrics(Call call) {
    Optional<RunView> ended = services.runs().ended(id(call));
    return Answer.of(
        new Metrics(
            series(
                ended
                    .map(RunView::trackingRunId)
                    .orElseGet(() -> services.runs().trackingRun(id(call))),
                ended.isPresent(),
                keys(call),
                call.integer("maxPoints", 500))));
  }

  private Answer logs(Call call) {
    services.runs().view(id(call));
    List<Stage> stages =
        call.query("stage")
            .map(noun -> List.of(Stage.ofNoun(noun)))
            .orElse(List.of(Stage.values()));
    Instant after = call.time("after").orElse(Instant.MIN);
    List<LogLine> lines =
        Names.together(
                stages.stream()
                    .<Callable<List<RunEvent>>>map(
                        stage -> () -> services.runs().events(id(call), stage))
                    .toList())
            .stream()
            .flatMap(List::stream)
            .map(RunApi::line)
            .filter(line -> line.time().isAfter(after))
            .sorted(Comparator.comparing(LogLine::time))
            .toList();
    int from =
        call.query("pageToken")
            .filter(text -> text.matches("[0-9]{1,8}"))
            .map(Integer::parseInt)
            .orElse(0);
    int to = Math.min(lines.size(), from + call.integer("pageSize", 1000));
    return Answer.of(
        new Logs(
            lines.subList(Math.min(from, to), to), to < lines.size() ? Integer.toString(to) : ""));
  }

  static LogLine line(RunEvent event) {
    return new LogLine(
        Instant.ofEpochMilli(event.atMillis()),
        event.what().contains("failed") || event.what().contains("timed out") ? "WARN" : "INFO",
        event.stage().noun(),
        event.what());
  }

  private Answer timeline(Call call) {
    services.runs().view(id(call));
    List<AttemptJson> attempts =
        Names.together(
                Arrays.stream(Stage.values())
                    .<Callable<List<Attempt>>>map(
                        stage -> () -> services.runs().attempts(id(call), stage))
                    .toList())
            .stream()
            .flatMap(List::stream)
            .map(AttemptJson::of)
            .toList();
    return Answer.of(new Timeline(attempts));
  }

  private Answer efforts(Call call) {
    List<RunEfforts.Training> trainings = services.efforts().of(id(call));
    return Answer.of(
        new Efforts(
            trainings.stream().map(EffortJson::of).toList(),
            Spent.of(Effort.sum(trainings.stream().map(RunEfforts.Training::effort).toList()))));
  }

  private Answer checkpoints(Call call) {
    RunState state = services.runs().view(id(call)).state();
    boolean resumable = state == RunState.FAILED || state == RunState.CANCELLED;
    String why =
        resumable
            ? ""
            : state == RunState.DONE
                ? "The run has ended well."
                : "The run goes on; pause or cancel it first.";
    return Answer.of(
        new Checkpoints(
            services.checkpoints().of(id(call)).stream()
                .map(
                    found ->
                        new CheckpointJson(
                            found.id(),
                            found.stage(),
                            found.step(),
                            null,
                            found.state().bytes(),
                            found.state().sha256(),
                            resumable,
                            why))
                .toList()));
  }

  private Answer artifacts(Call call) {
    services.runs().view(id(call));
    List<ArtifactJson> found = new ArrayList<>();
    for (StageRecord record : services.runs().records(id(call))) {
      collect(record.stage(), Direction.INPUT, "", record.input(), found);
      collect(record.stage(), Direction.OUTPUT, "", record.output(), found);
    }
    return Answer.of(new Artifacts(found));
  }

  /** Whatever in a record has uri, sha256 and bytes is an artifact. */
  private void collect(
      Stage stage, Direction direction, String path, JsonNode node, List<ArtifactJson> found) {
    if (node.hasNonNull("sha256") && node.hasNonNull("uri") && node.hasNonNull("bytes")) {
      ArtifactRef ref = Payloads.fromJson(node.toString(), ArtifactRef.class);
      found.add(
          new ArtifactJson(
              stage.noun(),
              direction,
              path,
              ref.uri(),
              ref.sha256(),
              ref.bytes(),
              links.getUnchecked(ref)));
      return;
    }
    if (node.isObject()) {
      node.properties()
          .forEach(
              field ->
                  collect(
                      stage,
                      direction,
                      path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                      field.getValue(),
                      found));
    } else {
      int i = 0;
      for (JsonNode item : node) {
        collect(stage, direction, path + "." + i++, item, found);
      }
    }
  }

  private Answer report(Call call) {
    services.runs().view(id(call));
    EvaluationResult evaluation = services.evaluations().of(id(call));
    return Answer.of(Report.of(evaluation.models(), services.evaluations().report(evaluation)));
  }

  private Answer settings(Call call) {
    LifecycleRequest request = services.runs().request(id(call));
    Optional<String> against = call.query("against");
    if (against.isEmpty()) {
      against = services.runs().before(id(call), request.recipe().name());
    }
    JsonNode recipe = Payloads.mapper().valueToTree(request.recipe());
    List<Change> changes = new ArrayList<>();
    if (against.isPresent()) {
      JsonNode other =
          Payloads.mapper().valueToTree(services.runs().request(against.get()).recipe());
      difference(List.of(other, recipe))
          .forEach(
              setting ->
                  changes.add(
                      new Change(
                          setting.path(), setting.values().get(0), setting.values().get(1))));
    }
    return Answer.of(
        new RunSettings(
            recipe, services.recipes().toYaml(request.recipe()), against.orElse(null), changes));
  }

  private Answer compare(Call call) {
    List<String> ids = List.of(call.query("ids").orElseThrow().split(","));
    List<JsonNode> recipes =
        Names.together(
            ids.stream()
                .<Callable<JsonNode>>map(
                    id -> () -> Payloads.mapper().valueToTree(services.runs().request(id).recipe()))
                .toList());
    List<RunView> views =
        Names.together(
            ids.stream().<Callable<RunView>>map(id -> () -> services.runs().view(id)).toList());
    List<ModelScores> models = new ArrayList<>();
    for (String id : ids) {
      try {
        services
            .evaluations()
            .of(id)
            .models()
            .forEach(model -> models.add(new ModelScores(id + " " + model.name(), model.scores())));
      } catch (RequestFailure e) {
        // One that has not come to its evaluation can still be compared in all else.
        continue;
      }
    }
    Set<String> keys = keys(call);
    int points = call.integer("maxPoints", 300);
    List<RunSeries> series = new ArrayList<>();
    for (RunView view : views) {
      series(view.trackingRunId(), view.state().isOver(), keys, points)
          .forEach(
              one -> series.add(new RunSeries(view.runId(), one.stage(), one.key(), one.points())));
    }
    return Answer.of(
        new Compared(
            views.stream().map(RunJson.Summary::of).toList(),
            difference(recipes),
            Report.of(models, ""),
            series));
  }

  /** Settings that are not the same everywhere, by path. */
  static List<Setting> difference(List<JsonNode> recipes) {
    List<Map<String, JsonNode>> flat = recipes.stream().map(RunApi::flat).toList();
    Set<String> paths = new TreeSet<>();
    flat.forEach(values -> paths.addAll(values.keySet()));
    List<Setting> found = new ArrayList<>();
    for (String path : paths) {
      List<@Nullable JsonNode> values = new ArrayList<>();
      flat.forEach(one -> values.add(one.get(path)));
      if (values.stream().distinct().count() > 1) {
        found.add(new Setting(path, values));
      }
    }
    return found;
  }

  private static Map<String, JsonNode> flat(JsonNode recipe) {
    Map<String, JsonNode> values = new TreeMap<>();
    flatten("", recipe, values);
    return values;
  }

  private static void flatten(String path, JsonNode node, Map<String, JsonNode> values) {
    if (node.isObject() && !node.isEmpty()) {
      node.properties()
          .forEach(
              field ->
                  flatten(
                      path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                      field.getValue(),
                      values));
    } else if (node.isArray() && !node.isEmpty()) {
      int i = 0;
      for (JsonNode item : node) {
        flatten(path + "." + i++, item, values);
      }
    } else {
      values.put(path, node);
    }
  }
}
