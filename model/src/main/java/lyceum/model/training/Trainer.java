package lyceum.model.training;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import lyceum.core.recipe.GuardSettings;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.model.format.FloatTensor;
import lyceum.model.parallel.ProcessGroup;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * Runs a {@link TrainingTask}: for each step a batch, the gradients of its micro-batches, an update
 * of the weights, a report, and every so often the state to resume from. What comes out depends on
 * the task alone, bit for bit, not on where the training was stopped and resumed.
 */
public final class Trainer {
  private static final String CONTRACT = "contract";
  private static final String TOKENS = "tokens";
  private static final String LOSS = "loss";
  private static final String MICRO_BATCHES = "micro_batches";
  private static final String PARTIAL_LOSS = "partial_loss";
  private static final String OBSERVED = "observed/";

  private final TrainingTask task;
  private final OptimizerSettings optimizer;
  private final long steps;
  private final int checkpointEvery;
  private final GuardSettings guards;
  private final SortedMap<String, FloatTensor> initial;
  private final SortedMap<String, int[]> shapes = new TreeMap<>();
  private final String contract;

  /** A training that fails at the first number that is none. */
  public Trainer(TrainingTask task, OptimizerSettings optimizer, long steps, int checkpointEvery) {
    this(task, optimizer, steps, checkpointEvery, GuardSettings.FAIL_AT_ONCE);
  }

  /**
   * @param guards when to go back to the last checkpoint, and how often
   */
  public Trainer(
      TrainingTask task,
      OptimizerSettings optimizer,
      long steps,
      int checkpointEvery,
      GuardSettings guards) {
    this.task = task;
    this.guards = guards;
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
   *     the guards object once more than the training may go back
   */
  public Trained train(Optional<TrainingState> from, TrainingListener listener) {
    return train(ProcessGroup.alone(), from, listener);
  }

  /**
   * Trains together with the other ranks of a group, each on its share of a step's micro-batches.
   * All end with the same weights.
   *
   * @param from at rank 0 the state; the others take theirs from rank 0
   * @param listener only rank 0's is told of steps and checkpoints
   * @throws LyceumException of category USER as for one rank; of category EXTERNAL when another
   *     rank is gone
   */
  public Trained train(
      ProcessGroup group, Optional<TrainingState> from, TrainingListener listener) {
    TrainingState start = from.orElseGet(this::firstState);
    check(start);
    try (Computation computation = new Computation(task.compute().device(group.rank()))) {
      Map<String, Operand<TFloat32>> weights = computation.variables("", shapes);
      AccumulatedGradients gradients =
          new AccumulatedGradients(computation, shapes, task.build(computation, weights));
      DataParallel ranks = new DataParallel(group, computation, shapes);
      Optimizer update = Optimizer.of(computation, optimizer, ranks.owned(), weights, gradients);
      LayerNorms norms = new LayerNorms(computation, ranks, weights, gradients);
      TrainingState own = ranks.distribute(contract, start, update.state());
      return new Run(computation, gradients, update, ranks, norms, own, listener).toTheEnd();
    }
  }

  /** One training in progress. */
  private final class Run {
    private final Computation computation;
    private final AccumulatedGradients gradients;
    private final Optimizer update;
    private final DataParallel ranks;
    private final LayerNorms norms;
    private final TrainingListener listener;
    private final Guard guard;
    private long done;
    private long tokens;
    private double lastLoss;

    /** Of the step in progress: what each micro-batch that is done observed. */
    private final List<List<float[]>> observed = new ArrayList<>();

    private double partialLoss;

    Run(
        Computation computation,
        AccumulatedGradients gradients,
        Optimizer update,
        DataParallel ranks,
        LayerNorms norms,
        TrainingState start,
        TrainingListener listener) {
      this.computation = computation;
      this.gradients = gradients;
      this.update = update;
      this.ranks = ranks;
      this.norms = norms;
      this.listener = listener;
      this.guard = new Guard(guards, start.metadata());
      restore(start);
    }

    /** Takes up a state; objections of the guard stay. */
    private void restore(TrainingState state) {
      SortedMap<String, String> metadata = state.metadata();
      task.recall(metadata);
      guard.goBackTo(metadata);
      done = state.step();
      tokens = Long.parseLong(metadata.getOrDefault(TOKENS, "0"));
      lastLoss = Double.parseDouble(metadata.getOrDefault(LOSS, "NaN"));
      observed.clear();
      partialLoss = 0;
      SortedMap<String, int[]> variables = variables();
      int microBatches = Integer.parseInt(metadata.getOrDefault(MICRO_BATCHES, "0"));
      if (microBatches > 0) {
        variables.putAll(gradients.variables());
        partialLoss = Double.parseDouble(metadata.getOrDefault(PARTIAL_LOSS, "NaN"));
        for (int m = 0; m < microBatches; m++) {
          observed.add(observed(state, m));
        }
      }
      SortedMap<String, FloatTensor> values = new TreeMap<>();
      variables.forEach((name, shape) -> values.put(name, value(state, name, shape)));
      computation.assign("", values);
    }

    /** Weights and what the optimizer remembers. */
    private SortedMap<String, int[]> variables() {
      SortedMap<String, int[]> variables = new TreeMap<>(shapes);
      variables.putAll(update.state());
      return variables;
    }

    private FloatTensor value(TrainingState state, String name, int[] shape) {
      FloatTensor held = state.tensors().get(name);
      if (held == null && state.step() == 0 && update.state().containsKey(name)) {
        return FloatTensor.zeros(shape);
      }
      if (held == null || !Arrays.equals(held.shape(), shape)) {
        throw LyceumException.user(
            "The state has no "
                + name
                + " of shape "
                + Arrays.toString(shape)
                + "; it holds "
                + held
                + ".");
      }
      return held;
    }

    private static List<float[]> observed(TrainingState state, int microBatch) {
      return state
          .tensors()
          .subMap(OBSERVED + microBatch + "/", OBSERVED + microBatch + "0")
          .values()
          .stream()
          .map(FloatTensor::values)
          .toList();
    }

    Trained toTheEnd() {
      while (done < steps) {
        if (step() && (done % checkpointEvery == 0 || done == steps)) {
          TrainingState state = state();
          if (ranks.leads()) {
            listener.onCheckpoint(state);
          }
        }
      }
      return new Trained(computation.read("", shapes), done, tokens, lastLoss);
    }

    /** Makes a step; false when it went back instead. */
    private boolean step() {
      long begun = System.nanoTime();
      TrainingTask.Batch batch = task.batch(computation, done);
      int parts = batch.microBatches().size();
      int resumedAt = observed.size();
      accumulate(ranks.share(batch.microBatches()));
      double rate = LearningRate.at(optimizer, done, steps) * guard.rateFactor();
      double norm = ranks.reduce(gradients);
      double loss = ranks.sum(partialLoss);
      List<List<float[]>> everyones = ranks.everyones(observed);
      // All ranks hold the same numbers against the same medians, so they object together.
      Optional<String> objection = guard.objectionTo(loss, norm);
      if (objection.isPresent()) {
        goBack(objection.get(), rate, loss, norm);
        return false;
      }
      lastLoss = loss;
      SortedMap<String, Double> metrics =
          LayerNorms.dueAt(done + 1, steps) ? norms.measure() : new TreeMap<>();
      update.update(done, rate, norm);
      ranks.shareWeights();
      done++;
      tokens += batch.tokens();
      List<float[]> all = joined(everyones);
      observed.clear();
      partialLoss = 0;
      if (!ranks.leads()) {
        return true;
      }
      double seconds = (System.nanoTime() - begun) / 1e9;
      metrics.putAll(task.report(computation, batch, all, done));
      metrics.putAll(ranks.figures());
      double here = batch.tokens() * (double) (parts - resumedAt) / parts;
      listener.onStep(
          new StepReport(
              done,
              steps,
              tokens,
              lastLoss,
              rate,
              norm,
              here / seconds,
              metrics,
              task.samples(computation, done)));
      return true;
    }

    private void accumulate(List<Feeds> parts) {
      while (observed.size() < parts.size()) {
        List<float[]> values = gradients.add(parts.get(observed.size()), observed.isEmpty());
        partialLoss += values.getFirst()[0];
        observed.add(values.subList(1, values.size()));
        // A state in the middle of a step would need all ranks to stop at the same micro-batch.
        if (observed.size() < parts.size() && !ranks.several()) {
          listener.onMicroBatch(done, observed.size(), this::state);
        }
      }
    }

    /**
     * To the last checkpoint, which is a function of the step, so that a resumed training does it
     * too.
     */
    private void goBack(String objection, double rate, double loss, double norm) {
      String what =
          "step %d: the loss is %.6g and the gradient norm %.6g at a learning rate of %.3g (%s)"
              .formatted(done + 1, loss, norm, rate, objection);
      if (!guard.allowsAnother(what)) {
        throw diverged("");
      }
      long target = done - done % checkpointEvery;
      Optional<TrainingState> state =
          target == 0 || !ranks.leads() ? Optional.of(firstState()) : listener.checkpoint(target);
      if (state.isEmpty()) {
        throw diverged(", and the checkpoint at step " + target + " to go back to was not kept");
      }
      check(state.get());
      restore(ranks.distribute(contract, state.get(), update.state()));
      if (ranks.leads()) {
        listener.onRewind(target, what);
      }
    }

    private LyceumException diverged(String besides) {
      return LyceumException.user(
          "%s diverged at step %d of %d%s. Lower the learning rate, lengthen the warm-up or clip gradients harder. What was seen: %s."
              .formatted(
                  task.name(), done + 1, steps, besides, String.join("; ", guard.objections())));
    }

    private TrainingState state() {
      SortedMap<String, FloatTensor> tensors = new TreeMap<>(computation.read("", shapes));
      tensors.putAll(ranks.gather(computation.read("", update.state())));
      SortedMap<String, String> metadata = new TreeMap<>(task.memory());
      guard.write(metadata);
      metadata.put(CONTRACT, contract);
      metadata.put(TOKENS, Long.toString(tokens));
      metadata.put(LOSS, Double.toString(lastLoss));
      if (!observed.isEmpty()) {
        metadata.put(MICRO_BATCHES, Integer.toString(observed.size()));
        metadata.put(PARTIAL_LOSS, Double.toString(partialLoss));
        tensors.putAll(gradients.read());
        for (int m = 0; m < observed.size(); m++) {
          for (int i = 0; i < observed.get(m).size(); i++) {
            float[] values = observed.get(m).get(i);
            tensors.put(
                "%s%d/%03d".formatted(OBSERVED, m, i),
                new FloatTensor(new int[] {values.length}, values));
          }
        }
      }
      return new TrainingState(done, tensors, metadata);
    }
  }

  /** For each observed tensor the values of all micro-batches, one after the other. */
  private static List<float[]> joined(List<List<float[]>> ofMicroBatches) {
    if (ofMicroBatches.size() == 1) {
      return ofMicroBatches.getFirst();
    }
    List<float[]> joined = new ArrayList<>();
    for (int i = 0; i < ofMicroBatches.getFirst().size(); i++) {
      int at = i;
      int size = ofMicroBatches.stream().mapToInt(values -> values.get(at).length).sum();
      FloatBuffer all = FloatBuffer.allocate(size);
      ofMicroBatches.forEach(values -> all.put(values.get(at)));
      joined.add(all.array());
    }
    return joined;
  }

  private TrainingState firstState() {
    return new TrainingState(0, initial, new TreeMap<>(Map.of(CONTRACT, contract)));
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
  }
}
