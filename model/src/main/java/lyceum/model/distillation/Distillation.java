package lyceum.model.distillation;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.Sha256;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.DistillationSettings;
import lyceum.data.shard.TokenShard;
import lyceum.data.skill.ChatExample;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.parallel.ProcessGroup;
import lyceum.model.training.ChatRows;
import lyceum.model.training.Computation;
import lyceum.model.training.Seeds;
import lyceum.model.training.TextWindows;
import lyceum.model.training.TokenGraph;
import lyceum.model.training.TokenInputs;
import lyceum.model.training.Trained;
import lyceum.model.training.Trainer;
import lyceum.model.training.TrainingListener;
import lyceum.model.training.TrainingState;
import lyceum.model.training.TrainingTask;
import lyceum.model.training.WeightDigest;
import lyceum.model.transformer.InitialWeights;
import lyceum.model.transformer.TokenLoss;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * Trains a student from scratch on rows of text and rows of packed chats, with the loss {@code (1 -
 * a) CE + a T^2 KL(teacher || student)} on the tokens to predict, both distributions at temperature
 * T (Hinton et al., arXiv 1503.02531). Text and chats count in proportion to their rows. The
 * control is the same training without the teacher: {@code a = 0}, with the same first weights,
 * rows and steps.
 */
public final class Distillation {
  private final LanguageModel teacher;
  private final DistillationSettings settings;
  private final boolean withTeacher;
  private final TokenShard text;
  private final List<ChatExample> chats;
  private final long seed;
  private final ModelConfig student;

  /**
   * @param withTeacher false trains the control
   * @throws LyceumException of category USER when the teacher's context is shorter than the rows
   */
  public Distillation(
      LanguageModel teacher,
      DistillationSettings settings,
      boolean withTeacher,
      TokenShard text,
      List<ChatExample> chats,
      long seed) {
    this.teacher = teacher;
    this.settings = settings;
    this.withTeacher = withTeacher;
    this.text = text;
    this.chats = List.copyOf(chats);
    this.seed = seed;
    this.student = settings.student().config(teacher.config().vocabularySize());
    if (settings.contextLength() > teacher.config().contextLength()) {
      throw LyceumException.user(
          "distillation.contextLength "
              + settings.contextLength()
              + " is longer than the teacher's context of "
              + teacher.config().contextLength()
              + ".");
    }
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
    private static final String TEACHER = "teacher/";

    private final int length = settings.contextLength();
    private final int textRows = (int) Math.round(settings.textFraction() * settings.batchSize());
    private final int chatRows = settings.batchSize() - textRows;
    private final Optional<TextWindows> windows =
        textRows == 0
            ? Optional.empty()
            : Optional.of(
                new TextWindows(text, teacher.tokenizer(), length, Seeds.derive(seed, 1)));
    private final Optional<ChatRows> packed =
        chatRows == 0
            ? Optional.empty()
            : Optional.of(new ChatRows(chats, teacher.tokenizer(), length, Seeds.derive(seed, 2)));

    @Override
    public String name() {
      return withTeacher ? "distillation" : "training of the control";
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
          settings.toString(),
          WeightDigest.of(teacher.weights()),
          text.size() + " tokens of " + text.documents() + " documents",
          Sha256.of(chats.toString()),
          ChatTemplate.sha256(),
          Long.toString(seed));
    }

    @Override
    public SortedMap<String, FloatTensor> initialWeights() {
      return InitialWeights.of(student, Seeds.derive(seed, 0));
    }

    @Override
    public Loss build(Computation computation, Map<String, Operand<TFloat32>> weights) {
      TokenInputs inputs =
          TokenInputs.of(computation, settings.batchSize() / settings.compute().parts(), length);
      TokenLoss ofStudent =
          new TokenGraph(computation, student, weights, inputs, length, settings.compute()).loss();
      if (!withTeacher) {
        TokenLoss.Learned learned = ofStudent.learned();
        return new Loss(learned.value(), learned.gradients(), List.of());
      }
      SortedMap<String, int[]> shapes = LanguageModel.shapes(teacher.config());
      Map<String, Operand<TFloat32>> frozen = computation.variables(TEACHER, shapes);
      SortedMap<String, FloatTensor> values = new TreeMap<>(teacher.weights());
      values.keySet().retainAll(shapes.keySet());
      computation.assign(TEACHER, values);
      TokenLoss ofTeacher =
          new TokenGraph(computation, teacher.config(), frozen, inputs, length, settings.compute())
              .loss();
      return DistillationLoss.of(
          computation.tf(), ofStudent, ofTeacher, inputs.weights_N(), settings);
    }

    @Override
    public Batch batch(Computation computation, long step) {
      TokenInputs.Builder inputs = new TokenInputs.Builder(settings.batchSize(), length);
      windows.ifPresent(rows -> rows.append(inputs, step * textRows, textRows, 0));
      int textTokens = inputs.count();
      packed.ifPresent(rows -> rows.append(inputs, step * chatRows, chatRows, textRows));
      int chatTokens = inputs.count() - textTokens;
      double rows = settings.batchSize();
      if (textTokens > 0) {
        inputs.weigh(0, textTokens, textRows / rows / textTokens);
      }
      if (chatTokens > 0) {
        inputs.weigh(textTokens, inputs.count(), chatRows / rows / chatTokens);
      }
      return new Batch(inputs.feeds(settings.compute().parts()), inputs.count());
    }

    @Override
    public SortedMap<String, Double> report(
        Computation computation, Batch batch, List<float[]> observed, long stepsDone) {
      SortedMap<String, Double> metrics = new TreeMap<>();
      if (withTeacher) {
        metrics.put("cross_entropy", sum(observed.get(0)));
        metrics.put("divergence", sum(observed.get(1)));
      }
      return metrics;
    }

    private static double sum(float[] ofMicroBatches) {
      double sum = 0;
      for (float value : ofMicroBatches) {
        sum += value;
      }
      return sum;
    }
  }
}
