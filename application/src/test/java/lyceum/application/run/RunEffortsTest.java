package lyceum.application.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import lyceum.connectors.storage.DirectoryArtifactStore;
import lyceum.contracts.Payloads;
import lyceum.contracts.lifecycle.Effort;
import lyceum.core.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunEffortsTest {
  @TempDir Path folder;

  @Test
  void efforts_areOfEachTraining_overAllAttempts_andOfThisRunAlone() {
    DirectoryArtifactStore store = new DirectoryArtifactStore(folder);
    write(store, "run-1/alignment-reward/k1/effort/1.json", 2);
    write(store, "run-1/alignment-policy/k1/effort/1.json", 5);
    write(store, "run-1/pretraining-base/k2/effort/1.json", 10);
    // The attempt before was killed; it has been paid for too.
    write(store, "run-1/pretraining-base/k2/effort/2.json", 20);
    write(store, "run-10/pretraining-base/k2/effort/1.json", 1000);
    store.putDocument("checkpoints/run-1/pretraining-base/k2/step-7/manifest.json", new byte[] {1});

    assertThat(new RunEfforts(store).of("run-1"))
        .extracting(
            RunEfforts.Training::stage,
            RunEfforts.Training::phase,
            training -> training.effort().attempts(),
            training -> training.effort().seconds())
        .containsExactly(
            tuple(Stage.PRETRAINING, "base", 2, 30.0),
            tuple(Stage.ALIGNMENT, "policy", 1, 5.0),
            tuple(Stage.ALIGNMENT, "reward", 1, 2.0));
    assertThat(new RunEfforts(store).of("run-2")).isEmpty();
  }

  private static void write(DirectoryArtifactStore store, String name, double seconds) {
    store.putDocument(
        "checkpoints/" + name,
        Payloads.toJson(new Effort(1, seconds, 3 * seconds, 0.01, "an estimate"))
            .getBytes(StandardCharsets.UTF_8));
  }
}
