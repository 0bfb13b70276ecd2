package lyceum.console.api;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.ranking.Agreement;
import lyceum.application.ranking.Pair;
import lyceum.application.ranking.Rankings;
import lyceum.application.run.RunQuery;
import lyceum.application.run.RunSummary;
import lyceum.console.http.Answer;
import lyceum.console.http.Call;
import lyceum.console.http.Operation;
import lyceum.console.http.Parameter;
import lyceum.console.security.Role;
import lyceum.contracts.alignment.RankingStatus;
import lyceum.contracts.deployment.ApprovalDecision;
import lyceum.contracts.deployment.ApprovalStatus;
import lyceum.contracts.deployment.ChampionComparison;
import lyceum.contracts.deployment.GateOutcome;
import lyceum.core.PairedScore;
import lyceum.core.Stage;
import org.jspecify.annotations.Nullable;

/** What waits for people: pairs to rank, versions to decide about. */
public final class ReviewApi {
  private static final int WAITING = 100;

  private final Services services;

  public ReviewApi(Services services) {
    this.services = services;
  }

  record Desk(
      String runId,
      String recipe,
      String modelLine,
      int ranked,
      int needed,
      int pairs,
      @Nullable Instant deadline) {}

  record Desks(List<Desk> items) {}

  /**
   * Two answers in the order in which this person sees them.
   *
   * @param index of the pair among those left, from 1
   */
  record Next(
      int pairId,
      String prompt,
      String left,
      String right,
      int index,
      int total,
      int ranked,
      int needed) {}

  record Choice(int pairId, Pair.Preference preference) {}

  record Standing(boolean open, int ranked, int needed, int pairs) {
    static Standing of(RankingStatus status) {
      return new Standing(status.open(), status.ranked(), status.needed(), status.pairCount());
    }
  }

  record Rater(String user, int ranked) {}

  /**
   * @param overlapping pairs that two or more people ranked
   * @param agreement share of the same choices among those
   * @param alpha Krippendorff's alpha; {@code null} where nothing tells agreement from chance
   */
  record AgreementJson(
      boolean open,
      int ranked,
      int needed,
      int pairs,
      List<Rater> raters,
      int overlapping,
      @Nullable Double agreement,
      @Nullable Double alpha) {
    static AgreementJson of(RankingStatus status, Agreement agreement) {
      return new AgreementJson(
          status.open(),
          status.ranked(),
          status.needed(),
          status.pairCount(),
          agreement.ranked().entrySet().stream()
              .map(rater -> new Rater(rater.getKey(), rater.getValue()))
              .toList(),
          agreement.overlapping(),
          agreement.same().orElse(null),
          agreement.alpha().orElse(null));
    }
  }

  record Gate(String score, String condition, @Nullable Double value, boolean passed) {
    static Gate of(GateOutcome outcome) {
      var gate = outcome.gate();
      return new Gate(
          gate.score(),
          (gate.atLeast() == null ? "" : ">= " + gate.atLeast())
              + (gate.atMost() == null
                  ? ""
                  : (gate.atLeast() == null ? "" : ", ") + "<= " + gate.atMost()),
          outcome.value() == null ? null : RunJson.finite(outcome.value()),
          outcome.passed());
    }
  }

  /** A score of both models on the same items; the interval is of the difference. */
  record Against(
      String score,
      @Nullable Double champion,
      @Nullable Double candidate,
      @Nullable Double difference,
      @Nullable Double low,
      @Nullable Double high,
      @Nullable Double pValue,
      long items,
      String method,
      boolean passed) {
    static Against of(ChampionComparison.Outcome outcome) {
      PairedScore paired = outcome.paired();
      return new Against(
          paired.score(),
          RunJson.finite(paired.first()),
          RunJson.finite(paired.second()),
          RunJson.finite(paired.difference()),
          RunJson.finite(paired.low()),
          RunJson.finite(paired.high()),
          RunJson.finite(paired.pValue()),
          paired.items(),
          paired.method(),
          outcome.passed());
    }
  }

  /**
   * @param confidence of the intervals; {@code null} where nothing could be compared
   */
  record Comparison(int champion, @Nullable Double confidence, String note, List<Against> scores) {
    static Comparison of(ChampionComparison comparison) {
      return new Comparison(
          comparison.champion(),
          comparison.scores().stream()
              .map(outcome -> outcome.paired().confidence())
              .findFirst()
              .orElse(null),
          comparison.note(),
          comparison.scores().stream().map(Against::of).toList());
    }
  }

  /**
   * @param mayDecide whether this person's roles allow a decision
   * @param mayApprove whether it may be yes: not where four eyes are asked for and this person
   *     started the run
   */
  record Waiting(
      String runId,
      String recipe,
      String modelLine,
      int version,
      String requestedBy,
      @Nullable Instant deadline,
      boolean fourEyes,
      boolean mayDecide,
      boolean mayApprove,
      String whyNot,
      List<Gate> gates,
      @Nullable Comparison comparison,
      RunApi.@Nullable Report evidence) {}

  record Inbox(List<Waiting> items) {}

  record Decision(@Nullable String reason) {}

  record Decided(String runId, int version, boolean approved) {}

  public List<Operation> operations() {
    return List.of(
        Operation.get("listRankings", "/rankings", "Runs that wait for rankings.")
            .answers(Desks.class)
            .does(this::desks),
        Operation.get("nextPair", "/rankings/{runId}/next", "The next pair for this person.")
            .role(Role.RATER)
            .path("runId", Names.RUN, "A run.")
            .query(Parameter.text("skip", "[0-9]{1,9}(,[0-9]{1,9}){0,500}", "Pairs to pass over."))
            .answers(Next.class)
            .also(204, null)
            .does(this::next),
        Operation.post("rankPair", "/rankings/{runId}", "Say which of two answers is better.")
            .role(Role.RATER)
            .path("runId", Names.RUN, "A run.")
            .takes(Choice.class)
            .answers(Standing.class)
            .verb("rank")
            .does(this::rank),
        Operation.get("getAgreement", "/rankings/{runId}/agreement", "How far raters agree.")
            .path("runId", Names.RUN, "A run.")
            .answers(AgreementJson.class)
            .does(this::agreement),
        Operation.get("listApprovals", "/approvals", "Versions that wait for a decision.")
            .answers(Inbox.class)
            .does(this::inbox),
        decision("approve", true, "Say yes to the version that waits."),
        decision("reject", false, "Say no to the version that waits."));
  }

  private Operation decision(String word, boolean approved, String summary) {
    return Operation.post(word + "Version", "/approvals/{runId}:" + word, summary)
        .role(Role.APPROVER)
        .path("runId", Names.RUN, "A run.")
        .dryRun()
        .takes(Decision.class)
        .answers(Decided.class)
        .verb(word)
        .does(call -> decide(call, approved));
  }

  private List<RunSummary> waiting(Stage stage) {
    return services.runs().page(RunQuery.waitingAt(stage), WAITING, "").runs();
  }

  private Answer desks(Call call) {
    List<Desk> desks =
        Names.together(
            waiting(Stage.ALIGNMENT).stream().<Callable<Desk>>map(run -> () -> desk(run)).toList());
    return Answer.of(new Desks(desks));
  }

  private Desk desk(RunSummary run) {
    RankingStatus status = services.rankings().status(run.runId());
    return new Desk(
        run.runId(),
        run.recipe(),
        run.modelLine(),
        status.ranked(),
        status.needed(),
        status.pairCount(),
        RunJson.instant(status.deadlineMillis()));
  }

  private Answer next(Call call) {
    String runId = call.path("runId");
    RankingStatus status = services.rankings().status(runId);
    Set<Integer> passed =
        call.query("skip").stream()
            .flatMap(text -> Arrays.stream(text.split(",")))
            .map(Integer::valueOf)
            .collect(Collectors.toSet());
    List<Pair> pairs = services.rankings().pairs(runId, status);
    return Rankings.next(pairs, services.rankings().given(runId), call.user(), passed)
        .map(
            pair ->
                Answer.of(
                    new Next(
                        pair.number(),
                        pair.prompt(),
                        pair.left(call.user()),
                        pair.right(call.user()),
                        pairs.indexOf(pair) + 1,
                        pairs.size(),
                        status.ranked(),
                        status.needed())))
        .orElseGet(Answer::none);
  }

  private Answer agreement(Call call) {
    String runId = call.path("runId");
    return Answer.of(
        AgreementJson.of(
            services.rankings().status(runId), Agreement.of(services.rankings().given(runId))));
  }

  private Answer rank(Call call) {
    String runId = call.path("runId");
    Choice choice = call.body(Choice.class);
    RankingStatus status = services.rankings().status(runId);
    Pair pair =
        services.rankings().pairs(runId, status).stream()
            .filter(one -> one.number() == choice.pairId())
            .findFirst()
            .orElseThrow(
                () ->
                    new RequestFailure(
                        Outcome.NOT_FOUND,
                        "The run " + runId + " has no pair " + choice.pairId() + "."));
    return Answer.of(
        Standing.of(services.rankings().rank(runId, pair, call.user(), choice.preference())));
  }

  private Answer inbox(Call call) {
    List<Waiting> items =
        Names.together(
            waiting(Stage.DEPLOYMENT).stream()
                .<Callable<Waiting>>map(run -> () -> item(run, call))
                .toList());
    return Answer.of(new Inbox(items));
  }

  private Waiting item(RunSummary run, Call call) {
    ApprovalStatus status = services.approvals().waiting(run);
    boolean may = call.principal().may(Role.APPROVER);
    boolean own = status.fourEyes() && call.user().equals(status.requestedBy());
    ChampionComparison comparison = status.comparison();
    RunApi.Report evidence;
    try {
      evidence = RunApi.Report.of(services.evaluations().of(run.runId()).models(), "");
    } catch (RequestFailure e) {
      evidence = null;
    }
    return new Waiting(
        run.runId(),
        run.recipe(),
        run.modelLine(),
        status.candidateVersion(),
        run.requestedBy(),
        RunJson.instant(status.deadlineMillis()),
        status.fourEyes(),
        may,
        may && !own,
        whyNot(may, own),
        new ArrayList<>(status.gates().stream().map(Gate::of).toList()),
        comparison == null ? null : Comparison.of(comparison),
        evidence);
  }

  private static String whyNot(boolean may, boolean own) {
    if (!may) {
      return "The role " + Role.APPROVER.name().toLowerCase(Locale.ROOT) + " is needed.";
    }
    return own ? "You started the run, and its recipe asks that somebody else approves." : "";
  }

  private Answer decide(Call call, boolean approved) {
    String runId = call.path("runId");
    services.runs().view(runId);
    ApprovalStatus status = services.approvals().open(runId);
    if (!call.isDryRun()) {
      String reason = call.body(Decision.class).reason();
      services
          .approvals()
          .decide(runId, new ApprovalDecision(approved, call.user(), reason == null ? "" : reason));
    }
    return Answer.of(new Decided(runId, status.candidateVersion(), approved));
  }
}
