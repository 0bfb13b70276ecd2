package lyceum.connectors.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.recipe.AlignmentSettings;
import lyceum.core.recipe.DeploymentSettings;
import lyceum.core.recipe.DepthDial;
import lyceum.core.recipe.ModelSettings;
import lyceum.core.recipe.OpenModelSettings;
import lyceum.core.recipe.Recipe;
import lyceum.core.recipe.SourceWeight;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeReaderTest {
  private static final Path RECIPES = Path.of("..", "recipes");
  private final RecipeReader reader = new RecipeReader(RECIPES);

  private static final String SMALL =
      """
      name: small
      modelLine: small-line
      corpus:
        sources:
          - name: text
            uri: file:///tmp/text.txt
            sha256: 0bd5feef0e78b4de4a04086af2ac578f2fa24a6217a999639a1dc33b41cd1041
            format: TEXT
            licence: CC0-1.0
      """;

  private Recipe parse(String yaml, String... overrides) {
    return reader.parse(yaml, "small.yaml", List.of(overrides));
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused(
      String yaml, String... overrides) {
    return assertThatThrownBy(() -> parse(yaml, overrides))
        .isInstanceOfSatisfying(
            LyceumException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER));
  }

  @Test
  void parse_withOneDial_derivesWhatTheRecipeDoesNotSayItself() {
    Recipe six = parse(SMALL + "model: {depth: 6}\n");
    assertThat(six.model())
        .isEqualTo(
            new ModelSettings(
                6, 256, 6, 6, 3, 384, 1024, six.model().ropeTheta(), six.model().tiedEmbeddings()));
    DepthDial.Horizon horizon =
        DepthDial.horizon(
            six.model().config(six.tokenizer().vocabularySize()),
            six.pretraining().contextLength());
    assertThat(six.pretraining().steps()).isEqualTo(horizon.steps());
    assertThat(six.pretraining().batchSize()).isEqualTo(horizon.batchSize());
    assertThat(six.pretraining().optimizer().learningRate()).isEqualTo(horizon.learningRate());
    assertThat(six.pretraining().optimizer().weightDecay())
        .isEqualTo(parse(SMALL).pretraining().optimizer().weightDecay());
    assertThat(reader.parse(reader.toYaml(six), "shown", List.of())).isEqualTo(six);

    Recipe own = parse(SMALL + "model: {depth: 6, heads: 12}\npretraining: {steps: 50}\n");
    assertThat(own.model().heads()).isEqualTo(12);
    assertThat(own.model().embeddingDim()).isEqualTo(384);
    assertThat(own.pretraining().steps()).isEqualTo(50);
    Recipe overridden = parse(SMALL, "model.depth=6", "pretraining.batchSize=3");
    assertThat(overridden.pretraining().batchSize()).isEqualTo(3);
    assertThat(overridden.pretraining().steps()).isEqualTo(horizon.steps());
    assertThat(overridden.model()).isEqualTo(six.model());

    Recipe student = parse(SMALL + "distillation: {student: {depth: 1}}\n");
    assertThat(student.distillation().student().embeddingDim()).isEqualTo(128);
    assertThat(student.model()).isEqualTo(parse(SMALL).model());
    refused(SMALL + "model: {depth: 300}\n").hasMessageContaining("small.yaml, line 10");
  }

  @Test
  void read_everyRecipeOfTheRepository_isValidAndReadsBackFromItsOwnYaml() {
    assertThat(reader.list()).extracting(RecipeReader.Listing::name).contains("tiny", "smoke");
    for (RecipeReader.Listing listing : reader.list()) {
      Recipe recipe = reader.read(listing.name(), List.of());
      assertThat(recipe.name()).isEqualTo(listing.name());
      assertThat(listing.description()).isEqualTo(recipe.description()).isNotBlank();
      assertThat(parse(reader.toYaml(recipe))).isEqualTo(recipe);
    }
  }

  @Test
  void parse_fewKeys_takesTheRestFromTheDefaults() {
    Recipe recipe = parse(SMALL);
    assertThat(recipe.pretraining().optimizer().beta2()).isEqualTo(0.95);
    assertThat(recipe.corpus().sources().getFirst().entries()).isEqualTo("**");
    assertThat(recipe.corpus().sources().getFirst().limit()).isEqualTo(1_000_000_000);
    assertThat(recipe.alignment().rater()).isEqualTo(AlignmentSettings.Rater.SIMULATED);
    assertThat(recipe.deployment().approval()).isEqualTo(DeploymentSettings.Approval.PERSON);
  }

  @Test
  void parse_overrides_reachMappingsAndListItemsAndLaterOnesWin() {
    Recipe recipe =
        parse(
            SMALL,
            "pretraining.steps=10",
            "pretraining.steps=11",
            "corpus.sources.0.limit=5",
            "pretraining.optimizer.learningRate=1e-3",
            "deployment.gates=[{score: skills/accuracy, atLeast: 0.5}]",
            "description=\"12\"");
    assertThat(recipe.pretraining().steps()).isEqualTo(11);
    assertThat(recipe.pretraining().batchSize()).isEqualTo(16);
    assertThat(recipe.corpus().sources().getFirst().limit()).isEqualTo(5);
    assertThat(recipe.pretraining().optimizer().learningRate()).isEqualTo(0.001);
    assertThat(recipe.deployment().gates())
        .containsExactly(new DeploymentSettings.Gate("skills/accuracy", 0.5, null));
    assertThat(recipe.description()).isEqualTo("12");
  }

  @Test
  void parse_unknownKey_namesPathLineAndTheNearestKey() {
    refused(SMALL + "pretraining:\n  stepz: 5\n")
        .hasMessage(
            "small.yaml, line 11: unknown key 'pretraining.stepz'. Did you mean"
                + " 'pretraining.steps'?");
    refused(SMALL.replace("licence:", "license:"))
        .hasMessageContaining(
            "line 9: unknown key 'corpus.sources.0.license'. Did you mean"
                + " 'corpus.sources.0.licence'?");
    refused(SMALL, "pretraining.optimizer.learningrate=1")
        .hasMessage(
            "--set pretraining.optimizer.learningrate=1: unknown key"
                + " 'pretraining.optimizer.learningrate'. Did you mean"
                + " 'pretraining.optimizer.learningRate'?");
  }

  @Test
  void parse_mixture_isBoundAndCheckedAgainstTheSources() {
    assertThat(parse(SMALL).pretraining().mixture()).isEmpty();
    String mixed = SMALL + "pretraining:\n  mixture:\n    - {source: text, weight: 2}\n";
    assertThat(parse(mixed).pretraining().mixture())
        .containsExactly(new SourceWeight("text", 2, 0));
    refused(mixed.replace("source: text", "source: texts"))
        .hasMessageContaining("names the source 'texts', which there is not. Did you mean 'text'?");
    refused(mixed.replace("weight: 2", "weight: -1")).hasMessageContaining("not -1.0");
    refused(mixed.replace("weight: 2", "weight: 0")).hasMessageContaining("every source");
    refused(mixed + "    - {source: text, weight: 1}\n").hasMessageContaining("'text' twice");
    refused(mixed.replace("weight: 2", "weight: 1, maxEpochs: -1"))
        .hasMessageContaining("maxEpochs must not be negative");
    String two =
        SMALL.replace("corpus:", "pretraining: {mixture: [{source: text, weight: 1}]}\ncorpus:")
            + SMALL.substring(SMALL.indexOf("    - name")).replace("name: text", "name: code");
    refused(two).hasMessageContaining("does not name the source 'code'");
  }

  @Test
  void parse_devices_areOneForEachRank() {
    assertThat(
            parse(SMALL, "pretraining.compute={ranks: 2, devices: [\"gpu:0\", cpu]}")
                .pretraining()
                .compute()
                .device(0))
        .isEqualTo("gpu:0");
    refused(SMALL, "pretraining.compute={ranks: 2, devices: [cpu]}")
        .hasMessageContaining("names 1 devices [cpu] and compute.ranks is 2");
    refused(SMALL, "pretraining.compute={devices: [tpu]}")
        .hasMessageContaining("has 'tpu'; a device is cpu, or gpu:N");
  }

  @Test
  void parse_keyAtTheWrongLevel_saysWhereItBelongs() {
    refused(SMALL + "layers: 5\n")
        .hasMessageContaining("unknown key 'layers'. Did you mean 'model.layers'?");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pretraining.steps=many | pretraining.steps must be a whole number that fits 32 bits, not"
            + " 'many'.",
        "pretraining.steps=1.5 | pretraining.steps must be a whole number that fits 32 bits, not"
            + " '1.5'.",
        "pretraining.steps=9999999999 | pretraining.steps must be a whole number that fits 32 bits,"
            + " not '9999999999'.",
        "pretraining.steps='10' | pretraining.steps must be a whole number that fits 32 bits, not"
            + " '10'.",
        "pretraining.steps=[1] | pretraining.steps must be a whole number that fits 32 bits, not a"
            + " list.",
        "pretraining.steps=null | pretraining.steps is missing; it has no default.",
        "pretraining=5 | pretraining must be a mapping with the keys [from, steps, batchSize",
        "model.tiedEmbeddings=yes | model.tiedEmbeddings must be true or false, not 'yes'.",
        "model.ropeTheta=. | model.ropeTheta must be a number, not '.'.",
        "alignment.rater=ROBOT | alignment.rater must be one of PEOPLE, SIMULATED, not 'ROBOT'.",
        "corpus.sources=text | corpus.sources must be a list, not 'text'.",
        "corpus.sources.1.limit=5 | corpus.sources has 1 items, so there is no item 1 (the first is"
            + " 0).",
        "corpus.sources.first.limit=5 | corpus.sources is a list; name an item by its number, 0 to"
            + " 0.",
        "name.x=1 | name is 'small' and holds no 'x'.",
        "pretraining.steps | write it as --set path=value",
        "corpus.sources.0.uri=a b | corpus.sources.0.uri must be an address, not 'a b'.",
        "name={a: 1} | name must be text, not a mapping.",
        "seed=&a [*a] | an alias (*name)",
        "pretraining.steps=-3 | pretraining.steps must be positive, not -3. (in pretraining)",
        "pretraining.optimizer.beta1=2 | optimizer.beta1 must lie between 0.0 and 0.99999, not 2.0."
            + " (in pretraining.optimizer)",
        "pretraining.contextLength=512 | pretraining.contextLength 512 is longer than"
            + " model.contextLength 256.",
      })
  void parse_wrongOverride_namesTheOverrideThePathAndWhatWasExpected(
      String override, String message) {
    refused(SMALL, override)
        .hasMessageStartingWith("--set " + override + ": ")
        .hasMessageContaining(message);
  }

  @Test
  void parse_wrongValueInTheFile_namesItsLine() {
    refused(SMALL + "model:\n  heads: 4\n  embeddingDim: 130\n")
        .hasMessageStartingWith(
            "small.yaml, line 12: model.embeddingDim 130 is not a multiple of model.heads 4.");
    refused(SMALL.replace("name: small", "name: Small"))
        .hasMessage(
            "small.yaml, line 1: name must be lower-case letters, digits and hyphens (at most 63),"
                + " not 'Small'.");
  }

  @Test
  void parse_withoutWhatOnlyTheRecipeKnows_saysWhatIsMissing() {
    refused(SMALL.replace("modelLine: small-line\n", ""))
        .hasMessageContaining("modelLine is missing; it has no default.");
    refused("name: small\nmodelLine: m\n")
        .hasMessageContaining("corpus.sources is empty. Name at least one source of text.");
    refused(SMALL.replace("    licence: CC0-1.0\n", ""))
        .hasMessageContaining("corpus.sources.0.licence is missing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing",
        "- a\n- b",
        "just text",
        "a: [",
        "a: 1\na: 2",
        "? [a]\n: 1",
        "a: *b",
        "---\na: 1\n---\nb: 2",
        "\ta: 1",
        "\u0000"
      })
  void parse_whatIsNoRecipe_isRefusedWithTheFilesName(String yaml) {
    refused(yaml).hasMessageContaining("small.yaml");
  }

  @Test
  void parse_aliasBomb_isRefusedAtOnce() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x]\n");
    for (int i = 1; i < 60; i++) {
      bomb.append("a")
          .append(i)
          .append(": &a")
          .append(i)
          .append(" [*a")
          .append(i - 1)
          .append(", *a")
          .append(i - 1)
          .append("]\n");
    }
    refused(bomb.toString()).hasMessageContaining("alias");
  }

  @Test
  void read_unknownName_namesTheNearestAndWhatIsOnHand() {
    assertThatThrownBy(() -> reader.read("tinny", List.of()))
        .hasMessageContaining("There is no recipe 'tinny'. Did you mean 'tiny'?")
        .hasMessageContaining("smoke");
    assertThatThrownBy(() -> reader.read("no/such.yaml", List.of()))
        .hasMessageContaining("There is no recipe file");
  }

  @Test
  void list_brokenFile_isListedWithWhatIsWrong(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("broken.yaml"), "a: [");
    Files.write(folder.resolve("latin.yaml"), new byte[] {'a', ':', ' ', (byte) 0xe9});
    Files.writeString(folder.resolve("small.yaml"), SMALL + "description: fine\n");
    assertThat(new RecipeReader(folder).list())
        .extracting(RecipeReader.Listing::description)
        .satisfiesExactly(
            broken -> assertThat(broken).contains("cannot be read").contains("not YAML"),
            latin -> assertThat(latin).contains("not UTF-8"),
            small -> assertThat(small).isEqualTo("fine"));
  }

  @Test
  void defaults_everyKeyOfTheRecords_isThereAndDescribed() {
    RecipeDefaults defaults = RecipeDefaults.load();
    List<String> missing = new ArrayList<>(RecordBinder.paths(Recipe.class, ""));
    missing.addAll(RecordBinder.paths(lyceum.core.recipe.SourceSettings.class, "corpus.sources"));
    missing.addAll(RecordBinder.paths(lyceum.core.recipe.SkillSettings.class, "finetuning.skills"));
    missing.addAll(RecordBinder.paths(DeploymentSettings.Gate.class, "deployment.gates"));
    missing.addAll(
        RecordBinder.paths(OpenModelSettings.PinnedFile.class, "pretraining.from.files"));
    missing.removeIf(path -> !defaults.description(path).isBlank());
    assertThat(missing).isEmpty();
  }

  @Test
  void jsonSchema_holdsTypesChoicesDescriptionsAndWhatIsRequired() throws Exception {
    JsonNode schema = JsonMapper.builder().build().readTree(reader.jsonSchema());
    JsonNode keys = schema.path("properties");
    assertThat(schema.path("additionalProperties").asBoolean(true)).isFalse();
    assertThat(schema.path("required").toString()).isEqualTo("[\"name\",\"modelLine\"]");
    assertThat(keys.path("pretraining").path("properties").path("steps").path("type").asText())
        .isEqualTo("integer");
    assertThat(
            keys.path("pretraining").path("properties").path("steps").path("description").asText())
        .isEqualTo("Optimizer steps.");
    assertThat(keys.path("alignment").path("properties").path("rater").path("enum").toString())
        .isEqualTo("[\"PEOPLE\",\"SIMULATED\"]");
    JsonNode source = keys.path("corpus").path("properties").path("sources").path("items");
    assertThat(source.path("required").toString())
        .isEqualTo("[\"name\",\"uri\",\"sha256\",\"format\",\"licence\"]");
    assertThat(source.path("properties").path("licence").path("description").asText())
        .isEqualTo("SPDX identifier.");
    JsonNode gate = keys.path("deployment").path("properties").path("gates").path("items");
    assertThat(gate.path("required").toString()).isEqualTo("[\"score\"]");
  }

  /**
   * Whatever is done to a recipe, it is read or refused as the user's error; nothing else comes
   * out.
   */
  @Test
  void parse_mutatedRecipes_areReadOrRefusedAsUserErrors() throws Exception {
    String original = Files.readString(RECIPES.resolve("tiny.yaml"));
    String pieces = "{}[]:,-#&*!|>'\"%@`\n \t0.e~?=<\u00e9\u0000\ud83d";
    SplittableRandom random = new SplittableRandom(20261121);
    int read = 0;
    int refused = 0;
    for (int i = 0; i < 4000; i++) {
      StringBuilder text = new StringBuilder(original);
      int edits = 1 + random.nextInt(4);
      for (int edit = 0; edit < edits; edit++) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(4)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.insert(at, pieces.charAt(random.nextInt(pieces.length())));
          case 2 -> text.setCharAt(at, pieces.charAt(random.nextInt(pieces.length())));
          default -> {
            int from = random.nextInt(text.length());
            text.insert(
                at, text.substring(from, Math.min(text.length(), from + random.nextInt(40))));
          }
        }
      }
      try {
        parse(text.toString());
        read++;
      } catch (LyceumException e) {
        assertThat(e.category()).as(text.toString()).isEqualTo(ErrorCategory.USER);
        assertThat(e.getMessage()).contains("small.yaml");
        refused++;
      }
    }
    assertThat(read).isGreaterThan(100);
    assertThat(refused).isGreaterThan(1000);
  }
}
