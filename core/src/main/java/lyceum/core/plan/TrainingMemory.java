package lyceum.core.plan;

/**
 * Bytes that one process of a training takes at its peak.
 *
 * @param weights in f32
 * @param gradients of a step, and of a micro-batch where there are several
 * @param moments of the optimizer; shared out among ranks
 * @param activations what a step computes besides
 * @param copies in the virtual machine: first weights, the state as it is written to a checkpoint,
 *     and gradients on their way to other ranks
 * @param runtime virtual machine and libraries
 */
public record TrainingMemory(
    long weights, long gradients, long moments, long activations, long copies, long runtime) {
  /** Virtual machine, TensorFlow and buffers of one process, measured with a model of no size. */
  static final long RUNTIME_BYTES = 600L << 20;

  /**
   * On a CPU, whose memory holds everything.
   *
   * @param microBatches of each rank
   */
  public static TrainingMemory onCpu(
      TrainingWork work, int microBatches, int ranks, Operations operations) {
    return of(work, microBatches, ranks, operations, true);
  }

  /** On a device with memory of its own; copies lie elsewhere. */
  static TrainingMemory onDevice(TrainingWork work, int microBatches, int ranks) {
    return of(work, microBatches, ranks, Operations.STOCK, false);
  }

  private static TrainingMemory of(
      TrainingWork work, int microBatches, int ranks, Operations operations, boolean copies) {
    long floats = work.parameterBytes();
    long first = floats;
    long state = 3 * floats;
    long exchange = ranks == 1 ? 0 : floats;
    return new TrainingMemory(
        floats,
        microBatches == 1 ? floats : 2 * floats,
        2 * floats / ranks,
        work.activationBytes(Math.max(1, work.rows() / (microBatches * ranks)), operations),
        copies ? first + state + exchange : 0,
        RUNTIME_BYTES);
  }

  public long total() {
    return weights + gradients + moments + activations + copies + runtime;
  }
}
