package lyceum.model.evaluation;

import java.util.List;
import lyceum.core.LyceumException;
import lyceum.core.Score;
import lyceum.core.Sha256;
import lyceum.data.skill.ChatExample;
import lyceum.data.skill.SimulatedRater;
import lyceum.model.format.LanguageModel;

/** Whose answers are liked better. The judge is a program, {@link SimulatedRater}, not people. */
public final class Preference {
  private Preference() {}

  /**
   * How often the second model's likeliest answer is preferred to the first's.
   *
   * @return {@code preference/win_rate}: the share of questions won by the second model, ties
   *     counted half; 0.5 means no difference
   * @throws LyceumException USER when there is no question, or one does not fit into a context
   */
  public static Score winRate(
      LanguageModel first, LanguageModel second, List<ChatExample> heldOut, int maxNewTokens) {
    if (heldOut.isEmpty()) {
      throw LyceumException.user("There are no held-out questions to compare two models on.");
    }
    List<String> firstAnswers = new Answers(first, maxNewTokens).to(heldOut);
    List<String> secondAnswers = new Answers(second, maxNewTokens).to(heldOut);
    return score("win_rate", heldOut, firstAnswers, secondAnswers, ItemSink.NONE);
  }

  /**
   * How often answers are preferred to those that the questions came with.
   *
   * @return {@code preference/win_rate_over_reference}, ties counted half
   */
  static Score overReference(List<ChatExample> heldOut, List<String> answers, ItemSink items) {
    List<String> reference = heldOut.stream().map(ChatExample::answer).toList();
    return score("win_rate_over_reference", heldOut, reference, answers, items);
  }

  private static Score score(
      String metric,
      List<ChatExample> heldOut,
      List<String> first,
      List<String> second,
      ItemSink items) {
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < heldOut.size(); i++) {
      int preferred = SimulatedRater.prefer(heldOut.get(i), first.get(i), second.get(i));
      double point = (preferred + 1) / 2.0;
      sum += point;
      squares += point * point;
      items.add(
          new ItemScore(
              "preference/" + metric,
              i + ":" + Sha256.of(heldOut.get(i).prompt()).substring(0, 16),
              point,
              1));
    }
    int samples = heldOut.size();
    double mean = sum / samples;
    double variance = Math.max(0, squares / samples - mean * mean);
    return new Score("preference", metric, mean, samples, Math.sqrt(variance / samples));
  }
}
