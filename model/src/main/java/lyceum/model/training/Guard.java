package lyceum.model.training;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Collectors;
import lyceum.core.recipe.GuardSettings;

/**
 * Watches losses and gradient norms. What it has seen and how often it objected are part of a
 * training's state, so that a resumed training objects where one that never stopped does.
 */
final class Guard {
  private static final String LOSSES = "guard.losses";
  private static final String NORMS = "guard.norms";
  private static final String OBJECTIONS = "guard.objections";

  /** Steps that medians are of, and fewest that one means anything of. */
  static final int WINDOW = 64;

  static final int FEWEST = 16;

  private final GuardSettings settings;
  private final Deque<Double> losses = new ArrayDeque<>();
  private final Deque<Double> norms = new ArrayDeque<>();
  private final List<String> objections = new ArrayList<>();

  Guard(GuardSettings settings, SortedMap<String, String> metadata) {
    this.settings = settings;
    String earlier = metadata.getOrDefault(OBJECTIONS, "");
    objections.addAll(earlier.isEmpty() ? List.of() : List.of(earlier.split("\n")));
    goBackTo(metadata);
  }

  /** What is wrong with a step, if anything is; a step that is right is remembered. */
  Optional<String> objectionTo(double loss, double norm) {
    if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
      return Optional.of("a number is none");
    }
    if (losses.size() >= FEWEST) {
      double usual = median(losses);
      if (settings.lossSpike() > 0 && loss > usual + settings.lossSpike()) {
        return Optional.of("the median loss before was %.4g".formatted(usual));
      }
      double usualNorm = median(norms);
      if (settings.gradientSpike() > 0 && norm > usualNorm * settings.gradientSpike()) {
        return Optional.of("the median gradient norm before was %.4g".formatted(usualNorm));
      }
    }
    remember(losses, loss);
    remember(norms, norm);
    return Optional.empty();
  }

  /** Takes down an objection; false when there have been as many as are allowed before. */
  boolean allowsAnother(String objection) {
    boolean allowed = objections.size() < settings.rewinds();
    objections.add(objection);
    return allowed;
  }

  /** All objections so far, in their order. */
  List<String> objections() {
    return List.copyOf(objections);
  }

  /** What the rate is multiplied with. */
  double rateFactor() {
    return Math.pow(settings.rateFactor(), objections.size());
  }

  /** Forgets the steps since a state, but not what was objected to in them. */
  void goBackTo(SortedMap<String, String> metadata) {
    fill(losses, metadata.getOrDefault(LOSSES, ""));
    fill(norms, metadata.getOrDefault(NORMS, ""));
  }

  void write(SortedMap<String, String> metadata) {
    metadata.put(LOSSES, text(losses));
    metadata.put(NORMS, text(norms));
    metadata.put(OBJECTIONS, String.join("\n", objections));
  }

  private static void remember(Deque<Double> values, double value) {
    values.addLast(value);
    if (values.size() > WINDOW) {
      values.removeFirst();
    }
  }

  private static double median(Deque<Double> values) {
    double[] sorted = values.stream().mapToDouble(value -> value).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  private static void fill(Deque<Double> values, String text) {
    values.clear();
    if (!text.isEmpty()) {
      Arrays.stream(text.split(",")).map(Double::valueOf).forEach(values::addLast);
    }
  }

  private static String text(Deque<Double> values) {
    return values.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
