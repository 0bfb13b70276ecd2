package lyceum.model.finetuning;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.FinetuningSettings;
import lyceum.data.skill.ChatExample;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.parallel.ProcessGroup;
import lyceum.model.training.ChatRows;
import lyceum.model.training.Computation;
import lyceum.model.training.Seeds;
import lyceum.model.training.TokenGraph;
import lyceum.model.training.TokenInputs;
import lyceum.model.training.Trained;
import lyceum.model.training.Trainer;
import lyceum.model.training.TrainingListener;
import lyceum.model.training.TrainingState;
import lyceum.model.training.TrainingTask;
import lyceum.model.transformer.TokenLoss;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * Supervised training on chats. Several chats share a row and do not see each other. The loss is
 * the mean cross-entropy of the assistant's tokens of a batch, the end of each turn included, so
 * that a batch's weight does not depend on how it was packed.
 */
public final class Finetuning {
  private final LanguageModel base;
  private final FinetuningSettings settings;
  private final List<ChatExample> chats;
  private final long seed;

  public Finetuning(
      LanguageModel base, FinetuningSettings settings, List<ChatExample> chats, long seed) {
    if (settings.contextLength() > base.config().contextLength()) {
      throw LyceumException.user(
          "finetuning.contextLength "
              + settings.contextLength()
              + " is longer than the model's context of "
              + base.config().contextLength()
              + ".");
    }
    this.base = base;
    this.settings = settings;
    this.chats = List.copyOf(chats);
    this.seed = seed;
  }

  /** Trains, from the state where there is one. */
  public Trained train(Optional<TrainingState> from, TrainingListener listener) {
    return train(ProcessGroup.alone(), from, listener);
  }

  /** Trains together with the other ranks of a group; see {@link Trainer}. */
  public Trained train(
      ProcessGroup group, Optional<TrainingState> from, TrainingListener listener) {
    return new Trainer(
            new Task(), settings.optimizer(), settings.steps(), settings.checkpointEvery())
        .train(group, from, listener);
  }

  private final class Task implements TrainingTask {
    private final int length = settings.contextLength();
    private final ChatRows rows =
        new ChatRows(chats, base.tokenizer(), length, Seeds.derive(seed, 1));

    @Override
    public String name() {
      return "finetuning";
    }

    @Override
    public ComputeSettings compute() {
      return settings.compute();
    }

    @Override
    public String contract() {
      return String.join(
          "\n",
          name(),
          base.config().toString(),
          settings.toString(),
          Sha256.of(chats.toString()),
          ChatTemplate.sha256(),
          Long.toString(seed));
    }

    @Override
    public SortedMap<String, FloatTensor> initialWeights() {
      return base.weights();
    }

    @Override
    public Loss build(Computation computation, Map<String, Operand<TFloat32>> weights) {
      TokenInputs inputs =
          TokenInputs.of(computation, settings.batchSize() / settings.compute().parts(), length);
      TokenLoss loss =
          new TokenGraph(computation, base.config(), weights, inputs, length, settings.compute())
              .loss();
      TokenLoss.Learned learned = loss.learned();
      return new Loss(learned.value(), learned.gradients(), List.of());
    }

    @Override
    public Batch batch(Computation computation, long step) {
      TokenInputs.Builder inputs = new TokenInputs.Builder(settings.batchSize(), length);
      rows.append(inputs, step * settings.batchSize(), settings.batchSize(), 0);
      inputs.weigh(0, inputs.count(), 1.0 / inputs.count());
      return new Batch(inputs.feeds(settings.compute().parts()), inputs.count());
    }
  }
}
