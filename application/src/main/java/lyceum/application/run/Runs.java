package lyceum.application.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.api.enums.v1.PendingActivityState;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.api.workflow.v1.PendingActivityInfo;
import io.temporal.api.workflow.v1.WorkflowExecutionInfo;
import io.temporal.api.workflowservice.v1.DescribeWorkflowExecutionRequest;
import io.temporal.api.workflowservice.v1.DescribeWorkflowExecutionResponse;
import io.temporal.api.workflowservice.v1.GetWorkflowExecutionHistoryRequest;
import io.temporal.api.workflowservice.v1.ListWorkflowExecutionsRequest;
import io.temporal.api.workflowservice.v1.ListWorkflowExecutionsResponse;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowExecutionMetadata;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowQueryException;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.common.SearchAttributeKey;
import io.temporal.common.SearchAttributes;
import io.temporal.common.converter.DataConverter;
import io.temporal.common.converter.DataConverterException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.temporal.TemporalConnection;
import lyceum.contracts.Failures;
import lyceum.contracts.Payloads;
import lyceum.contracts.SearchKeys;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.LifecycleStatus;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.contracts.lifecycle.PauseRequest;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;
import lyceum.core.LyceumException;
import lyceum.core.Stage;
import lyceum.core.recipe.Recipe;
import org.jspecify.annotations.Nullable;

/** Runs of recipes as seen through Temporal. */
public final class Runs {
  private static final String TYPE = "LifecycleWorkflow";

  /** Events of histories that are kept; a life and its stages have some hundreds. */
  private static final long MOST_EVENTS = 20_000;

  private static final long MOST_EXECUTIONS = 5_000;

  /** Runs that one message names. */
  private static final int MOST_NAMED = 20;

  private final TemporalConnection connection;
  private final WorkflowClient client;
  private final DataConverter converter = Payloads.dataConverter();

  // By execution: what one was started with, and what one that has ended says of itself, never
  // changes.
  private final Cache<String, List<HistoryEvent>> histories =
      CacheBuilder.newBuilder()
          .maximumWeight(MOST_EVENTS)
          .<String, List<HistoryEvent>>weigher((execution, events) -> 1 + events.size())
          .build();
  private final Cache<String, io.temporal.api.common.v1.Payloads> inputs =
      CacheBuilder.newBuilder().maximumSize(MOST_EXECUTIONS).build();
  private final Cache<String, StageOutcome> outcomes =
      CacheBuilder.newBuilder().maximumSize(MOST_EXECUTIONS).build();
  private final Cache<String, String> trackingRuns =
      CacheBuilder.newBuilder().maximumSize(MOST_EXECUTIONS).build();
  private final Cache<String, RunView> ended =
      CacheBuilder.newBuilder().maximumSize(MOST_EXECUTIONS).build();

  // What a workflow says of itself follows from its history, so it holds until that grows. Asking
  // makes a worker that has not seen the workflow move go through the history again.
  private final Cache<String, StatusAt> statuses =
      CacheBuilder.newBuilder().maximumSize(MOST_EXECUTIONS).build();

  /** What a workflow said of itself when its history was at least this long. */
  private record StatusAt(long events, LifecycleStatus status) {}

  public Runs(TemporalConnection connection) {
    this.connection = connection;
    this.client = connection.client();
  }

  /**
   * Starts a run of a recipe that was checked, under a new id.
   *
   * @param random chooses the digits at the end of the run's id
   * @return the run's id
   */
  public String start(Recipe recipe, boolean fresh, String user, RandomGenerator random) {
    return start(RunNames.of(recipe.name(), Instant.now(), random), recipe, fresh, user);
  }

  /**
   * Starts a run under this id; one that failed or was cancelled goes on from its checkpoints.
   *
   * @throws RequestFailure CONFLICT when a run of this id goes on or ended well
   */
  public String start(String runId, Recipe recipe, boolean fresh, String user) {
    LifecycleWorkflow life =
        client.newWorkflowStub(
            LifecycleWorkflow.class,
            WorkflowOptions.newBuilder()
                .setWorkflowId(runId)
                .setTaskQueue(TaskQueues.WORKFLOWS)
                .setWorkflowIdReusePolicy(
                    WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY)
                .setWorkflowIdConflictPolicy(
                    WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
                .setTypedSearchAttributes(
                    SearchAttributes.newBuilder()
                        .set(SearchKeys.RECIPE, recipe.name())
                        .set(SearchKeys.MODEL_LINE, recipe.modelLine())
                        .set(SearchKeys.STATUS, StageState.RUNNING.name())
                        .set(SearchKeys.REQUESTED_BY, user)
                        .build())
                .setMemo(
                    Map.of(
                        "description", recipe.description(), "seed", recipe.seed(), "fresh", fresh))
                .setStaticSummary(recipe.name() + ": " + recipe.description())
                .build());
    call(
        () -> {
          try {
            return WorkflowClient.start(
                life::run, new LifecycleRequest(runId, recipe, user, fresh));
          } catch (WorkflowExecutionAlreadyStarted e) {
            throw new RequestFailure(
                Outcome.CONFLICT,
                "A run named "
                    + runId
                    + " goes on, or has ended well. Only one that failed or was cancelled can be"
                    + " started again.",
                e);
          }
        });
    return runId;
  }

  /**
   * Starts a run under this id, or finds the one that was started under it before, however that
   * went.
   */
  public String startOnce(String runId, Recipe recipe, boolean fresh, String user) {
    return find(runId).isPresent() ? runId : start(runId, recipe, fresh, user);
  }

  /**
   * Some runs: those that go on, then those that ended, each newest first.
   *
   * @param pageToken from the page before; empty for the first
   * @throws LyceumException USER for a token that was not handed out for this query
   */
  public RunPage page(RunQuery query, int pageSize, String pageToken) {
    ByteString token = PageToken.open(query.text(), pageToken);
    return call(
        () -> {
          ListWorkflowExecutionsResponse response =
              connection
                  .service()
                  .blockingStub()
                  .listWorkflowExecutions(
                      ListWorkflowExecutionsRequest.newBuilder()
                          .setNamespace(connection.namespace())
                          .setPageSize(pageSize)
                          .setNextPageToken(token)
                          .setQuery(query.text())
                          .build());
          return new RunPage(
              response.getExecutionsList().stream()
                  .map(info -> summary(new WorkflowExecutionMetadata(info, converter)))
                  .toList(),
              PageToken.seal(query.text(), response.getNextPageToken()));
        });
  }

  /** How many runs there are. */
  public long count(RunQuery query) {
    return call(() -> client.countWorkflows(query.text()).getCount());
  }

  /** The newest run of the recipe that was started before this one. */
  public Optional<String> before(String runId, String recipe) {
    Instant started =
        Instant.ofEpochMilli(millis(describe(runId).getWorkflowExecutionInfo().getStartTime()));
    RunQuery query =
        new RunQuery(
            Optional.empty(), "", recipe, "", "", "", Optional.empty(), Optional.of(started));
    return page(query, 20, "").runs().stream()
        .filter(run -> !run.runId().equals(runId))
        .max(Comparator.comparingLong(RunSummary::startedAtMillis))
        .map(RunSummary::runId);
  }

  /**
   * What a run was started with.
   *
   * @throws RequestFailure NOT_FOUND when there is no such run
   */
  public LifecycleRequest request(String runId) {
    return firstInput(describe(runId), LifecycleRequest.class)
        .orElseThrow(
            () -> LyceumException.internal("The history of " + runId + " has no beginning."));
  }

  private <T> Optional<T> firstInput(DescribeWorkflowExecutionResponse of, Class<T> type) {
    WorkflowExecution execution = of.getWorkflowExecutionInfo().getExecution();
    io.temporal.api.common.v1.Payloads input = inputs.getIfPresent(execution.getRunId());
    if (input == null) {
      List<HistoryEvent> first =
          call(
              () ->
                  connection
                      .service()
                      .blockingStub()
                      .getWorkflowExecutionHistory(
                          GetWorkflowExecutionHistoryRequest.newBuilder()
                              .setNamespace(connection.namespace())
                              .setExecution(execution)
                              .setMaximumPageSize(1)
                              .build())
                      .getHistory()
                      .getEventsList());
      if (first.isEmpty()) {
        return Optional.empty();
      }
      input = first.getFirst().getWorkflowExecutionStartedEventAttributes().getInput();
      inputs.put(execution.getRunId(), input);
    }
    return Optional.ofNullable(converter.fromPayloads(0, Optional.of(input), type, type));
  }

  /** The steps of a stage; none before it has begun. */
  public List<Attempt> attempts(String runId, Stage stage) {
    return history(runId, stage)
        .map(events -> Attempts.of(stage, events, converter))
        .orElse(List.of());
  }

  private Optional<List<HistoryEvent>> history(String runId, Stage stage) {
    return find(LifecycleWorkflow.stageWorkflowId(runId, stage)).map(this::history);
  }

  private List<HistoryEvent> history(DescribeWorkflowExecutionResponse of) {
    WorkflowExecution execution = of.getWorkflowExecutionInfo().getExecution();
    List<HistoryEvent> known = histories.getIfPresent(execution.getRunId());
    if (known == null) {
      known =
          call(
              () ->
                  client.fetchHistory(execution.getWorkflowId(), execution.getRunId()).getEvents());
      if (isOver(of)) {
        histories.put(execution.getRunId(), known);
      }
    }
    return known;
  }

  private static boolean isOver(DescribeWorkflowExecutionResponse of) {
    return RunState.of(of.getWorkflowExecutionInfo().getStatus()).isOver();
  }

  /** What the stages that have begun were given and made. */
  public List<StageRecord> records(String runId) {
    List<Future<Optional<StageRecord>>> asked = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Stage stage : Stage.values()) {
        asked.add(threads.submit(() -> record(runId, stage)));
      }
    }
    List<StageRecord> records = new ArrayList<>();
    for (Future<Optional<StageRecord>> one : asked) {
      switch (one.state()) {
        case SUCCESS -> one.resultNow().ifPresent(records::add);
        case FAILED -> {
          if (one.exceptionNow() instanceof RuntimeException known) {
            throw known;
          }
          throw LyceumException.internal("A stage could not be read.", one.exceptionNow());
        }
        case CANCELLED, RUNNING ->
            throw LyceumException.external("Interrupted while stages were read.");
      }
    }
    return records;
  }

  private Optional<StageRecord> record(String runId, Stage stage) {
    return find(LifecycleWorkflow.stageWorkflowId(runId, stage))
        .map(
            found -> {
              JsonNode input = firstInput(found, JsonNode.class).orElse(MissingNode.getInstance());
              boolean done =
                  RunState.of(found.getWorkflowExecutionInfo().getStatus()) == RunState.DONE;
              JsonNode output =
                  done
                      ? outcome(runId, stage, found).result(JsonNode.class)
                      : MissingNode.getInstance();
              return new StageRecord(stage, input.path("input"), output);
            });
  }

  /** The newest runs first, at most {@code limit}. */
  public List<RunSummary> list(int limit) {
    return call(
        () ->
            client
                .listExecutions("WorkflowType = '" + TYPE + "'")
                .limit(limit)
                .map(Runs::summary)
                .toList());
  }

  private static RunSummary summary(WorkflowExecutionMetadata run) {
    SearchAttributes attributes = run.getTypedSearchAttributes();
    RunState state = RunState.of(run.getStatus());
    String status = text(attributes, SearchKeys.STATUS);
    if (state == RunState.RUNNING && status.equals(StageState.WAITING.name())) {
      state = RunState.WAITING;
    } else if (state == RunState.RUNNING && status.equals(StageState.PAUSED.name())) {
      state = RunState.PAUSED;
    }
    return new RunSummary(
        run.getExecution().getWorkflowId(),
        text(attributes, SearchKeys.RECIPE),
        text(attributes, SearchKeys.MODEL_LINE),
        text(attributes, SearchKeys.REQUESTED_BY),
        state,
        text(attributes, SearchKeys.STAGE),
        run.getStartTime().toEpochMilli(),
        run.getCloseTime() == null ? 0 : run.getCloseTime().toEpochMilli());
  }

  private static String text(SearchAttributes attributes, SearchAttributeKey<String> key) {
    String value = attributes.get(key);
    return value == null ? "" : value;
  }

  /**
   * The run that is meant by a word: a run's id, the beginning of only one, or {@code latest}.
   *
   * @throws RequestFailure NOT_FOUND when there is none, USAGE when several begin so
   */
  public String resolve(String word) {
    if (word.equals("latest")) {
      return list(1).stream()
          .findFirst()
          .map(RunSummary::runId)
          .orElseThrow(() -> none(word, " None was started yet: ./lyceum run start tiny"));
    }
    List<String> matching =
        page(RunQuery.beginning(word), MOST_NAMED, "").runs().stream()
            .map(RunSummary::runId)
            .toList();
    if (matching.contains(word) || isRun(word)) {
      return word;
    }
    return switch (matching.size()) {
      case 0 -> throw none(word, " ./lyceum run list shows those there are.");
      case 1 -> matching.get(0);
      default ->
          throw new RequestFailure(
              Outcome.INVALID,
              "Several runs begin with '"
                  + word
                  + "': "
                  + String.join(", ", matching)
                  + (matching.size() == MOST_NAMED ? ", …" : "")
                  + ". Write more of the id.");
    };
  }

  private static RequestFailure none(String word, String hint) {
    return new RequestFailure(Outcome.NOT_FOUND, "There is no run '" + word + "'." + hint);
  }

  /** Also of one that was started so lately that no list has it. */
  private boolean isRun(String id) {
    return find(id)
        .filter(found -> found.getWorkflowExecutionInfo().getType().getName().equals(TYPE))
        .isPresent();
  }

  /** The one run that waits for people at this stage. */
  public String waitingAt(Stage stage, String what) {
    List<RunSummary> waiting = page(RunQuery.waitingAt(stage), MOST_NAMED, "").runs();
    return switch (waiting.size()) {
      case 0 -> throw new RequestFailure(Outcome.NOT_FOUND, "No run waits for " + what + ".");
      case 1 -> waiting.get(0).runId();
      default ->
          throw new RequestFailure(
              Outcome.INVALID,
              "Several runs wait for "
                  + what
                  + ": "
                  + String.join(", ", waiting.stream().map(RunSummary::runId).toList())
                  + ". Name one.");
    };
  }

  /**
   * The run as it stands now.
   *
   * @throws RequestFailure NOT_FOUND when there is no such run
   */
  public RunView view(String runId) {
    DescribeWorkflowExecutionResponse life = describe(runId);
    WorkflowExecutionInfo info = life.getWorkflowExecutionInfo();
    RunView known = ended.getIfPresent(info.getExecution().getRunId());
    if (known != null) {
      return known;
    }
    RunState state = RunState.of(info.getStatus());
    Optional<LifecycleStatus> status = status(info);
    List<StageStatus> stages =
        status
            .filter(s -> !s.runId().isEmpty())
            .map(LifecycleStatus::stages)
            .orElseGet(() -> stagesOfChildren(runId));
    Map<Stage, StepView> steps = new EnumMap<>(Stage.class);
    if (!state.isOver()) {
      for (StageStatus stage : stages) {
        if (stage.state() == StageState.RUNNING || stage.state() == StageState.PAUSED) {
          step(LifecycleWorkflow.stageWorkflowId(runId, stage.stage()))
              .ifPresent(step -> steps.put(stage.stage(), step));
        }
      }
      if (status.map(LifecycleStatus::paused).orElse(false)) {
        state = RunState.PAUSED;
      } else if (stages.stream().anyMatch(stage -> stage.state() == StageState.WAITING)) {
        state = RunState.WAITING;
      }
    }
    RunView view =
        new RunView(
            runId,
            attribute(info, SearchKeys.RECIPE),
            attribute(info, SearchKeys.MODEL_LINE),
            attribute(info, SearchKeys.REQUESTED_BY),
            state,
            millis(info.getStartTime()),
            info.hasCloseTime() ? millis(info.getCloseTime()) : 0,
            status.map(LifecycleStatus::trackingRunId).orElse(""),
            stages,
            steps,
            state == RunState.FAILED || state == RunState.CANCELLED ? failure(runId) : "",
            status.isPresent());
    if (state.isOver() && view.complete()) {
      ended.put(info.getExecution().getRunId(), view);
    }
    return view;
  }

  /**
   * The run as it ended; empty while it goes on.
   *
   * @throws RequestFailure NOT_FOUND when there is no such run
   */
  public Optional<RunView> ended(String runId) {
    return isOver(describe(runId)) ? Optional.of(view(runId)) : Optional.empty();
  }

  /**
   * The run that records this one in the tracking server; empty while there is none.
   *
   * @throws RequestFailure NOT_FOUND when there is no such run
   */
  public String trackingRun(String runId) {
    String execution = describe(runId).getWorkflowExecutionInfo().getExecution().getRunId();
    String known = trackingRuns.getIfPresent(execution);
    if (known == null) {
      known = view(runId).trackingRunId();
      if (!known.isEmpty()) {
        trackingRuns.put(execution, known);
      }
    }
    return known;
  }

  private String attribute(WorkflowExecutionInfo info, SearchAttributeKey<String> key) {
    var payload = info.getSearchAttributes().getIndexedFieldsMap().get(key.getName());
    return payload == null ? "" : payload.getData().toStringUtf8().replaceAll("^\"|\"$", "");
  }

  private static long millis(com.google.protobuf.Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos()).toEpochMilli();
  }

  /** What the workflow itself says; empty when no worker answers. */
  private Optional<LifecycleStatus> status(WorkflowExecutionInfo of) {
    WorkflowExecution execution = of.getExecution();
    long events = of.getHistoryLength();
    StatusAt known = statuses.getIfPresent(execution.getRunId());
    if (known != null && known.events() == events) {
      return Optional.of(known.status());
    }
    try {
      LifecycleStatus status =
          client.newWorkflowStub(LifecycleWorkflow.class, execution.getWorkflowId()).status();
      // A server that does not tell the length says 0.
      if (events > 0) {
        statuses.put(execution.getRunId(), new StatusAt(events, status));
      }
      return Optional.of(status);
    } catch (WorkflowException | StatusRuntimeException e) {
      return Optional.empty();
    }
  }

  /** The stages as their own workflows tell, without a worker. */
  private List<StageStatus> stagesOfChildren(String runId) {
    List<StageStatus> stages = new ArrayList<>();
    for (Stage stage : Stage.values()) {
      StageStatus status = new StageStatus(stage, StageState.PENDING, 0, 0, "");
      Optional<DescribeWorkflowExecutionResponse> child =
          find(LifecycleWorkflow.stageWorkflowId(runId, stage));
      if (child.isPresent()) {
        WorkflowExecutionInfo info = child.get().getWorkflowExecutionInfo();
        StageState state =
            switch (RunState.of(info.getStatus())) {
              case DONE -> StageState.DONE;
              case FAILED -> StageState.FAILED;
              case CANCELLED -> StageState.CANCELLED;
              case RUNNING, PAUSED, WAITING -> StageState.RUNNING;
            };
        status =
            new StageStatus(
                stage,
                state,
                millis(info.getStartTime()),
                info.hasCloseTime() ? millis(info.getCloseTime()) : 0,
                "");
      }
      stages.add(status);
    }
    return stages;
  }

  /** What the stage's workflow does now. */
  private Optional<StepView> step(String workflowId) {
    return find(workflowId)
        .flatMap(
            child ->
                child.getPendingActivitiesList().stream()
                    .min((a, b) -> Boolean.compare(!isStarted(a), !isStarted(b))))
        .map(
            activity ->
                new StepView(
                    activity.getActivityType().getName(),
                    Math.max(1, activity.getAttempt()),
                    progress(activity),
                    !isStarted(activity),
                    activity.hasLastFailure() ? activity.getLastFailure().getMessage() : ""));
  }

  private static boolean isStarted(PendingActivityInfo activity) {
    return activity.getState() == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED;
  }

  private @Nullable StageProgress progress(PendingActivityInfo activity) {
    if (!activity.hasHeartbeatDetails()) {
      return null;
    }
    try {
      StageProgress progress =
          converter.fromPayloads(
              0,
              Optional.of(activity.getHeartbeatDetails()),
              StageProgress.class,
              StageProgress.class);
      return progress == null || progress.phase() == null ? null : progress;
    } catch (DataConverterException e) {
      // Steps that do not train send other details.
      return null;
    }
  }

  /** Why the workflow ended as it did. */
  private String failure(String runId) {
    try {
      client.newUntypedWorkflowStub(runId).getResult(10, TimeUnit.SECONDS, Object.class);
      return "";
    } catch (WorkflowException e) {
      return e.getCause() == null ? String.valueOf(e.getMessage()) : Failures.reason(e.getCause());
    } catch (TimeoutException | StatusRuntimeException | DataConverterException e) {
      return "";
    }
  }

  /** Waits for the end of the run, however long it takes. */
  public RunState awaitEnd(String runId) {
    while (true) {
      RunState state = RunState.of(describe(runId).getWorkflowExecutionInfo().getStatus());
      if (state.isOver()) {
        return state;
      }
      try {
        Thread.sleep(1000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw LyceumException.external("Interrupted while waiting; the run goes on.", e);
      }
    }
  }

  /** Stops the running step at its next checkpoint. */
  public void pause(String runId, String user, String reason) {
    steer(() -> life(runId).pause(new PauseRequest(user, reason)));
  }

  public void resume(String runId, String user, String reason) {
    steer(() -> life(runId).resume(new PauseRequest(user, reason)));
  }

  /** Asks the run to end; its running step leaves a checkpoint. */
  public void cancel(String runId) {
    call(
        () -> {
          client.newUntypedWorkflowStub(runId).cancel();
          return runId;
        });
  }

  private void steer(Runnable update) {
    update(
        () -> {
          update.run();
          return true;
        });
  }

  private LifecycleWorkflow life(String runId) {
    return client.newWorkflowStub(LifecycleWorkflow.class, runId);
  }

  /**
   * Sends a request that the workflow may refuse.
   *
   * @throws RequestFailure REFUSED with the workflow's reason
   */
  public <T> T update(Supplier<T> update) {
    return call(
        () -> {
          try {
            return update.get();
          } catch (WorkflowUpdateException e) {
            Throwable cause = e.getCause();
            throw new RequestFailure(
                Outcome.REFUSED,
                cause == null ? String.valueOf(e.getMessage()) : Failures.reason(cause),
                e);
          }
        });
  }

  /**
   * Asks a workflow.
   *
   * @throws RequestFailure NOT_FOUND when it has not begun, TIMED_OUT when no worker answers
   */
  public <T> T ask(Supplier<T> query) {
    return call(
        () -> {
          try {
            return query.get();
          } catch (WorkflowNotFoundException e) {
            throw new RequestFailure(
                Outcome.NOT_FOUND, "The run has not come to this stage yet.", e);
          } catch (WorkflowQueryException e) {
            throw new RequestFailure(
                Outcome.TIMED_OUT,
                "The stage could not be asked: no worker answers. Start one with ./lyceum up.",
                e);
          }
        });
  }

  /**
   * Result record of a stage of a run.
   *
   * @throws RequestFailure NOT_FOUND when the stage has not begun, TIMED_OUT while it runs,
   *     RUN_FAILED when it failed
   */
  public StageOutcome outcome(String runId, Stage stage) {
    DescribeWorkflowExecutionResponse described =
        find(LifecycleWorkflow.stageWorkflowId(runId, stage))
            .orElseThrow(
                () ->
                    new RequestFailure(
                        Outcome.NOT_FOUND,
                        "The run " + runId + " has not come to its " + stage.noun() + " stage."));
    return outcome(runId, stage, described);
  }

  private StageOutcome outcome(
      String runId, Stage stage, DescribeWorkflowExecutionResponse described) {
    String workflowId = LifecycleWorkflow.stageWorkflowId(runId, stage);
    RunState state = RunState.of(described.getWorkflowExecutionInfo().getStatus());
    if (!state.isOver()) {
      throw new RequestFailure(
          Outcome.TIMED_OUT, "The " + stage.noun() + " stage of " + runId + " is not done yet.");
    }
    String execution = described.getWorkflowExecutionInfo().getExecution().getRunId();
    StageOutcome known = outcomes.getIfPresent(execution);
    if (known != null) {
      return known;
    }
    try {
      StageOutcome outcome =
          client
              .newUntypedWorkflowStub(workflowId)
              .getResult(10, TimeUnit.SECONDS, StageOutcome.class);
      outcomes.put(execution, outcome);
      return outcome;
    } catch (WorkflowException e) {
      throw new RequestFailure(
          Outcome.RUN_FAILED,
          "The "
              + stage.noun()
              + " stage of "
              + runId
              + " did not end well: "
              + (e.getCause() == null ? e.getMessage() : Failures.reason(e.getCause())),
          e);
    } catch (TimeoutException e) {
      throw LyceumException.external(
          "Temporal did not give the result of " + workflowId + " within 10 s.", e);
    }
  }

  /** A typed stub of a stage's workflow. */
  public <W> W stage(Class<W> type, String runId, Stage stage) {
    return client.newWorkflowStub(type, LifecycleWorkflow.stageWorkflowId(runId, stage));
  }

  /** What happened in a workflow, oldest first; none when there is no such workflow. */
  public List<RunEvent> events(String runId, Stage stage) {
    return history(runId, stage)
        .map(events -> RunEvent.of(stage, events, converter))
        .orElse(List.of());
  }

  private DescribeWorkflowExecutionResponse describe(String workflowId) {
    return find(workflowId)
        .orElseThrow(
            () ->
                new RequestFailure(
                    Outcome.NOT_FOUND,
                    "There is no run '"
                        + workflowId
                        + "'. ./lyceum run list shows those there are."));
  }

  private Optional<DescribeWorkflowExecutionResponse> find(String workflowId) {
    return call(
        () -> {
          try {
            return Optional.of(
                connection
                    .service()
                    .blockingStub()
                    .describeWorkflowExecution(
                        DescribeWorkflowExecutionRequest.newBuilder()
                            .setNamespace(connection.namespace())
                            .setExecution(WorkflowExecution.newBuilder().setWorkflowId(workflowId))
                            .build()));
          } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  /** Turns a silent server into an error that says what to do. */
  private <T> T call(Supplier<T> call) {
    try {
      return call.get();
    } catch (StatusRuntimeException e) {
      throw explained(e);
    } catch (WorkflowException e) {
      if (e.getCause() instanceof StatusRuntimeException grpc) {
        throw explained(grpc);
      }
      throw e;
    }
  }

  private RuntimeException explained(StatusRuntimeException e) {
    return switch (e.getStatus().getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED -> connection.silent(e);
      case NOT_FOUND ->
          new RequestFailure(
              Outcome.NOT_FOUND,
              "Temporal knows no such run: " + e.getStatus().getDescription(),
              e);
      default -> e;
    };
  }

  /** The untyped stub of any workflow. */
  public WorkflowStub workflow(String workflowId) {
    return client.newUntypedWorkflowStub(workflowId);
  }
}
