package lyceum.activities.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lyceum.connectors.storage.DirectoryArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.Tracker;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {
  private static final String PREFIX = "checkpoints/run-1/pretraining-train";

  @TempDir Path folder;
  private DirectoryArtifactStore store;

  @BeforeEach
  void openStore() {
    store = new DirectoryArtifactStore(folder.resolve("store"));
  }

  @Test
  void newest_afterPublishing_isTheLastWithItsMetrics() throws IOException {
    Checkpoints checkpoints = new Checkpoints(store, PREFIX, new Fence(1, 1));
    checkpoints.publish(10, state("ten"), List.of(), List.of());
    checkpoints.publish(
        20, state("twenty"), List.of(new Tracker.Metric("train/loss", 2.5, 15, 99)), List.of());

    CheckpointManifest newest = checkpoints.newest().orElseThrow();
    assertThat(newest.step()).isEqualTo(20);
    assertThat(newest.metrics()).containsExactly(new Tracker.Metric("train/loss", 2.5, 15, 99));
  }

  @Test
  void newest_damagedBytes_fallsBackToTheOneBefore() throws IOException {
    Checkpoints checkpoints = new Checkpoints(store, PREFIX, new Fence(1, 1));
    checkpoints.publish(10, state("ten"), List.of(), List.of());
    checkpoints.publish(20, state("twenty"), List.of(), List.of());
    store.putDocument(
        PREFIX + "/step-0000000020/state.safetensors", "damaged".getBytes(StandardCharsets.UTF_8));

    assertThat(checkpoints.newest().orElseThrow().step()).isEqualTo(10);
  }

  @Test
  void newest_unreadableManifest_fallsBackToTheOneBefore() throws IOException {
    Checkpoints checkpoints = new Checkpoints(store, PREFIX, new Fence(1, 1));
    checkpoints.publish(10, state("ten"), List.of(), List.of());
    store.putDocument(
        PREFIX + "/step-0000000020/manifest.json", "{\"step\": 2".getBytes(StandardCharsets.UTF_8));

    assertThat(checkpoints.newest().orElseThrow().step()).isEqualTo(10);
  }

  @Test
  void publish_keepsTheNewestTwo() throws IOException {
    Checkpoints checkpoints = new Checkpoints(store, PREFIX, new Fence(1, 1));
    for (int step = 1; step <= 5; step++) {
      checkpoints.publish(step, state("step " + step), List.of(), List.of());
    }
    assertThat(store.listDocuments(PREFIX + "/step-"))
        .containsExactly(
            PREFIX + "/step-0000000004/manifest.json",
            PREFIX + "/step-0000000004/state.safetensors",
            PREFIX + "/step-0000000005/manifest.json",
            PREFIX + "/step-0000000005/state.safetensors");
  }

  @Test
  void publish_byAnAttemptThatWasTakenOver_isRefusedAndNothingIsPublished() throws IOException {
    Checkpoints old = new Checkpoints(store, PREFIX, new Fence(1, 1));
    old.publish(10, state("ten"), List.of(), List.of());
    Checkpoints later = new Checkpoints(store, PREFIX, new Fence(1, 2));

    assertThatThrownBy(() -> old.publish(20, state("twenty"), List.of(), List.of()))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("later attempt");
    assertThat(later.newest().orElseThrow().step()).isEqualTo(10);
  }

  @Test
  void constructor_lowerFenceThanTheHolder_isRefused() {
    Checkpoints holder = new Checkpoints(store, PREFIX, new Fence(7, 1));
    assertThat(holder.newest()).isEmpty();
    assertThatThrownBy(() -> new Checkpoints(store, PREFIX, new Fence(6, 9)))
        .isInstanceOf(LyceumException.class);
  }

  private Path state(String content) throws IOException {
    return Files.writeString(folder.resolve("state"), content);
  }
}
