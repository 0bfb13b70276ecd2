package lyceum.application.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lyceum.contracts.evaluation.ModelScores;
import lyceum.core.Score;

/**
 * One score of two models.
 *
 * @param difference second minus first
 * @param standardError of the difference
 * @param clear whether the difference is more than two standard errors
 */
public record Comparison(
    String model,
    String score,
    double first,
    double second,
    double difference,
    double standardError,
    boolean clear) {
  /** The scores that both have, by model and score. */
  public static List<Comparison> of(List<ModelScores> first, List<ModelScores> second) {
    Map<String, Map<String, Score>> others = new TreeMap<>();
    second.forEach(model -> others.put(model.name(), byKey(model.scores())));
    List<Comparison> rows = new ArrayList<>();
    for (ModelScores model : first) {
      Map<String, Score> other = others.getOrDefault(model.name(), Map.of());
      byKey(model.scores())
          .forEach(
              (key, score) -> {
                Score paired = other.get(key);
                if (paired != null) {
                  rows.add(of(model.name(), score, paired));
                }
              });
    }
    return rows;
  }

  private static Comparison of(String model, Score first, Score second) {
    double difference = second.value() - first.value();
    double error = Math.hypot(first.standardError(), second.standardError());
    return new Comparison(
        model,
        first.key(),
        first.value(),
        second.value(),
        difference,
        error,
        error > 0 && Math.abs(difference) > 2 * error);
  }

  private static Map<String, Score> byKey(List<Score> scores) {
    Map<String, Score> byKey = new TreeMap<>();
    scores.forEach(score -> byKey.put(score.key(), score));
    return byKey;
  }
}
