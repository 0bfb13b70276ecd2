package lyceum.activities.distillation;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import lyceum.activities.LocalFiles;
import lyceum.activities.StageContract;
import lyceum.activities.training.DurableTraining;
import lyceum.contracts.distillation.DistillationActivities;
import lyceum.contracts.distillation.DistillationInput;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.core.ModelConfig;
import lyceum.core.plan.PlannedTraining;
import lyceum.data.shard.TokenShard;
import lyceum.data.skill.ChatExample;
import lyceum.data.skill.ChatFile;
import lyceum.model.distillation.Distillation;
import lyceum.model.format.LanguageModel;
import lyceum.model.parallel.ProcessGroup;
import lyceum.model.training.Trained;
import lyceum.model.training.TrainingListener;

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
    return prepared(
        request,
        teacher,
        distillation -> {
          Trained trained =
              training.run(
                  request.run(),
                  PlannedTraining.of("distillation", input.settings(), student),
                  request,
                  distillation::train);
          return training.store(
              request.run(),
              trained,
              student,
              input.tokens().tokenizer(),
              input.tokens().tokenizerConfig());
        });
  }

  /** Takes part in a training that another process leads. */
  public void takePart(ProcessGroup group, TrainRequest request) {
    prepared(
        request,
        files.load(request.input().teacher()),
        distillation -> distillation.train(group, Optional.empty(), TrainingListener.SILENT));
  }

  private <T> T prepared(
      TrainRequest request, LanguageModel teacher, Function<Distillation, T> then) {
    DistillationInput input = request.input();
    List<ChatExample> chats = ChatFile.read(files.fetch(input.chats().train()));
    try (TokenShard text = files.openTokens(input.tokens().trainTokens())) {
      return then.apply(
          new Distillation(
              teacher, input.settings(), request.withTeacher(), text, chats, input.seed()));
    }
  }
}
