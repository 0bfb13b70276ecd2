package lyceum.activities.finetuning;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lyceum.activities.LocalFiles;
import lyceum.activities.StageContract;
import lyceum.activities.training.DurableTraining;
import lyceum.contracts.curation.FeedbackSet;
import lyceum.contracts.finetuning.ChatSet;
import lyceum.contracts.finetuning.FinetuningActivities;
import lyceum.contracts.finetuning.FinetuningInput;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.core.ArtifactRef;
import lyceum.core.plan.PlannedTraining;
import lyceum.core.recipe.SkillSettings;
import lyceum.data.feedback.FeedbackFile;
import lyceum.data.feedback.FeedbackItem;
import lyceum.data.skill.ChatExample;
import lyceum.data.skill.ChatFile;
import lyceum.data.skill.SkillGenerator;
import lyceum.data.skill.SkillSet;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.finetuning.Finetuning;
import lyceum.model.format.LanguageModel;
import lyceum.model.parallel.ProcessGroup;
import lyceum.model.training.Trained;
import lyceum.model.training.TrainingListener;

/** Generates the chats and trains the assistant on them. */
public final class FinetuningActivitiesImpl implements FinetuningActivities {
  private final LocalFiles files;
  private final DurableTraining training;

  public FinetuningActivitiesImpl(LocalFiles files, DurableTraining training) {
    this.files = files;
    this.training = training;
  }

  @Override
  public ChatSet generateChats(FinetuningInput input) {
    List<ChatExample> train = new ArrayList<>();
    List<ChatExample> heldOut = new ArrayList<>();
    for (SkillSettings skill : input.settings().skills()) {
      SkillSet set = SkillGenerator.generate(skill, input.seed());
      train.addAll(set.train());
      heldOut.addAll(set.heldOut());
    }
    FeedbackSet feedback = input.feedback();
    if (feedback != null) {
      BpeTokenizer tokenizer = files.loadTokenizer(input.tokens().tokenizer());
      for (FeedbackItem item : FeedbackFile.read(files.store().get(feedback.items()))) {
        if (item.isExample()) {
          ChatExample example =
              new ChatExample(
                  SkillSettings.Skill.FEEDBACK,
                  item.prompt(),
                  item.goodAnswer(),
                  item.goodAnswer());
          // People say longer things than a small model has room for.
          if (ChatTemplate.encode(tokenizer, example.messages()).ids().length
              <= input.settings().contextLength()) {
            train.add(example);
          }
        }
      }
    }
    return new ChatSet(store(train), store(heldOut), train.size(), heldOut.size());
  }

  @Override
  public TrainedModel train(TrainRequest request) {
    FinetuningInput input = request.input();
    StageContract.check(input.base(), input.tokens());
    LanguageModel base = files.load(input.base());
    Trained trained =
        training.run(
            request.run(),
            PlannedTraining.of(input.settings(), base.config()),
            request,
            finetuning(request, base)::train);
    return training.store(
        request.run(),
        trained,
        base.config(),
        input.tokens().tokenizer(),
        input.tokens().tokenizerConfig());
  }

  /** Takes part in a training that another process leads. */
  public void takePart(ProcessGroup group, TrainRequest request) {
    finetuning(request, files.load(request.input().base()))
        .train(group, Optional.empty(), TrainingListener.SILENT);
  }

  private Finetuning finetuning(TrainRequest request, LanguageModel base) {
    List<ChatExample> chats = ChatFile.read(files.fetch(request.chats().train()));
    return new Finetuning(base, request.input().settings(), chats, request.input().seed());
  }

  private ArtifactRef store(List<ChatExample> chats) {
    return files.inScratch(
        scratch -> {
          Path file = scratch.resolve("chats.jsonl");
          ChatFile.write(file, chats);
          return files.store().put(file);
        });
  }
}
