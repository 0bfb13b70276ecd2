package lyceum.connectors.recipe;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import lyceum.core.recipe.DepthDial;
import lyceum.core.recipe.ModelSettings;

/**
 * The values that follow from {@code model.depth} and {@code distillation.student.depth}; what a
 * recipe says itself goes over them.
 */
final class DerivedValues {
  private static final List<String> MODEL = List.of("model");
  private static final List<String> STUDENT = List.of("distillation", "student");

  private Value.Mapping values = new Value.Mapping(Map.of(), "derived from model.depth", true);

  private DerivedValues() {}

  /**
   * Derives the values.
   *
   * @param recipe the whole recipe, with values between its defaults and what it says itself
   */
  static Value.Mapping of(UnaryOperator<Value.Mapping> recipe) {
    DerivedValues derived = new DerivedValues();
    Value.Mapping plain = recipe.apply(derived.values);
    derived.dimensions(plain, STUDENT);
    if (derived.dimensions(plain, MODEL)) {
      // The horizon follows from the dimensions that hold in the end.
      derived.horizon(recipe.apply(derived.values));
    }
    return derived.values;
  }

  private boolean dimensions(Value.Mapping recipe, List<String> section) {
    // A depth out of bounds is refused by the settings, which know where it was written.
    Optional<Integer> depth =
        number(recipe, section, "depth").filter(n -> n >= 1 && n <= DepthDial.DEEPEST);
    depth
        .map(DepthDial::new)
        .ifPresent(
            dial -> {
              put(section, "layers", dial.depth());
              put(section, "heads", dial.heads());
              put(section, "keyValueHeads", dial.keyValueHeads());
              put(section, "embeddingDim", dial.embeddingDim());
              put(section, "feedForwardDim", dial.feedForwardDim());
            });
    return depth.isPresent();
  }

  private void horizon(Value.Mapping recipe) {
    Optional<Integer> vocabulary = number(recipe, List.of("tokenizer"), "vocabularySize");
    Optional<Integer> contextLength = number(recipe, List.of("pretraining"), "contextLength");
    if (vocabulary.isEmpty()
        || contextLength.isEmpty()
        || contextLength.get() <= 0
        || !(recipe.entries().get("model") instanceof Value.Mapping model)) {
      // The binder says what is wrong with them.
      return;
    }
    ModelSettings settings = (ModelSettings) new RecordBinder(ModelSettings.class).bind(model);
    DepthDial.Horizon horizon =
        DepthDial.horizon(settings.config(vocabulary.get()), contextLength.get());
    List<String> pretraining = List.of("pretraining");
    put(pretraining, "steps", horizon.steps());
    put(pretraining, "batchSize", horizon.batchSize());
    put(pretraining, "checkpointEvery", horizon.every());
    put(pretraining, "evaluateEvery", horizon.every());
    List<String> optimizer = List.of("pretraining", "optimizer");
    put(optimizer, "learningRate", BigDecimal.valueOf(horizon.learningRate()));
    put(optimizer, "warmupSteps", horizon.warmupSteps());
  }

  /** A whole number of a section; empty where there is none or it is no number. */
  private static Optional<Integer> number(Value.Mapping recipe, List<String> section, String key) {
    Value value = recipe;
    for (String part : section) {
      value = value instanceof Value.Mapping mapping ? mapping.entries().get(part) : null;
    }
    if (value instanceof Value.Mapping mapping
        && mapping.entries().get(key) instanceof Value.Scalar scalar
        && scalar.text().matches("[0-9_]{1,9}")) {
      return Optional.of(Integer.parseInt(scalar.text().replace("_", "")));
    }
    return Optional.empty();
  }

  private void put(List<String> section, String key, Number number) {
    String text =
        number instanceof BigDecimal decimal ? decimal.toPlainString() : number.toString();
    Value value = new Value.Scalar(text, false, values.origin(), true);
    Map<String, Value> entries = new LinkedHashMap<>(Map.of(key, value));
    for (String part : section.reversed()) {
      entries =
          new LinkedHashMap<>(Map.of(part, new Value.Mapping(entries, values.origin(), true)));
    }
    values = values.over(new Value.Mapping(entries, values.origin(), true));
  }
}
