package lyceum.activities.training;

import java.util.List;
import lyceum.core.ArtifactRef;
import lyceum.core.LyceumException;
import lyceum.core.Tracker;

/**
 * What makes a checkpoint one: written last, it says which bytes belong together.
 *
 * @param step optimizer steps done
 * @param fence of the attempt that wrote it
 * @param state weights, optimizer state and position, as one file
 * @param metrics curve points since the checkpoint before; sent to the tracker after the manifest
 *     is there, and again on resuming, so that each is recorded once whatever dies in between
 * @param samples texts since the checkpoint before, sent like the metrics; absent in what an
 *     earlier version wrote
 */
public record CheckpointManifest(
    long step, Fence fence, ArtifactRef state, List<Tracker.Metric> metrics, List<Sample> samples) {
  public CheckpointManifest {
    if (step < 0) {
      throw LyceumException.internal("A checkpoint cannot be at step " + step + ".");
    }
    metrics = List.copyOf(metrics);
    samples = samples == null ? List.of() : List.copyOf(samples);
  }

  /**
   * Text that a model in training wrote.
   *
   * @param path among the artifacts of the tracking run
   */
  public record Sample(String path, String text) {}
}
