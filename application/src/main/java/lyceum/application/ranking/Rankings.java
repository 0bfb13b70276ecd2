package lyceum.application.ranking;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.run.Runs;
import lyceum.contracts.Payloads;
import lyceum.contracts.alignment.AlignmentWorkflow;
import lyceum.contracts.alignment.Ranking;
import lyceum.contracts.alignment.RankingStatus;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.Stage;

/** Pairs of answers that people rank for a run. */
public final class Rankings {
  /** How often a person gets a pair that others have ranked. */
  static final int SHARED = 5;

  private final Runs runs;
  private final ArtifactStore store;

  public Rankings(Runs runs, ArtifactStore store) {
    this.runs = runs;
    this.store = store;
  }

  /** The one run that waits for rankings. */
  public String waiting() {
    return runs.waitingAt(Stage.ALIGNMENT, "rankings");
  }

  public RankingStatus status(String runId) {
    return runs.ask(desk(runId)::rankings);
  }

  /**
   * The pairs, those that nobody ranked yet first.
   *
   * @throws RequestFailure TIMED_OUT when the run takes no rankings now
   */
  public List<Pair> pairs(String runId, RankingStatus status) {
    if (!status.open() || status.pairs() == null) {
      throw new RequestFailure(
          Outcome.TIMED_OUT,
          "The run "
              + runId
              + " takes no rankings now. lyceum run get "
              + runId
              + " shows where it stands.");
    }
    byte[] bytes = store.get(status.pairs());
    List<Pair> pairs = new ArrayList<>();
    for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
      pairs.add(pair(runId, line));
    }
    Set<Integer> ranked = new HashSet<>(status.rankedPairs());
    pairs.sort(
        Comparator.comparing((Pair pair) -> ranked.contains(pair.number()))
            .thenComparingInt(Pair::number));
    return pairs;
  }

  /** The rankings that people have given, in the order in which they came. */
  public List<Ranking> given(String runId) {
    return runs.ask(desk(runId)::given);
  }

  /**
   * The pair that this person is to rank next: one that nobody ranked yet, but each {@link
   * #SHARED}th one that others have, so that it can be told how far people agree.
   *
   * @param pairs as {@link #pairs} gives them
   * @param given the rankings so far
   * @param passed numbers of pairs to leave out
   * @return empty where none is left
   */
  public static Optional<Pair> next(
      List<Pair> pairs, List<Ranking> given, String rater, Set<Integer> passed) {
    Set<Integer> own = new HashSet<>();
    Set<Integer> others = new HashSet<>();
    for (Ranking ranking : given) {
      (ranking.rater().equals(rater) ? own : others).add(ranking.pair());
    }
    List<Pair> left =
        pairs.stream()
            .filter(pair -> !own.contains(pair.number()) && !passed.contains(pair.number()))
            .toList();
    boolean shared = own.size() % SHARED == SHARED - 1;
    return left.stream()
        .filter(pair -> others.contains(pair.number()) == shared)
        .findFirst()
        .or(() -> left.stream().filter(pair -> !others.contains(pair.number())).findFirst());
  }

  private static Pair pair(String runId, String line) {
    JsonNode json = Payloads.fromJson(line, JsonNode.class);
    String prompt = json.path("example").path("prompt").asText();
    if (!json.has("number") || prompt.isEmpty()) {
      throw LyceumException.internal(
          "A pair of run " + runId + " has no number or no prompt: " + line);
    }
    return new Pair(
        json.get("number").asInt(),
        prompt,
        json.path("first").asText(),
        json.path("second").asText());
  }

  /**
   * Counts a rater's choice.
   *
   * @return where the ranking stands then
   * @throws RequestFailure REFUSED when this rater ranked the pair before or none is waited for
   */
  public RankingStatus rank(String runId, Pair pair, String rater, Pair.Preference preference) {
    AlignmentWorkflow desk = desk(runId);
    return runs.update(() -> desk.rank(pair.ranking(rater, preference)));
  }

  private AlignmentWorkflow desk(String runId) {
    return runs.stage(AlignmentWorkflow.class, runId, Stage.ALIGNMENT);
  }
}
