package lyceum.activities.pretraining;

import io.temporal.activity.Activity;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;
import lyceum.activities.LocalFiles;
import lyceum.activities.StageContract;
import lyceum.activities.training.DurableTraining;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.contracts.pretraining.PretrainingActivities;
import lyceum.contracts.pretraining.PretrainingInput;
import lyceum.contracts.tokenizer.ParentModel;
import lyceum.core.Score;
import lyceum.core.plan.PlannedTraining;
import lyceum.data.shard.TokenShard;
import lyceum.model.evaluation.NgramBaselines;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.ModelDirectory;
import lyceum.model.parallel.ProcessGroup;
import lyceum.model.pretraining.Pretraining;
import lyceum.model.training.Trained;
import lyceum.model.training.TrainingListener;

/** Trains the base model and measures the n-gram models beside it. */
public final class PretrainingActivitiesImpl implements PretrainingActivities {
  private final LocalFiles files;
  private final DurableTraining training;

  public PretrainingActivitiesImpl(LocalFiles files, DurableTraining training) {
    this.files = files;
    this.training = training;
  }

  @Override
  public TrainedModel train(TrainRequest request) {
    PretrainingInput input = request.input();
    return prepared(
        input,
        pretraining -> {
          Trained trained =
              training.run(
                  request.run(),
                  PlannedTraining.of(input.settings(), input.model()),
                  request,
                  pretraining::train);
          return training.store(
              request.run(),
              trained,
              input.model(),
              input.tokens().tokenizer(),
              input.tokens().tokenizerConfig());
        });
  }

  /** Takes part in a training that another process leads. */
  public void takePart(ProcessGroup group, TrainRequest request) {
    prepared(
        request.input(),
        pretraining -> pretraining.train(group, Optional.empty(), TrainingListener.SILENT));
  }

  private <T> T prepared(PretrainingInput input, Function<Pretraining, T> then) {
    try (TokenShard train = files.openTokens(input.tokens().trainTokens());
        TokenShard validation = files.openTokens(input.tokens().validationTokens())) {
      ParentModel parent = input.tokens().parent();
      Pretraining pretraining =
          new Pretraining(
              input.model(),
              input.settings(),
              train,
              validation,
              input.evaluation().validationTokens(),
              files.loadTokenizer(input.tokens().tokenizer()),
              parent == null ? null : parentWeights(parent, input),
              input.seed());
      return then.apply(pretraining);
    }
  }

  private SortedMap<String, FloatTensor> parentWeights(ParentModel parent, PretrainingInput input) {
    StageContract.check(parent.model(), input.tokens());
    return ModelDirectory.readWeights(files.fetch(parent.model()), parent.config());
  }

  @Override
  public List<Score> measureBaselines(PretrainingInput input) {
    Activity.getExecutionContext()
        .heartbeat(new StageProgress("n-gram baselines", 0, 0, Double.NaN, 0, 0));
    try (TokenShard train = files.openTokens(input.tokens().trainTokens());
        TokenShard validation = files.openTokens(input.tokens().validationTokens())) {
      return NgramBaselines.measure(
          train,
          validation,
          files.loadTokenizer(input.tokens().tokenizer()),
          input.evaluation().validationTokens());
    }
  }
}
