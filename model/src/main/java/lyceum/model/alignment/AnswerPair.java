package lyceum.model.alignment;

import lyceum.core.LyceumException;
import lyceum.data.skill.ChatExample;

/**
 * Two different answers to one prompt, to be ranked.
 *
 * @param number by which a ranking names the pair, from 0 on
 * @param example the prompt, with its reference answer
 */
public record AnswerPair(int number, ChatExample example, String first, String second) {
  public AnswerPair {
    if (number < 0) {
      throw LyceumException.internal("A pair's number is not negative; this is " + number + ".");
    }
  }
}
