package lyceum.workflows.stage;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lyceum.core.LyceumException;
import lyceum.core.Score;

/** Lists of scores, looked up and put side by side. */
public final class Scores {
  private Scores() {}

  /** The value of the score with this {@code suite/metric}. */
  public static Optional<Double> value(List<Score> scores, String key) {
    return scores.stream().filter(s -> s.key().equals(key)).map(Score::value).findFirst();
  }

  /** The same, where it must be there. */
  public static double require(List<Score> scores, String key, String whose) {
    return value(scores, key)
        .orElseThrow(
            () ->
                LyceumException.internal(
                    "The "
                        + whose
                        + " has no score "
                        + key
                        + "; it has "
                        + scores.stream().map(Score::key).toList()
                        + "."));
  }

  /**
   * The same scores under {@code <prefix>/<suite>}, to be tracked beside those of another model.
   */
  public static List<Score> under(String prefix, List<Score> scores) {
    return scores.stream()
        .map(
            s ->
                new Score(
                    prefix + "/" + s.suite(),
                    s.metric(),
                    s.value(),
                    s.samples(),
                    s.standardError()))
        .toList();
  }

  /** All of them, in order; where a key occurs twice the first stands. */
  @SafeVarargs
  public static List<Score> joined(List<Score>... lists) {
    Map<String, Score> byKey = new LinkedHashMap<>();
    for (List<Score> scores : lists) {
      scores.forEach(s -> byKey.putIfAbsent(s.key(), s));
    }
    return new ArrayList<>(byKey.values());
  }
}
