package lyceum.activities.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import lyceum.activities.RecordingTracker;
import lyceum.connectors.storage.DirectoryArtifactStore;
import lyceum.contracts.Payloads;
import lyceum.contracts.lifecycle.StageContext;
import lyceum.contracts.lifecycle.StageRecords;
import lyceum.contracts.tokenizer.TokenizerActivities;
import lyceum.core.ArtifactRef;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelServer;
import lyceum.core.Score;
import lyceum.core.Stage;
import lyceum.core.Tracker;
import lyceum.core.signing.ModelSignatures;
import lyceum.core.signing.TrustedKeys;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StageRecordsImplTest {
  private static final String INPUT = "{\"settings\":{\"vocabularySize\":512}}";

  @TempDir Path folder;
  private DirectoryArtifactStore store;
  private final RecordingTracker tracker = new RecordingTracker();
  private StageRecordsImpl records;

  @BeforeEach
  void open() {
    store = new DirectoryArtifactStore(folder);
    records =
        new StageRecordsImpl(
            store,
            tracker,
            new NoServer(),
            new ModelSignatures(store, Optional.empty(), TrustedKeys.NONE),
            Clock.systemUTC());
  }

  @Test
  void open_sameKeyAndIntactBytes_reusesAndSaysWhy() {
    ArtifactRef artifact = finish("run-1");
    StageRecords.StageOpening opening = records.open(request("run-2", INPUT, false));
    assertThat(opening.reusedResultJson()).contains(artifact.sha256());
    assertThat(opening.note()).contains("run-1");
    // No step will run, so nobody else ends the tracking run.
    assertThat(tracker.ended).containsEntry(opening.trackingRunId(), Tracker.RunStatus.FINISHED);
    assertThat(tracker.metrics.get(opening.trackingRunId())).isNotEmpty();
  }

  @Test
  void open_otherSettings_runs() {
    finish("run-1");
    assertThat(
            records.open(request("run-2", INPUT.replace("512", "513"), false)).reusedResultJson())
        .isNull();
  }

  @Test
  void open_fresh_runs() {
    finish("run-1");
    assertThat(records.open(request("run-2", INPUT, true)).reusedResultJson()).isNull();
  }

  @Test
  void open_artifactDamaged_runsAndNamesIt() throws Exception {
    ArtifactRef artifact = finish("run-1");
    Files.writeString(Path.of(artifact.uri()), "damaged");
    StageRecords.StageOpening opening = records.open(request("run-2", INPUT, false));
    assertThat(opening.reusedResultJson()).isNull();
    assertThat(opening.note()).contains(artifact.uri().toString());
  }

  @Test
  void close_twice_recordsEachScoreOnce() {
    StageRecords.CloseStage close =
        closing("run-1", store.put("x".getBytes(StandardCharsets.UTF_8)));
    records.close(close);
    records.close(close);
    assertThat(tracker.metrics.get(close.trackingRunId())).hasSize(1);
  }

  @Test
  void key_changesWithStageAndInput() {
    assertThat(StageRecordsImpl.key(Stage.TOKENIZER, INPUT))
        .isNotEqualTo(StageRecordsImpl.key(Stage.CORPUS, INPUT))
        .isNotEqualTo(StageRecordsImpl.key(Stage.TOKENIZER, INPUT + " "));
  }

  private ArtifactRef finish(String runId) {
    ArtifactRef artifact = store.put("vocabulary".getBytes(StandardCharsets.UTF_8));
    records.close(closing(runId, artifact));
    return artifact;
  }

  private StageRecords.CloseStage closing(String runId, ArtifactRef artifact) {
    StageRecords.StageOpening opening = records.open(request(runId, INPUT, true));
    return new StageRecords.CloseStage(
        context(runId, true),
        Stage.TOKENIZER,
        opening.key(),
        opening.trackingRunId(),
        INPUT,
        Payloads.toJson(new TokenizerActivities.TrainedTokenizer(artifact, artifact, 512)),
        List.of(new Score("validation", "bytes_per_token", 3, 1, 0)));
  }

  private static StageRecords.OpenStage request(String runId, String input, boolean fresh) {
    return new StageRecords.OpenStage(context(runId, fresh), Stage.TOKENIZER, input);
  }

  private static StageContext context(String runId, boolean fresh) {
    return new StageContext(runId, "tiny", "tiny-chat", "somebody", "tracking-0", fresh);
  }

  private static final class NoServer implements ModelServer {
    @Override
    public URI serveCanary(String modelLine, int version, ModelArtifact model, double percent) {
      throw new AssertionError("nothing is served in these tests");
    }

    @Override
    public void endCanary(String modelLine) {
      throw new AssertionError("nothing is served in these tests");
    }

    @Override
    public List<Counted> counted(String modelLine) {
      return List.of();
    }

    @Override
    public URI serve(String modelLine, int version, ModelArtifact model) {
      throw new AssertionError("nothing is deployed here");
    }

    @Override
    public Optional<Served> served() {
      return Optional.empty();
    }
  }
}
