package lyceum.activities.training;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import lyceum.contracts.Payloads;
import lyceum.core.ArtifactRef;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.Tracker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one training in object storage. The manifest is written after the bytes it
 * names, so a reader finds a whole checkpoint or an older one. The newest {@value #KEPT} are kept.
 */
final class Checkpoints {
  static final int KEPT = 2;

  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

  private final ArtifactStore store;
  private final String prefix;
  private final Fence fence;

  /** Takes the training over: attempts with a lower fence can publish no more. */
  Checkpoints(ArtifactStore store, String prefix, Fence fence) {
    this.store = store;
    this.prefix = prefix;
    this.fence = fence;
    Optional<Fence> holder = holder();
    if (holder.isPresent() && holder.get().compareTo(fence) > 0) {
      throw superseded(holder.get());
    }
    store.putDocument(fenceName(), json(fence));
  }

  /** The newest checkpoint whose bytes are all there and match their digests. */
  Optional<CheckpointManifest> newest() {
    for (String name : manifests().reversed()) {
      Optional<byte[]> bytes = store.getDocument(name);
      if (bytes.isEmpty()) {
        continue;
      }
      CheckpointManifest manifest;
      try {
        manifest =
            Payloads.fromJson(
                new String(bytes.get(), StandardCharsets.UTF_8), CheckpointManifest.class);
      } catch (LyceumException e) {
        LOG.warn("The checkpoint manifest {} is unreadable and is passed over", name, e);
        continue;
      }
      if (store.isIntact(manifest.state())) {
        return Optional.of(manifest);
      }
      LOG.warn("The bytes of checkpoint {} are missing or damaged; an older one is taken", name);
    }
    return Optional.empty();
  }

  /** Publishes a checkpoint and removes those no longer needed. */
  CheckpointManifest publish(
      long step,
      Path state,
      List<Tracker.Metric> metrics,
      List<CheckpointManifest.Sample> samples) {
    ArtifactRef ref = store.putDocument(stateName(step), state);
    Optional<Fence> holder = holder();
    if (holder.isPresent() && holder.get().compareTo(fence) > 0) {
      throw superseded(holder.get());
    }
    CheckpointManifest manifest = new CheckpointManifest(step, fence, ref, metrics, samples);
    store.putDocument(manifestName(step), json(manifest));
    List<String> names = manifests();
    for (String old : names.subList(0, Math.max(0, names.size() - KEPT))) {
      store.deleteDocument(old);
      store.deleteDocument(
          old.substring(0, old.length() - "manifest.json".length()) + "state.safetensors");
    }
    return manifest;
  }

  private List<String> manifests() {
    return store.listDocuments(prefix + "/").stream()
        .filter(name -> name.endsWith("/manifest.json"))
        .toList();
  }

  private Optional<Fence> holder() {
    return store
        .getDocument(fenceName())
        .map(bytes -> Payloads.fromJson(new String(bytes, StandardCharsets.UTF_8), Fence.class));
  }

  private LyceumException superseded(Fence holder) {
    return LyceumException.internal(
        "A later attempt ("
            + holder
            + ") has taken over "
            + prefix
            + "; this one ("
            + fence
            + ") stops without publishing.");
  }

  private String fenceName() {
    return prefix + "/fence.json";
  }

  private String manifestName(long step) {
    return "%s/step-%010d/manifest.json".formatted(prefix, step);
  }

  private String stateName(long step) {
    return "%s/step-%010d/state.safetensors".formatted(prefix, step);
  }

  private static byte[] json(Object value) {
    return Payloads.toJson(value).getBytes(StandardCharsets.UTF_8);
  }
}
