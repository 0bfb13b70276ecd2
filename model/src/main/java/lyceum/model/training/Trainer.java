package lyceum.model.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.model.format.FloatTensor;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * Runs a {@link TrainingTask}: for each step a batch, gradients, AdamW, a report, and every so
 * often the state to resume from. What comes out depends on the task alone, bit for bit, not on
 * where the training was stopped and resumed.
 */
public final class Trainer {
  private static final String CONTRACT = "contract";
  private static final String TOKENS = "tokens";
  private static final String LOSS = "loss";

  private final TrainingTask task;
  private final OptimizerSettings optimizer;
  private final long steps;
  private final int checkpointEvery;
  private final SortedMap<String, FloatTensor> initial;
  private final SortedMap<String, int[]> shapes = new TreeMap<>();
  private final String contract;

  public Trainer(TrainingTask task, OptimizerSettings optimizer, long steps, int checkpointEvery) {
    this.task = task;
    this.optimizer = optimizer;
    this.steps = steps;
    this.checkpointEvery = checkpointEvery;
    this.initial = task.initialWeights();
    initial.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    this.contract =
        Sha256.of(
            String.join(
                "\n",
                task.contract(),
                optimizer.toString(),
                Long.toString(steps),
                WeightDigest.of(initial)));
  }

  /**
   * Trains from the state, or from the start.
   *
   * @throws LyceumException of category USER when the state belongs to another training, or when
   *     the loss or the gradient is no number any more
   */
  public Trained train(Optional<TrainingState> from, TrainingListener listener) {
    TrainingState start = from.orElseGet(this::firstState);
    check(start);
    task.recall(start.metadata());
    try (Computation computation = new Computation()) {
      Map<String, Operand<TFloat32>> weights = computation.variables("", shapes);
      TrainingTask.Loss loss = task.build(computation, weights);
      AdamW adam = new AdamW(computation, optimizer, shapes, weights, loss.gradients());
      computation.assign("", start.tensors());
      return new Run(computation, loss, adam, start, listener).toTheEnd();
    }
  }

  /** One training in progress. */
  private final class Run {
    private final Computation computation;
    private final TrainingTask.Loss loss;
    private final AdamW adam;
    private final TrainingListener listener;
    private final List<Operand<TFloat32>> fetches = new ArrayList<>();
    private long done;
    private long tokens;
    private double lastLoss;

    Run(
        Computation computation,
        TrainingTask.Loss loss,
        AdamW adam,
        TrainingState start,
        TrainingListener listener) {
      this.computation = computation;
      this.loss = loss;
      this.adam = adam;
      this.listener = listener;
      this.done = start.step();
      this.tokens = Long.parseLong(start.metadata().getOrDefault(TOKENS, "0"));
      this.lastLoss = Double.parseDouble(start.metadata().getOrDefault(LOSS, "NaN"));
      fetches.add(loss.value());
      fetches.add(adam.gradientNorm());
      fetches.addAll(loss.observed());
    }

    Trained toTheEnd() {
      while (done < steps) {
        step();
        if (done % checkpointEvery == 0 || done == steps) {
          listener.onCheckpoint(state());
        }
      }
      return new Trained(computation.read("", shapes), done, tokens, lastLoss);
    }

    private void step() {
      long begun = System.nanoTime();
      double rate = LearningRate.at(optimizer, done, steps);
      TrainingTask.Batch batch = task.batch(computation, done);
      Feeds feeds = new Feeds().all(batch.feeds()).all(adam.feeds(done, rate));
      List<float[]> values = computation.run(feeds, fetches, adam.update());
      lastLoss = values.get(0)[0];
      double norm = values.get(1)[0];
      if (!Double.isFinite(lastLoss) || !Double.isFinite(norm)) {
        throw LyceumException.user(
            "%s diverged at step %d of %d: the loss is %s and the gradient norm %s at a learning rate of %.3g. Lower the "
                    .formatted(task.name(), done + 1, steps, lastLoss, norm, rate)
                + "learning rate, lengthen the warm-up or clip gradients harder.");
      }
      done++;
      tokens += batch.tokens();
      SortedMap<String, Double> metrics =
          task.report(computation, batch, values.subList(2, values.size()), done);
      double seconds = (System.nanoTime() - begun) / 1e9;
      listener.onStep(
          new StepReport(
              done, steps, tokens, lastLoss, rate, norm, batch.tokens() / seconds, metrics));
    }

    private TrainingState state() {
      SortedMap<String, FloatTensor> tensors = new TreeMap<>(computation.read("", shapes));
      tensors.putAll(adam.moments(computation));
      SortedMap<String, String> metadata = new TreeMap<>(task.memory());
      metadata.put(CONTRACT, contract);
      metadata.put(TOKENS, Long.toString(tokens));
      metadata.put(LOSS, Double.toString(lastLoss));
      return new TrainingState(done, tensors, metadata);
    }
  }

  private TrainingState firstState() {
    SortedMap<String, FloatTensor> tensors = new TreeMap<>(initial);
    tensors.putAll(AdamW.zeroMoments(shapes));
    return new TrainingState(0, tensors, new TreeMap<>(Map.of(CONTRACT, contract)));
  }

  private void check(TrainingState state) {
    String found = state.metadata().get(CONTRACT);
    if (!contract.equals(found)) {
      throw LyceumException.user(
          "The state at step "
              + state.step()
              + " belongs to another training than this "
              + task.name()
              + " (contract "
              + found
              + ", not "
              + contract
              + "): settings, data, seed or first weights differ. Start without it.");
    }
    if (state.step() > steps) {
      throw LyceumException.user(
          "The state has done "
              + state.step()
              + " steps of a "
              + task.name()
              + " of "
              + steps
              + ".");
    }
    SortedMap<String, FloatTensor> expected = AdamW.zeroMoments(shapes);
    shapes.forEach((name, shape) -> expected.put(name, FloatTensor.zeros(shape)));
    expected.forEach(
        (name, tensor) -> {
          FloatTensor held = state.tensors().get(name);
          if (held == null || !Arrays.equals(held.shape(), tensor.shape())) {
            throw LyceumException.user(
                "The state has no " + name + " " + tensor + "; it holds " + held + ".");
          }
        });
  }
}
