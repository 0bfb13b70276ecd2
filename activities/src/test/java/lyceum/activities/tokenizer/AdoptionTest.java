package lyceum.activities.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.testing.TestActivityEnvironment;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.IntStream;
import lyceum.activities.LocalFiles;
import lyceum.activities.RecordingTracker;
import lyceum.activities.pretraining.PretrainingActivitiesImpl;
import lyceum.activities.training.DurableTraining;
import lyceum.connectors.storage.DirectoryArtifactStore;
import lyceum.contracts.lifecycle.StageContext;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.contracts.lifecycle.TrainingRun;
import lyceum.contracts.pretraining.PretrainingActivities;
import lyceum.contracts.pretraining.PretrainingInput;
import lyceum.contracts.tokenizer.ParentModel;
import lyceum.contracts.tokenizer.TokenizerActivities;
import lyceum.contracts.tokenizer.TokenizerInput;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ArtifactRef;
import lyceum.core.ModelConfig;
import lyceum.core.Sha256;
import lyceum.core.Stage;
import lyceum.core.recipe.EvaluationSettings;
import lyceum.core.recipe.OpenModelSettings;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.core.recipe.PretrainingSettings;
import lyceum.core.recipe.TokenizerSettings;
import lyceum.data.corpus.Document;
import lyceum.data.corpus.DocumentFile;
import lyceum.data.shard.TokenShard;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.BpeTrainer;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.data.tokenizer.SpecialTokens;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.ModelDirectory;
import lyceum.model.format.Safetensors;
import lyceum.model.transformer.InitialWeights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An open model from its folder to a base model that went on from it, by the real activities. */
class AdoptionTest {
  private static final List<String> TEXTS =
      IntStream.range(0, 80).mapToObj(i -> "Anna has ball " + i + ". So it is hers.").toList();

  @TempDir Path folder;

  private final TestActivityEnvironment environment = TestActivityEnvironment.newInstance();
  private DirectoryArtifactStore store;
  private LocalFiles files;
  private TokenizerActivities tokenizers;
  private PretrainingActivities pretraining;

  @BeforeEach
  void start() {
    store = new DirectoryArtifactStore(folder.resolve("store"));
    files = new LocalFiles(store, folder.resolve("work"));
    environment.registerActivitiesImplementations(
        new TokenizerActivitiesImpl(files, source -> Path.of(source.uri())),
        new PretrainingActivitiesImpl(
            files,
            new DurableTraining(
                files,
                new RecordingTracker(),
                (ranks, meanwhile) -> {
                  throw new IllegalStateException("one rank trains here, not " + ranks);
                })));
    tokenizers = environment.newActivityStub(TokenizerActivities.class);
    pretraining = environment.newActivityStub(PretrainingActivities.class);
  }

  @AfterEach
  void stop() {
    environment.close();
  }

  @Test
  void openModel_throughTheStages_becomesTheBaseModel() throws IOException {
    Path open = openModel();
    ArtifactRef documents = documents();
    TokenizerInput input =
        new TokenizerInput(
            new TokenizerSettings(512, 1000), documents, documents, settings(open, "Apache-2.0"));

    TokenizerActivities.AdoptedModel adopted = tokenizers.adopt(input);
    TokenizerResult tokens =
        tokenizers
            .encode(
                new TokenizerActivities.EncodeRequest(adopted.tokenizer(), documents, documents))
            .adoptedFrom(adopted.parent());

    ParentModel parent = adopted.parent();
    assertThat(parent.addedTokens()).isEqualTo(SpecialTokens.ALL);
    assertThat(parent.digest()).isEqualTo(settings(open, "Apache-2.0").digest());
    BpeTokenizer tokenizer = files.loadTokenizer(tokens.tokenizer());
    try (TokenShard shard = files.openTokens(tokens.trainTokens())) {
      int[] first = new int[2];
      shard.read(0, first);
      // Every document begins with the control token that keeps it apart from its neighbours.
      assertThat(first)
          .containsExactly(
              tokenizer.controlToken(SpecialTokens.BOS), tokenizer.encode(TEXTS.get(0))[0]);
    }

    TrainedModel base =
        pretraining.train(
            new PretrainingActivities.TrainRequest(
                new TrainingRun(
                    new StageContext("run", "recipe", "line", "ann", "parent", false),
                    Stage.PRETRAINING,
                    "key",
                    "base",
                    "tracking"),
                new PretrainingInput(
                    parent.config(),
                    new PretrainingSettings(2, 2, 32, 1, 2, optimizer()),
                    new EvaluationSettings(100, 8, 1),
                    tokens,
                    1)));

    LanguageModel model = files.load(base.model());
    assertThat(model.config()).isEqualTo(parent.config());
    assertThat(model.tokenizer().vocabularySize()).isEqualTo(parent.config().vocabularySize());
    // Two small steps: near the parent, and not equal to it.
    float[] before =
        ModelDirectory.readWeights(files.fetch(parent.model()), parent.config())
            .get(LanguageModel.EMBEDDING)
            .values();
    float[] after = model.weights().get(LanguageModel.EMBEDDING).values();
    double largest = 0;
    for (int i = 0; i < before.length; i++) {
      largest = Math.max(largest, Math.abs(before[i] - after[i]));
    }
    assertThat(largest).isBetween(1e-6, 3e-3);
  }

  @Test
  void adopt_modelOfAnotherKind_isRefusedByName() throws IOException {
    Path open = openModel();
    Path config = open.resolve("config.json");
    Files.writeString(
        config, Files.readString(config).replace("\"mlp_bias\" : false", "\"mlp_bias\" : true"));
    ArtifactRef documents = documents();
    assertThatThrownBy(
            () ->
                tokenizers.adopt(
                    new TokenizerInput(
                        new TokenizerSettings(512, 1000),
                        documents,
                        documents,
                        settings(open, "MIT"))))
        .hasStackTraceContaining("mlp_bias 'true'");
  }

  /** In bf16, in two files, with a tokenizer whose control token has another name. */
  private Path openModel() throws IOException {
    Path open = Files.createDirectories(folder.resolve("open"));
    BpeTokenizer tokenizer = BpeTrainer.train(TEXTS, new TokenizerSettings(320, 100_000));
    String json = tokenizer.toJson();
    for (int id = 0; id < SpecialTokens.ALL.size(); id++) {
      json = json.replace(SpecialTokens.ALL.get(id), "<s" + id + ">");
    }
    ModelConfig config =
        new ModelConfig(tokenizer.vocabularySize(), 64, 2, 2, 1, 16, 32, 10_000, 1e-5, false);
    SortedMap<String, FloatTensor> weights = InitialWeights.of(config, 5);
    ModelDirectory.write(open, config, weights, json, ChatTemplate.tokenizerConfigJson());
    Files.delete(open.resolve("model.safetensors"));
    StringBuilder map = new StringBuilder();
    String cut = "model.layers";
    List<SortedMap<String, FloatTensor>> parts =
        List.of(weights.headMap(cut), weights.tailMap(cut));
    for (int part = 0; part < parts.size(); part++) {
      String name = "model-" + part + ".safetensors";
      Safetensors.write(
          open.resolve(name), parts.get(part), new java.util.TreeMap<>(), Safetensors.Type.BF16);
      for (String tensor : parts.get(part).keySet()) {
        map.append(map.isEmpty() ? "" : ",").append("\"" + tensor + "\":\"" + name + "\"");
      }
    }
    Files.writeString(
        open.resolve("model.safetensors.index.json"), "{\"weight_map\":{" + map + "}}");
    return open;
  }

  private static OpenModelSettings settings(Path open, String licence) throws IOException {
    List<OpenModelSettings.PinnedFile> pinned = new ArrayList<>();
    for (String name :
        List.of(
            "config.json",
            "model-0.safetensors",
            "model-1.safetensors",
            "model.safetensors.index.json",
            "tokenizer.json")) {
      pinned.add(new OpenModelSettings.PinnedFile(name, Sha256.of(open.resolve(name))));
    }
    return new OpenModelSettings("open", URI.create("file://" + open), licence, pinned);
  }

  private ArtifactRef documents() throws IOException {
    Path file = folder.resolve("documents.jsonl.gz");
    DocumentFile.write(
        file, TEXTS.stream().map(text -> new Document(Sha256.of(text), "test", text)).toList());
    return store.put(file);
  }

  private static OptimizerSettings optimizer() {
    return new OptimizerSettings(
        1e-3, 0.1, 0, OptimizerSettings.Schedule.COSINE, 0.1, 0.9, 0.95, 1e-8, 1);
  }
}
