package lyceum.data.skill;

import java.util.List;

/**
 * Generated chats.
 *
 * @param heldOut to measure on; no prompt content of it occurs in {@code train}
 */
public record SkillSet(List<ChatExample> train, List<ChatExample> heldOut) {
  public SkillSet {
    train = List.copyOf(train);
    heldOut = List.copyOf(heldOut);
  }
}
