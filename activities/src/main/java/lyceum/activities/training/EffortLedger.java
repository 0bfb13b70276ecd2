package lyceum.activities.training;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import lyceum.contracts.Payloads;
import lyceum.contracts.lifecycle.Effort;
import lyceum.core.ArtifactStore;

/**
 * What each attempt at a training has cost so far, in object storage beside its checkpoints: the
 * work of an attempt that was killed has been paid for too.
 */
final class EffortLedger {
  private static final long WRITE_EVERY_NANOS = 10_000_000_000L;

  private final ArtifactStore store;
  private final String folder;
  private final String own;
  private final EnergyMeter meter;
  private final int cores;
  private final Effort before;
  private long written;

  /**
   * @param prefix of the training's checkpoints
   * @param fence of this attempt
   */
  EffortLedger(ArtifactStore store, String prefix, Fence fence, EnergyMeter meter, int cores) {
    this.store = store;
    this.folder = prefix + "/effort/";
    this.own = folder + "%020d-%06d.json".formatted(fence.scheduledAtMillis(), fence.attempt());
    this.meter = meter;
    this.cores = cores;
    this.before = total(store, prefix);
    this.written = System.nanoTime();
  }

  /** Of all attempts, as far as they wrote it down. */
  static Effort total(ArtifactStore store, String prefix) {
    List<Effort> attempts = new ArrayList<>();
    for (String name : store.listDocuments(prefix + "/effort/")) {
      store
          .getDocument(name)
          .ifPresent(
              bytes ->
                  attempts.add(
                      Payloads.fromJson(new String(bytes, StandardCharsets.UTF_8), Effort.class)));
    }
    return Effort.sum(attempts);
  }

  /** Of the attempts before and this one up to now. */
  Effort soFar() {
    return Effort.sum(List.of(before, ofThisAttempt()));
  }

  private Effort ofThisAttempt() {
    return Effort.of(1, meter.seconds(), meter.joules(), cores, meter.basis());
  }

  /** Writes it down where the last time is some seconds ago: so much a kill can hide. */
  void keep() {
    if (System.nanoTime() - written > WRITE_EVERY_NANOS) {
      write();
    }
  }

  void write() {
    store.putDocument(own, Payloads.toJson(ofThisAttempt()).getBytes(StandardCharsets.UTF_8));
    written = System.nanoTime();
  }
}
