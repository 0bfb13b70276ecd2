package lyceum.workflows.testing;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import lyceum.contracts.finetuning.ChatSet;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.contracts.tokenizer.ParentModel;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.ArtifactRef;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelConfig;
import lyceum.core.Sha256;
import lyceum.core.recipe.AlignmentSettings;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.CorpusSettings;
import lyceum.core.recipe.DeploymentSettings;
import lyceum.core.recipe.DistillationSettings;
import lyceum.core.recipe.EvaluationSettings;
import lyceum.core.recipe.FinetuningSettings;
import lyceum.core.recipe.ModelSettings;
import lyceum.core.recipe.OpenModelSettings;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.core.recipe.PretrainingSettings;
import lyceum.core.recipe.QualitySettings;
import lyceum.core.recipe.Recipe;
import lyceum.core.recipe.SkillSettings;
import lyceum.core.recipe.SourceSettings;
import lyceum.core.recipe.TokenizerSettings;

/** Small valid values for tests. */
public final class Examples {
  private Examples() {}

  public static LifecycleRequest request(String runId, Recipe recipe) {
    return new LifecycleRequest(runId, recipe, "ann", false);
  }

  public static Recipe recipe() {
    return recipe(
        alignment(AlignmentSettings.Rater.SIMULATED, 100),
        deployment(DeploymentSettings.Approval.AUTOMATIC));
  }

  public static Recipe recipe(AlignmentSettings alignment, DeploymentSettings deployment) {
    ModelSettings model = new ModelSettings(64, 2, 2, 1, 32, 64, 10_000, true);
    ModelSettings student = new ModelSettings(64, 1, 2, 1, 16, 32, 10_000, true);
    return new Recipe(
        "test",
        "a recipe for tests",
        "test-line",
        7,
        new CorpusSettings(List.of(source("first"), source("second")), quality(), 0.1),
        new TokenizerSettings(512, 100_000),
        model,
        new PretrainingSettings(100, 4, 64, 10, 50, optimizer()),
        new FinetuningSettings(
            List.of(new SkillSettings(SkillSettings.Skill.ADDITION, 100, 20)),
            50,
            4,
            64,
            10,
            optimizer()),
        alignment,
        new EvaluationSettings(1000, 16, 2),
        new DistillationSettings(student, 50, 4, 64, 0.5, 0.5, 2, 10, optimizer()),
        deployment);
  }

  /** The same recipe, going on from a model made elsewhere. */
  public static Recipe fromAnOpenModel() {
    Recipe plain = recipe();
    OpenModelSettings from =
        new OpenModelSettings(
            "open",
            URI.create("hf:owner/open@1"),
            "Apache-2.0",
            Stream.of("config.json", "model.safetensors", "tokenizer.json")
                .map(name -> new OpenModelSettings.PinnedFile(name, Sha256.of(name)))
                .toList());
    return new Recipe(
        plain.name(),
        plain.description(),
        plain.modelLine(),
        plain.seed(),
        plain.corpus(),
        plain.tokenizer(),
        plain.model(),
        new PretrainingSettings(from, 100, 4, 64, 10, 50, optimizer(), ComputeSettings.PLAIN),
        plain.finetuning(),
        plain.alignment(),
        plain.evaluation(),
        plain.distillation(),
        plain.deployment());
  }

  /** The same recipe with a single source, so that a failing step fails alone. */
  public static Recipe oneSource() {
    Recipe two = recipe();
    return new Recipe(
        two.name(),
        two.description(),
        two.modelLine(),
        two.seed(),
        new CorpusSettings(List.of(source("first")), quality(), 0.1),
        two.tokenizer(),
        two.model(),
        two.pretraining(),
        two.finetuning(),
        two.alignment(),
        two.evaluation(),
        two.distillation(),
        two.deployment());
  }

  public static AlignmentSettings alignment(AlignmentSettings.Rater rater, int policySteps) {
    return new AlignmentSettings(
        rater,
        20,
        3,
        24,
        16,
        1,
        new AlignmentSettings.RewardSettings(20, 4, 0.2, 10, optimizer()),
        new AlignmentSettings.PolicySettings(policySteps, 4, 2, 0.05, 10, optimizer()));
  }

  public static DeploymentSettings deployment(DeploymentSettings.Approval approval) {
    return deployment(approval, new DeploymentSettings.Gate("validation/bits_per_byte", null, 3.0));
  }

  public static DeploymentSettings deployment(
      DeploymentSettings.Approval approval, DeploymentSettings.Gate gate) {
    return new DeploymentSettings(
        DeploymentSettings.Candidate.ALIGNED,
        List.of(gate),
        approval,
        48,
        List.of("What is 2 plus 3?"));
  }

  public static OptimizerSettings optimizer() {
    return new OptimizerSettings(
        1e-3, 0.1, 5, OptimizerSettings.Schedule.COSINE, 0.1, 0.9, 0.95, 1e-8, 1);
  }

  public static QualitySettings quality() {
    return new QualitySettings(5, 100_000, 2, 12, 0.1, 0.9, 0.3, 0.7, 1, 0.5);
  }

  public static SourceSettings source(String name) {
    return new SourceSettings(
        name,
        URI.create("file:/texts/" + name + ".txt"),
        Sha256.of(name),
        "**",
        SourceSettings.Format.TEXT,
        "",
        "CC-BY-SA-3.0",
        1000);
  }

  /** An artifact whose digest is that of {@code content}. */
  public static ArtifactRef artifact(String content) {
    String sha256 = Sha256.of(content);
    return new ArtifactRef(URI.create("s3://lyceum/artifacts/" + sha256), sha256, content.length());
  }

  public static ModelArtifact model(String content) {
    return new ModelArtifact(
        new TreeMap<>(
            Map.of(
                ModelArtifact.CONFIG, artifact(content + " config"),
                ModelArtifact.WEIGHTS, artifact(content + " weights"),
                ModelArtifact.TOKENIZER, artifact("tokenizer"),
                ModelArtifact.TOKENIZER_CONFIG, artifact("tokenizer config"))));
  }

  public static TrainedModel trained(String content, long steps) {
    return new TrainedModel(model(content), steps, steps * 256, 2.5, null);
  }

  public static ChatSet chats() {
    return new ChatSet(artifact("chats"), artifact("held-out chats"), 100, 20);
  }

  public static ParentModel parent() {
    return new ParentModel(
        "open",
        URI.create("hf:owner/open@1"),
        "Apache-2.0",
        Sha256.of("open"),
        new ModelConfig(512, 128, 3, 2, 1, 32, 64, 10_000, 1e-5, true),
        model("open"),
        List.of("<|user|>"));
  }

  public static TokenizerResult tokens() {
    return new TokenizerResult(
        artifact("tokenizer"),
        artifact("tokenizer config"),
        artifact("train tokens"),
        artifact("validation tokens"),
        512,
        10_000,
        1_000,
        3_500,
        3.5,
        null);
  }
}
