package lyceum.activities.distillation;

import java.util.List;
import lyceum.activities.LocalFiles;
import lyceum.activities.StageContract;
import lyceum.activities.training.DurableTraining;
import lyceum.contracts.distillation.DistillationActivities;
import lyceum.contracts.distillation.DistillationInput;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.core.ModelConfig;
import lyceum.data.shard.TokenShard;
import lyceum.data.skill.ChatExample;
import lyceum.data.skill.ChatFile;
import lyceum.model.distillation.Distillation;
import lyceum.model.format.LanguageModel;
import lyceum.model.training.Trained;

/** Trains the student and the control. */
public final class DistillationActivitiesImpl implements DistillationActivities {
  private final LocalFiles files;
  private final DurableTraining training;

  public DistillationActivitiesImpl(LocalFiles files, DurableTraining training) {
    this.files = files;
    this.training = training;
  }

  @Override
  public TrainedModel train(TrainRequest request) {
    DistillationInput input = request.input();
    StageContract.check(input.teacher(), input.tokens());
    LanguageModel teacher = files.load(input.teacher());
    ModelConfig student = input.settings().student().config(teacher.config().vocabularySize());
    List<ChatExample> chats = ChatFile.read(files.fetch(input.chats().train()));
    try (TokenShard text = files.openTokens(input.tokens().trainTokens())) {
      Distillation distillation =
          new Distillation(
              teacher, input.settings(), request.withTeacher(), text, chats, input.seed());
      Trained trained = training.run(request.run(), distillation::train);
      return training.store(
          trained, student, input.tokens().tokenizer(), input.tokens().tokenizerConfig());
    }
  }
}
