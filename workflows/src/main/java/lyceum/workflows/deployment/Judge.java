package lyceum.workflows.deployment;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lyceum.contracts.deployment.ChampionComparison;
import lyceum.contracts.deployment.DeploymentInput;
import lyceum.contracts.deployment.GateOutcome;
import lyceum.contracts.deployment.Judgement;
import lyceum.contracts.evaluation.EvaluationActivities.PairRequest;
import lyceum.contracts.evaluation.EvaluationActivities.Pairing;
import lyceum.contracts.evaluation.Suite;
import lyceum.core.ModelArtifact;
import lyceum.core.PairedScore;
import lyceum.core.Score;
import lyceum.core.recipe.ChampionSettings;
import lyceum.core.recipe.DeploymentSettings;
import lyceum.workflows.stage.Scores;
import org.jspecify.annotations.Nullable;

/**
 * Holds a candidate against its gates and, item by item, against the model that serves now: on
 * every score that a gate names, in the gate's direction.
 */
final class Judge {
  private Judge() {}

  /** What the judge has to ask for. */
  interface Evidence {
    ModelArtifact model(int version);

    Pairing pair(PairRequest request);
  }

  static Judgement judge(DeploymentInput input, int version, int champion, Evidence evidence) {
    List<GateOutcome> gates =
        input.settings().gates().stream().map(gate -> outcome(gate, input.scores())).toList();
    return new Judgement(gates, champion, compare(input, version, champion, evidence));
  }

  static GateOutcome outcome(DeploymentSettings.Gate gate, List<Score> scores) {
    Optional<Double> value = Scores.value(scores, gate.score());
    return new GateOutcome(gate, value.orElse(null), value.isPresent() && gate.admits(value.get()));
  }

  /** What stands against the candidate; empty when nothing does. */
  static String missed(Judgement judgement) {
    Stream<String> gates =
        judgement.gates().stream().filter(gate -> !gate.passed()).map(Judge::words);
    ChampionComparison comparison = judgement.comparison();
    Stream<String> losses =
        comparison == null
            ? Stream.empty()
            : comparison.scores().stream()
                .filter(outcome -> !outcome.passed())
                .map(outcome -> words(outcome, comparison.champion()));
    return Stream.concat(gates, losses).collect(Collectors.joining("; "));
  }

  private static @Nullable ChampionComparison compare(
      DeploymentInput input, int version, int champion, Evidence evidence) {
    ChampionSettings settings = input.settings().champion();
    Suite suite = input.suite();
    if (!settings.compare() || suite == null || champion == 0 || champion == version) {
      return null;
    }
    List<DeploymentSettings.Gate> gates = input.settings().gates();
    if (gates.isEmpty()) {
      return new ChampionComparison(champion, List.of(), "No gate names a score to compare.");
    }
    List<String> scores = gates.stream().map(DeploymentSettings.Gate::score).distinct().toList();
    Pairing pairing =
        evidence.pair(
            new PairRequest(
                evidence.model(champion), input.candidate(), suite, scores, settings.confidence()));
    List<ChampionComparison.Outcome> outcomes =
        pairing.scores().stream().map(paired -> outcome(paired, gates, settings.margin())).toList();
    return new ChampionComparison(champion, outcomes, pairing.note());
  }

  private static ChampionComparison.Outcome outcome(
      PairedScore paired, List<DeploymentSettings.Gate> gates, double margin) {
    boolean higherIsBetter =
        gates.stream()
            .filter(gate -> gate.score().equals(paired.score()))
            .anyMatch(DeploymentSettings.Gate::higherIsBetter);
    return new ChampionComparison.Outcome(
        paired, higherIsBetter, !paired.isLoss(higherIsBetter, margin));
  }

  private static String words(GateOutcome outcome) {
    DeploymentSettings.Gate gate = outcome.gate();
    String bound =
        (gate.atLeast() == null ? "" : " at least " + gate.atLeast())
            + (gate.atMost() == null ? "" : " at most " + gate.atMost());
    return gate.score()
        + bound
        + (outcome.value() == null ? " was not measured" : " is " + outcome.value());
  }

  private static String words(ChampionComparison.Outcome outcome, int champion) {
    PairedScore paired = outcome.paired();
    return String.format(
        Locale.ROOT,
        "%s is %.4f where version %d, the champion, has %.4f on the same %d items: %+.4f, %s interval %+.4f to %+.4f (%s)",
        paired.score(),
        paired.second(),
        champion,
        paired.first(),
        paired.items(),
        paired.difference(),
        percent(paired.confidence()),
        paired.low(),
        paired.high(),
        paired.method());
  }

  /** 95% of 0.95, 99.9% of 0.999. */
  private static String percent(double share) {
    double percent = Math.round(share * 1e6) / 1e4;
    return (percent == Math.rint(percent)
            ? Long.toString(Math.round(percent))
            : Double.toString(percent))
        + "%";
  }
}
