package lyceum.core.recipe;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import lyceum.core.LyceumException;

/**
 * Supervised training on chats; the loss is on assistant tokens, the end token included.
 *
 * @param skills generated chats
 * @param batchSize packed sequences a step
 * @param contextLength tokens a packed sequence
 */
public record FinetuningSettings(
    List<SkillSettings> skills,
    int steps,
    int batchSize,
    int contextLength,
    int checkpointEvery,
    OptimizerSettings optimizer,
    ComputeSettings compute) {
  public FinetuningSettings {
    skills = List.copyOf(skills);
    if (skills.isEmpty()) {
      throw LyceumException.user("finetuning.skills is empty. Name at least one skill.");
    }
    Set<SkillSettings.Skill> seen = new HashSet<>();
    for (SkillSettings skill : skills) {
      if (!seen.add(skill.skill())) {
        throw LyceumException.user("finetuning.skills names " + skill.skill() + " twice.");
      }
    }
    Check.positive("finetuning.steps", steps);
    Check.positive("finetuning.batchSize", batchSize);
    Check.positive("finetuning.contextLength", contextLength);
    Check.positive("finetuning.checkpointEvery", checkpointEvery);
    compute = ComputeSettings.orPlain(compute, "finetuning", batchSize);
  }

  /** Computed plainly. */
  public FinetuningSettings(
      List<SkillSettings> skills,
      int steps,
      int batchSize,
      int contextLength,
      int checkpointEvery,
      OptimizerSettings optimizer) {
    this(
        skills, steps, batchSize, contextLength, checkpointEvery, optimizer, ComputeSettings.PLAIN);
  }
}
