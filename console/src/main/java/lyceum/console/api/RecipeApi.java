package lyceum.console.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.recipe.Forecast;
import lyceum.application.recipe.Hardware;
import lyceum.application.recipe.Plan;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.console.http.Answer;
import lyceum.console.http.Call;
import lyceum.console.http.Operation;
import lyceum.contracts.Payloads;
import lyceum.core.LyceumException;
import lyceum.core.plan.Layout;
import lyceum.core.recipe.Recipe;
import org.jspecify.annotations.Nullable;

/** Recipes and what they amount to. */
public final class RecipeApi {
  private static final String HERE = "cpu-2";

  private final Services services;
  private final RecipeDoor door;

  public RecipeApi(Services services, RecipeDoor door) {
    this.services = services;
    this.door = door;
  }

  record Listed(String name, String description) {}

  record Listing(List<Listed> items) {}

  record Shown(String name, String yaml, JsonNode recipe) {}

  /**
   * @param recipe a name or a whole recipe; or else {@code yaml}
   */
  record Draft(
      @Nullable JsonNode recipe,
      @Nullable String yaml,
      @Nullable Map<String, JsonNode> set,
      @Nullable Boolean fresh,
      @Nullable String device) {}

  record Fault(String path, String message) {}

  record Checked(@Nullable JsonNode recipe, List<Fault> errors) {}

  enum Action {
    REUSE,
    RUN,
    /** It cannot be known before what it builds on is there. */
    DEPENDS,
    /** Object storage could not be asked. */
    UNKNOWN
  }

  /**
   * @param reason what it would do
   */
  record PlannedStage(
      String stage,
      Action action,
      String reason,
      @Nullable Double seconds,
      @Nullable Long memoryBytes) {}

  record Totals(@Nullable Double seconds, @Nullable Long memoryBytes, long diskBytes) {}

  record Planned(
      List<PlannedStage> stages,
      Totals totals,
      List<String> warnings,
      Plan plan,
      @Nullable Forecast forecast) {}

  public List<Operation> operations() {
    return List.of(
        Operation.get("listRecipes", "/recipes", "The recipes on hand.")
            .answers(Listing.class)
            .verb("recipe list")
            .does(this::list),
        Operation.get("getRecipeSchema", "/recipes/schema", "JSON Schema of recipes.")
            .answers(JsonNode.class)
            .verb("recipe schema")
            .does(
                call ->
                    Answer.of(Payloads.fromJson(services.recipes().jsonSchema(), JsonNode.class))),
        Operation.post("validateRecipe", "/recipes:validate", "Check a recipe; nothing is started.")
            .takes(Draft.class)
            .answers(Checked.class)
            .verb("recipe validate")
            .reads()
            .does(this::validate),
        Operation.post("planRecipe", "/recipes:plan", "What a run of a recipe would do and cost.")
            .takes(Draft.class)
            .answers(Planned.class)
            .verb("plan")
            .reads()
            .does(this::plan),
        Operation.get("getRecipe", "/recipes/{name}", "A whole recipe, defaults included.")
            .path("name", Names.RECIPE, "A recipe.")
            .answers(Shown.class)
            .verb("recipe show")
            .does(this::show));
  }

  private Answer list(Call call) {
    return Answer.of(
        new Listing(
            services.recipes().list().stream()
                .map(recipe -> new Listed(recipe.name(), recipe.description()))
                .toList()));
  }

  private Answer show(Call call) {
    String name = call.path("name");
    List<String> known =
        services.recipes().list().stream().map(RecipeReader.Listing::name).toList();
    if (!known.contains(name)) {
      throw new RequestFailure(
          Outcome.NOT_FOUND, "There is no recipe '" + name + "'; there are " + known + ".");
    }
    Recipe recipe = services.recipes().read(name, List.of());
    return Answer.of(
        new Shown(name, services.recipes().toYaml(recipe), Payloads.mapper().valueToTree(recipe)));
  }

  private Recipe read(Draft draft) {
    if (draft.yaml() != null) {
      return door.parse(draft.yaml(), draft.set());
    }
    if (draft.recipe() == null) {
      throw LyceumException.user("Either recipe or yaml is needed.");
    }
    return door.read(draft.recipe(), draft.set());
  }

  private Answer validate(Call call) {
    Draft draft = call.body(Draft.class);
    try {
      return Answer.of(new Checked(Payloads.mapper().valueToTree(read(draft)), List.of()));
    } catch (LyceumException e) {
      if (e.category() != lyceum.core.ErrorCategory.USER) {
        throw e;
      }
      String message = String.valueOf(e.getMessage());
      return Answer.of(new Checked(null, List.of(new Fault(path(message), message))));
    }
  }

  /** The path that the message of a recipe's error begins with or names; empty where none. */
  private static String path(String message) {
    java.util.regex.Matcher named =
        java.util.regex.Pattern.compile(
                "\\b(corpus|tokenizer|model|pretraining|finetuning|alignment|evaluation|distillation|deployment)((?:\\.[A-Za-z0-9]+)+)")
            .matcher(message);
    return named.find() ? named.group() : "";
  }

  private Answer plan(Call call) {
    Draft draft = call.body(Draft.class);
    Recipe recipe = read(draft);
    Plan plan = services.recipes().plan(recipe, Boolean.TRUE.equals(draft.fresh()));
    // What it goes on from may have to be fetched first; a question must not fetch it.
    Optional<Forecast> forecast =
        recipe.pretraining().from() == null
            ? Optional.of(services.recipes().forecast(recipe, Hardware.builtIn(), 8))
            : Optional.empty();
    String device = draft.device() == null ? HERE : draft.device();
    Map<String, Forecast.OnDevice> devices =
        forecast
            .map(
                all ->
                    all.devices().stream()
                        .collect(Collectors.toMap(on -> on.device().name(), on -> on)))
            .orElse(Map.of());
    Forecast.OnDevice on = devices.get(device);
    Layout layout = on == null ? null : on.layout();
    List<String> warnings = new ArrayList<>();
    if (on != null && layout == null) {
      warnings.add("Pretraining does not fit on " + device + ".");
    }
    List<PlannedStage> stages = new ArrayList<>();
    for (Plan.StagePlan stage : plan.stages()) {
      boolean pretraining = stage.stage().equals("pretraining");
      stages.add(
          new PlannedStage(
              stage.stage(),
              action(stage.outlook()),
              stage.work(),
              pretraining && layout != null ? layout.seconds() : null,
              pretraining && layout != null ? (Long) (long) layout.memory().total() : null));
    }
    return Answer.of(
        new Planned(
            stages,
            new Totals(
                layout == null ? null : layout.seconds(),
                layout == null ? null : (Long) (long) layout.memory().total(),
                plan.diskBytes()),
            warnings,
            plan,
            forecast.orElse(null)));
  }

  private static Action action(String outlook) {
    return switch (outlook) {
      case "reused" -> Action.REUSE;
      case "runs" -> Action.RUN;
      case "depends" -> Action.DEPENDS;
      default -> Action.UNKNOWN;
    };
  }
}
