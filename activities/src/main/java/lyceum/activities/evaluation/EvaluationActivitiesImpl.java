package lyceum.activities.evaluation;

import io.temporal.activity.Activity;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lyceum.activities.LocalFiles;
import lyceum.activities.StageContract;
import lyceum.contracts.Payloads;
import lyceum.contracts.evaluation.EvaluationActivities;
import lyceum.contracts.evaluation.ModelScores;
import lyceum.contracts.evaluation.NamedModel;
import lyceum.contracts.lifecycle.StageCodeVersions;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.core.ArtifactRef;
import lyceum.core.Score;
import lyceum.core.Sha256;
import lyceum.core.Stage;
import lyceum.data.shard.TokenShard;
import lyceum.data.skill.ChatExample;
import lyceum.data.skill.ChatFile;
import lyceum.model.evaluation.BitsPerByte;
import lyceum.model.evaluation.ChatLoss;
import lyceum.model.evaluation.EvaluationReport;
import lyceum.model.evaluation.SkillSuites;
import lyceum.model.format.LanguageModel;

/** Measures models on the held-out suites and writes the report. */
public final class EvaluationActivitiesImpl implements EvaluationActivities {
  private final LocalFiles files;

  public EvaluationActivitiesImpl(LocalFiles files) {
    this.files = files;
  }

  /**
   * A model, text and settings measured once give the same figures ever after; several stages ask
   * for the same.
   */
  @Override
  public List<Score> measure(MeasureRequest request) {
    String key =
        Sha256.of(StageCodeVersions.of(Stage.EVALUATION) + "\n" + Payloads.toJson(request));
    String name = "measurements/" + key + ".json";
    Optional<byte[]> known = files.store().getDocument(name);
    if (known.isPresent()) {
      return Payloads.fromJson(new String(known.get(), StandardCharsets.UTF_8), Measured.class)
          .scores();
    }
    List<Score> scores = measureNow(request);
    files
        .store()
        .putDocument(name, Payloads.toJson(new Measured(scores)).getBytes(StandardCharsets.UTF_8));
    return scores;
  }

  private record Measured(List<Score> scores) {}

  private List<Score> measureNow(MeasureRequest request) {
    StageContract.check(request.model(), request.tokens());
    LanguageModel model = files.load(request.model());
    List<Score> scores = new ArrayList<>();
    heartbeat("bits per byte");
    try (TokenShard validation = files.openTokens(request.tokens().validationTokens())) {
      scores.add(BitsPerByte.measure(model, validation, request.settings().validationTokens()));
    }
    if (request.chats() != null) {
      List<ChatExample> heldOut = ChatFile.read(files.fetch(request.chats().heldOut()));
      heartbeat("loss on held-out chats");
      scores.add(ChatLoss.measure(model, heldOut));
      scores.addAll(
          SkillSuites.measure(
              model,
              heldOut,
              request.settings().maxNewTokens(),
              suite -> heartbeat("held-out " + suite)));
    }
    return scores;
  }

  @Override
  public ArtifactRef writeReport(ReportRequest request) {
    Map<String, List<Score>> scores = new LinkedHashMap<>();
    for (ModelScores model : request.scores()) {
      scores.put(model.name(), model.scores());
    }
    List<ChatExample> heldOut = ChatFile.read(files.fetch(request.input().chats().heldOut()));
    List<EvaluationReport.Transcript> transcripts = new ArrayList<>();
    for (NamedModel named : request.input().models()) {
      heartbeat("transcripts of " + named.name());
      transcripts.addAll(
          EvaluationReport.transcripts(
              named.name(),
              files.load(named.model()),
              heldOut,
              request.input().settings().transcriptPrompts(),
              request.input().settings().maxNewTokens()));
    }
    String report = EvaluationReport.markdown(scores, transcripts);
    return files.store().put(report.getBytes(StandardCharsets.UTF_8));
  }

  private static void heartbeat(String phase) {
    Activity.getExecutionContext().heartbeat(new StageProgress(phase, 0, 0, Double.NaN, 0, 0));
  }
}
