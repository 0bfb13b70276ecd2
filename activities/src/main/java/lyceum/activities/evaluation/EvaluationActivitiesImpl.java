package lyceum.activities.evaluation;

import io.temporal.activity.Activity;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import lyceum.activities.LocalFiles;
import lyceum.activities.StageContract;
import lyceum.contracts.Payloads;
import lyceum.contracts.evaluation.EvaluationActivities;
import lyceum.contracts.evaluation.ModelScores;
import lyceum.contracts.evaluation.NamedModel;
import lyceum.contracts.evaluation.Suite;
import lyceum.contracts.lifecycle.StageCodeVersions;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.core.ArtifactRef;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.PairedScore;
import lyceum.core.Score;
import lyceum.core.Sha256;
import lyceum.core.Stage;
import lyceum.data.shard.TokenShard;
import lyceum.data.skill.ChatExample;
import lyceum.data.skill.ChatFile;
import lyceum.model.evaluation.BitsPerByte;
import lyceum.model.evaluation.ChatLoss;
import lyceum.model.evaluation.EvaluationReport;
import lyceum.model.evaluation.ItemScore;
import lyceum.model.evaluation.ItemScoreFile;
import lyceum.model.evaluation.PairedComparison;
import lyceum.model.evaluation.SkillSuites;
import lyceum.model.format.LanguageModel;
import org.jspecify.annotations.Nullable;

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
    return measured(request).scores();
  }

  @Override
  public Pairing pair(PairRequest request) {
    List<ItemScore> second = items(measured(measurement(request.second(), request.suite())));
    Suite suite = request.suite();
    boolean sameTokens =
        request
            .first()
            .file(ModelArtifact.TOKENIZER)
            .sha256()
            .equals(suite.tokens().tokenizer().sha256());
    List<ItemScore> first;
    try {
      first =
          sameTokens
              ? items(measured(measurement(request.first(), suite)))
              : measuredOnQuestions(request.first(), suite);
    } catch (LyceumException e) {
      if (e.category() != ErrorCategory.USER) {
        throw e;
      }
      return new Pairing(
          List.of(), "The champion cannot be measured on the candidate's suite: " + e.getMessage());
    }
    List<PairedScore> scores = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (String score : request.scores()) {
      PairedComparison.of(score, first, second, request.confidence())
          .ifPresentOrElse(scores::add, () -> missing.add(score));
    }
    return new Pairing(
        scores,
        missing.isEmpty()
            ? ""
            : "Not held against the champion: "
                + String.join(", ", missing)
                + (sameTokens
                    ? ", which are not measured item by item on both models."
                    : "; the champion has another tokenizer, so only answers to questions are comparable."));
  }

  private static MeasureRequest measurement(ModelArtifact model, Suite suite) {
    return new MeasureRequest(model, suite.settings(), suite.tokens(), suite.chats());
  }

  /**
   * @param items what each item adds to the scores; {@code null} in what an earlier version kept
   */
  private record Measured(List<Score> scores, @Nullable ArtifactRef items) {}

  private Measured measured(MeasureRequest request) {
    String key =
        Sha256.of(StageCodeVersions.of(Stage.EVALUATION) + "\n" + Payloads.toJson(request));
    String name = "measurements/" + key + ".json";
    Optional<Measured> known =
        files
            .store()
            .getDocument(name)
            .map(
                bytes ->
                    Payloads.fromJson(new String(bytes, StandardCharsets.UTF_8), Measured.class))
            .filter(measured -> isWhole(measured.items()));
    if (known.isPresent()) {
      return known.get();
    }
    Measured measured = measureNow(request);
    files.store().putDocument(name, Payloads.toJson(measured).getBytes(StandardCharsets.UTF_8));
    return measured;
  }

  private boolean isWhole(@Nullable ArtifactRef items) {
    return items != null && files.store().isIntact(items);
  }

  private List<ItemScore> items(Measured measured) {
    return ItemScoreFile.read(files.fetch(Objects.requireNonNull(measured.items())));
  }

  private Measured measureNow(MeasureRequest request) {
    StageContract.check(request.model(), request.tokens());
    LanguageModel model = files.load(request.model());
    List<Score> scores = new ArrayList<>();
    List<ItemScore> items = new ArrayList<>();
    heartbeat("bits per byte");
    try (TokenShard validation = files.openTokens(request.tokens().validationTokens())) {
      scores.add(
          BitsPerByte.measure(
              model, validation, request.settings().validationTokens(), items::add));
    }
    if (request.chats() != null) {
      List<ChatExample> heldOut = ChatFile.read(files.fetch(request.chats().heldOut()));
      heartbeat("loss on held-out chats");
      scores.add(ChatLoss.measure(model, heldOut, items::add));
      scores.addAll(
          SkillSuites.measure(
              model,
              heldOut,
              request.settings().maxNewTokens(),
              suite -> heartbeat("held-out " + suite),
              items::add));
    }
    ArtifactRef kept =
        files.inScratch(
            scratch -> {
              Path file = scratch.resolve("items.jsonl");
              ItemScoreFile.write(file, items);
              return files.store().put(file);
            });
    return new Measured(scores, kept);
  }

  /** A model whose tokens are others: its answers can be compared, its losses cannot. */
  private List<ItemScore> measuredOnQuestions(ModelArtifact champion, Suite suite) {
    List<ItemScore> items = new ArrayList<>();
    SkillSuites.measure(
        files.load(champion),
        ChatFile.read(files.fetch(suite.chats().heldOut())),
        suite.settings().maxNewTokens(),
        questions -> heartbeat("held-out " + questions),
        items::add);
    return items;
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
