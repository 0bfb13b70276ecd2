package lyceum.data.skill;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import lyceum.core.LyceumException;
import lyceum.core.recipe.SkillSettings;

/** Deals a finite set of questions into held-out ones and training ones. */
final class Questions {
  private Questions() {}

  /**
   * Shuffles, gives the first {@code heldOut} questions to the held-out set, and goes round the
   * others until there are {@code train} examples.
   *
   * @param ask makes one example of a question, with new words each time
   */
  static <Q> SkillSet deal(
      List<Q> questions,
      SkillSettings settings,
      RandomGenerator random,
      Function<Q, ChatExample> ask) {
    if (settings.heldOut() > questions.size() / 2) {
      throw LyceumException.user(
          "skills["
              + settings.skill()
              + "].heldOut is "
              + settings.heldOut()
              + ", but there are only "
              + questions.size()
              + " different questions; at most half can be held out.");
    }
    List<Q> shuffled = new ArrayList<>(questions);
    Collections.shuffle(shuffled, java.util.Random.from(random));
    List<ChatExample> heldOut = new ArrayList<>();
    for (Q question : shuffled.subList(0, settings.heldOut())) {
      heldOut.add(ask.apply(question));
    }
    List<Q> rest = shuffled.subList(settings.heldOut(), shuffled.size());
    List<ChatExample> train = new ArrayList<>();
    for (int i = 0; i < settings.train(); i++) {
      train.add(ask.apply(rest.get(i % rest.size())));
    }
    return new SkillSet(train, heldOut);
  }
}
