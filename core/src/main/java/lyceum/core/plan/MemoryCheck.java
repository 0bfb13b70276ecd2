package lyceum.core.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import lyceum.core.LyceumException;

/** Refuses a training that the machine's memory does not hold, before it starts. */
public final class MemoryCheck {
  private static final double GIBI = 1L << 30;

  private MemoryCheck() {}

  /**
   * Compares the planned peak with the machine.
   *
   * @param ranksHere of its ranks, on this machine
   * @param held bytes that this process holds already, which count as available
   * @throws LyceumException of category USER when the machine is too small, of category RESOURCE
   *     when others hold too much of it now
   */
  public static void require(
      PlannedTraining training,
      int ranksHere,
      Operations operations,
      MachineMemory machine,
      long held) {
    TrainingWork work = training.work();
    int ranks = training.compute().ranks();
    TrainingMemory memory =
        TrainingMemory.onCpu(work, training.compute().microBatches(), ranks, operations);
    long needed = ranksHere * memory.total();
    long available = Math.min(machine.total(), machine.available() + held);
    if (needed <= available) {
      return;
    }
    String numbers =
        "The %s needs about %s of memory at its peak%s: weights %s, gradients %s, moments %s, activations %s, copies %s, programs %s. This machine has %s%s."
            .formatted(
                work.name(),
                gibibytes(needed),
                ranksHere == 1 ? "" : " for %d ranks, each of them".formatted(ranksHere),
                gibibytes(memory.weights()),
                gibibytes(memory.gradients()),
                gibibytes(memory.moments()),
                gibibytes(memory.activations()),
                gibibytes(memory.copies()),
                gibibytes(memory.runtime()),
                gibibytes(machine.total()),
                available == machine.total()
                    ? ""
                    : ", of which " + gibibytes(available) + " are free");
    if (needed <= machine.total()) {
      throw LyceumException.resource(
          numbers
              + " Stop what holds the rest, or "
              + advice(work, ranks, ranksHere, operations, available));
    }
    throw LyceumException.user(
        numbers
            + " It does not fit; "
            + advice(work, ranks, ranksHere, operations, machine.total()));
  }

  /** What would fit, from what changes least. */
  private static String advice(
      TrainingWork work, int ranks, int ranksHere, Operations operations, long room) {
    List<String> ways = new ArrayList<>();
    for (Way way :
        List.of(
            new Way("", work.halfPrecision(), work.recompute()),
            new Way(" with compute.recompute: true", work.halfPrecision(), true),
            new Way(" with compute.precision: BF16 and compute.recompute: true", true, true))) {
      TrainingWork changed = work.computed(way.half, way.recompute);
      OptionalInt parts = fewestParts(changed, ranks, ranksHere, operations, room);
      if (parts.isPresent()) {
        long needed =
            ranksHere * TrainingMemory.onCpu(changed, parts.getAsInt(), ranks, operations).total();
        ways.add(
            "set compute.microBatches to %d%s (%s)"
                .formatted(parts.getAsInt(), way.words, gibibytes(needed)));
      }
    }
    return ways.isEmpty()
        ? "not even one row at a time would. Take a smaller model or a shorter context, or a"
            + " machine with more memory."
        : String.join(", or ", ways) + ", or take a smaller model.";
  }

  private record Way(String words, boolean half, boolean recompute) {}

  private static OptionalInt fewestParts(
      TrainingWork work, int ranks, int ranksHere, Operations operations, long room) {
    int most = work.rows() / ranks;
    if (ranksHere * TrainingMemory.onCpu(work, most, ranks, operations).total() > room) {
      return OptionalInt.empty();
    }
    for (int parts = 1; parts < most; parts++) {
      if (work.rows() % (parts * ranks) == 0
          && ranksHere * TrainingMemory.onCpu(work, parts, ranks, operations).total() <= room) {
        return OptionalInt.of(parts);
      }
    }
    return OptionalInt.of(most);
  }

  private static String gibibytes(long bytes) {
    return String.format(Locale.ROOT, "%.2f GiB", bytes / GIBI);
  }
}
