package lyceum.serving;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lyceum.core.LyceumException;

/**
 * The models in service, each with the generation that answers, perhaps a canary that answers a
 * share of the requests, and perhaps a shadow that is asked the same and not heard.
 */
final class Models {
  /** Which of a line's generations. */
  enum Role {
    STABLE,
    CANARY,
    SHADOW
  }

  /**
   * What is in service under a name.
   *
   * @param percent share of requests that the canary answers, or that the shadow is asked
   */
  record Line(
      ServedModel stable,
      Optional<ServedModel> canary,
      double percent,
      Optional<ServedModel> shadow,
      double shadowPercent) {
    static Line of(ServedModel stable) {
      return new Line(stable, Optional.empty(), 0, Optional.empty(), 0);
    }

    Optional<ServedModel> in(Role role) {
      return switch (role) {
        case STABLE -> Optional.of(stable);
        case CANARY -> canary;
        case SHADOW -> shadow;
      };
    }

    double percentOf(Role role) {
      return switch (role) {
        case STABLE -> 100 - percent;
        case CANARY -> percent;
        case SHADOW -> shadowPercent;
      };
    }

    List<ServedModel> all() {
      List<ServedModel> all = new ArrayList<>(List.of(stable));
      canary.ifPresent(all::add);
      shadow.ifPresent(all::add);
      return all;
    }
  }

  /**
   * A generation that a request holds until its end.
   *
   * @param shadow that is to be asked, too; held as well
   */
  record Lease(ServedModel model, Role role, Optional<ServedModel> shadow)
      implements AutoCloseable {
    @Override
    public void close() {
      model.letGo();
      shadow.ifPresent(ServedModel::letGo);
    }
  }

  private final int most;

  /** By name, the one put in service last at the end. */
  private final Map<String, Line> lines = new LinkedHashMap<>();

  /**
   * @param most names at a time; the one put in service longest ago makes room
   */
  Models(int most) {
    this.most = most;
  }

  synchronized List<Line> lines() {
    return List.copyOf(lines.values());
  }

  /** The one put in service last. */
  synchronized Optional<ServedModel> latest() {
    Line last = null;
    for (Line line : lines.values()) {
      last = line;
    }
    return Optional.ofNullable(last).map(Line::stable);
  }

  /** Later requests get this one; those under way end with the one they have. */
  synchronized void put(ServedModel next) {
    Line before = lines.remove(next.name());
    lines.put(
        next.name(),
        before == null
            ? Line.of(next)
            : new Line(next, before.canary, before.percent, before.shadow, before.shadowPercent));
    if (before != null) {
      before.stable.retire();
    }
    while (lines.size() > most) {
      Line oldest = lines.values().iterator().next();
      lines.remove(oldest.stable.name());
      oldest.all().forEach(ServedModel::retire);
    }
  }

  /**
   * Lets a canary or a shadow take part; one that does so already with another share.
   *
   * @param percent above 0 up to 100
   */
  synchronized void join(ServedModel model, Role role, double percent) {
    Line line = present(model.name());
    Optional<ServedModel> before = line.in(role);
    lines.put(
        model.name(),
        role == Role.CANARY
            ? new Line(line.stable, Optional.of(model), percent, line.shadow, line.shadowPercent)
            : new Line(line.stable, line.canary, line.percent, Optional.of(model), percent));
    before.filter(other -> other != model).ifPresent(ServedModel::retire);
  }

  /** Ends a canary or a shadow. */
  synchronized void leave(String name, Role role) {
    Line line = present(name);
    Optional<ServedModel> leaving = line.in(role);
    lines.put(
        name,
        role == Role.CANARY
            ? new Line(line.stable, Optional.empty(), 0, line.shadow, line.shadowPercent)
            : new Line(line.stable, line.canary, line.percent, Optional.empty(), 0));
    leaving.ifPresent(ServedModel::retire);
  }

  /** The canary answers everything from now on. */
  synchronized ServedModel promote(String name) {
    Line line = present(name);
    ServedModel canary =
        line.canary.orElseThrow(
            () -> LyceumException.user("'" + name + "' has no canary to promote."));
    lines.put(name, new Line(canary, Optional.empty(), 0, line.shadow, line.shadowPercent));
    line.stable.retire();
    return canary;
  }

  /** Takes a name out of service. */
  synchronized void remove(String name) {
    Line line = present(name);
    lines.remove(name);
    line.all().forEach(ServedModel::retire);
  }

  /** What is in service under a name. */
  synchronized Optional<Line> line(String name) {
    return Optional.ofNullable(lines.get(name));
  }

  private Line present(String name) {
    return line(name)
        .orElseThrow(() -> LyceumException.user("No model '" + name + "' is in service."));
  }

  /**
   * The generation that answers a request.
   *
   * @param asked {@code name} or {@code name:version}
   * @param role asked for by a header, where it is
   * @param place in [0, 100): which share of the requests this one belongs to
   * @throws ApiException 404 when it is not served, 503 when nothing is
   */
  synchronized Lease lease(String asked, Optional<Role> role, double place) {
    if (lines.isEmpty()) {
      throw new ApiException(
          503, "server_error", null, "no_model", "No model is in service yet. Promote one first.");
    }
    Line line = lines.get(asked);
    if (line == null) {
      ServedModel exact =
          lines.values().stream()
              .flatMap(l -> l.all().stream())
              .filter(m -> asked.equals(m.name() + ":" + m.version()))
              .findFirst()
              .orElseThrow(() -> unknown(asked));
      return held(exact, Role.STABLE, Optional.empty());
    }
    boolean canary =
        line.canary.isPresent() && role.map(r -> r == Role.CANARY).orElse(place < line.percent);
    Optional<ServedModel> shadow = line.shadow.filter(s -> place < line.shadowPercent);
    return canary
        ? held(line.canary.get(), Role.CANARY, shadow)
        : held(line.stable, Role.STABLE, shadow);
  }

  private static Lease held(ServedModel model, Role role, Optional<ServedModel> shadow) {
    // What is in the map is not retired, and both change under one lock.
    model.hold();
    shadow.ifPresent(ServedModel::hold);
    return new Lease(model, role, shadow);
  }

  private ApiException unknown(String asked) {
    StringBuilder served = new StringBuilder();
    for (Line line : lines.values()) {
      served
          .append(served.isEmpty() ? "" : ", ")
          .append('\'')
          .append(line.stable.name())
          .append("' (version ")
          .append(line.stable.version())
          .append(')');
    }
    return new ApiException(
        404,
        "invalid_request_error",
        "model",
        "model_not_found",
        "The model '"
            + (asked.length() <= 80 ? asked : asked.substring(0, 80) + "…")
            + "' is not served here; "
            + served
            + (lines.size() == 1 ? " is." : " are."));
  }
}
