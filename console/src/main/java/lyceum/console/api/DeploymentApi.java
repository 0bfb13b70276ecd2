package lyceum.console.api;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import lyceum.application.model.ModelLines;
import lyceum.connectors.serving.HttpModelServer;
import lyceum.connectors.serving.HttpModelServer.Line;
import lyceum.console.http.Answer;
import lyceum.console.http.Call;
import lyceum.console.http.Operation;
import lyceum.contracts.deployment.AuditEntry;
import lyceum.contracts.deployment.PromotionStatus;
import lyceum.contracts.deployment.Traffic;
import lyceum.core.LyceumException;
import lyceum.core.ModelServer.Counted;
import lyceum.core.recipe.HealthSettings;
import org.jspecify.annotations.Nullable;

/** What is in production of each line: champion, canary, how they do; and back. */
public final class DeploymentApi {
  private final Services services;
  private final LineMoves moves;
  private final HttpModelServer server;

  public DeploymentApi(Services services) {
    this.services = services;
    this.moves = new LineMoves(services);
    this.server =
        new HttpModelServer(
            services.settings(),
            model -> {
              throw new IllegalStateException("The console serves nothing itself.");
            });
  }

  enum Health {
    /** The champion answers. */
    HEALTHY,
    /** It answers, but requests fail, or what watches a promotion complains. */
    DEGRADED,
    /** No server answers. */
    DOWN,
    /** Another line, or another version, is served. */
    UNKNOWN
  }

  /**
   * @param percent of the requests
   */
  record Canary(int version, double percent) {}

  /**
   * What is in production of a line.
   *
   * @param promotion the one that goes on now
   * @param note what could not be found out
   * @param requests that the champion has answered to their end since its server started
   * @param errors those that failed through the server's fault
   * @param p50Seconds half of them had their last token within so many seconds
   * @param since when the champion became it
   */
  record Deployment(
      String line,
      @Nullable Integer champion,
      @Nullable Integer previous,
      @Nullable Canary canary,
      LineMoves.@Nullable Promoting promotion,
      Health health,
      String note,
      @Nullable URI endpoint,
      @Nullable Long requests,
      @Nullable Long errors,
      @Nullable Double p50Seconds,
      @Nullable Double p95Seconds,
      @Nullable Instant since,
      String etag) {}

  record Deployments(List<Deployment> items) {}

  public List<Operation> operations() {
    return List.of(
        Operation.get("listDeployments", "/deployments", "What is in production.")
            .answers(Deployments.class)
            .does(this::list),
        Operation.get("getDeployment", "/deployments/{line}", "What is in production of a line.")
            .path("line", Names.LINE, "A model line.")
            .answers(Deployment.class)
            .does(this::get),
        LineMoves.operation(
            "startCanary",
            "/deployments/{line}:canary",
            "Let a version answer a share of the requests; if it does well, it is promoted.",
            LineMoves.CanaryRequest.class,
            "model promote",
            moves::canary),
        LineMoves.operation(
            "rollbackDeployment",
            "/deployments/{line}:rollback",
            "End the canary, or put the champion before back.",
            LineMoves.RollbackRequest.class,
            "model rollback",
            moves::rollback));
  }

  private Answer list(Call call) {
    Optional<List<Line>> served = served();
    List<Callable<Deployment>> questions =
        services.tracked().lines().stream()
            .filter(line -> line.aliases().containsKey(ModelLines.CHAMPION))
            .<Callable<Deployment>>map(
                line ->
                    () ->
                        deployment(
                            line.name(),
                            line.aliases(),
                            served,
                            Instant.ofEpochMilli(line.changedMillis())))
            .toList();
    return Answer.of(new Deployments(Names.together(questions)));
  }

  private Answer get(Call call) {
    String line = services.models().resolve(call.path("line"));
    Deployment found =
        deployment(line, services.models().versionsByAlias(line), served(), since(line));
    return Answer.of(found).with("ETag", found.etag());
  }

  private @Nullable Instant since(String line) {
    List<AuditEntry> history = services.models().history(line);
    return history.isEmpty() ? null : Instant.ofEpochMilli(history.getLast().atMillis());
  }

  /** Empty when no server answers. */
  private Optional<List<Line>> served() {
    try {
      return Optional.of(server.inService());
    } catch (LyceumException unreachable) {
      return Optional.empty();
    }
  }

  private Deployment deployment(
      String line,
      SortedMap<String, Integer> aliases,
      Optional<List<Line>> served,
      @Nullable Instant since) {
    Integer champion = aliases.get(ModelLines.CHAMPION);
    Optional<Line> here =
        served.stream().flatMap(List::stream).filter(l -> l.modelLine().equals(line)).findFirst();
    boolean serves = here.filter(l -> Integer.valueOf(l.version()).equals(champion)).isPresent();
    Optional<Traffic> traffic =
        serves && champion != null ? traffic(line, champion) : Optional.empty();
    Optional<PromotionStatus> promotion;
    String note = "";
    try {
      promotion = services.promotions().status(line);
    } catch (LyceumException silent) {
      promotion = Optional.empty();
      note = String.valueOf(silent.getMessage());
    }
    return new Deployment(
        line,
        champion,
        aliases.get(ModelLines.PREVIOUS),
        here.flatMap(Line::canary)
            .map(canary -> new Canary(canary.version(), canary.percent()))
            .orElse(null),
        promotion.map(LineMoves.Promoting::of).orElse(null),
        served.isEmpty()
            ? Health.DOWN
            : !serves
                ? Health.UNKNOWN
                : traffic.filter(DeploymentApi::fails).isPresent()
                        || promotion.filter(DeploymentApi::complains).isPresent()
                    ? Health.DEGRADED
                    : Health.HEALTHY,
        note,
        serves ? here.map(Line::endpoint).orElse(null) : null,
        traffic.map(Traffic::answered).orElse(null),
        traffic.map(Traffic::failed).orElse(null),
        traffic.map(t -> bound(t, 0.5)).orElse(null),
        traffic.map(t -> bound(t, 0.95)).orElse(null),
        since,
        LineMoves.tag(aliases));
  }

  private Optional<Traffic> traffic(String line, int version) {
    try {
      return server.counted(line).stream()
          .filter(counted -> counted.version() == version)
          .findFirst()
          .map((Counted c) -> new Traffic(c.answered(), c.failed(), c.latency()));
    } catch (LyceumException silent) {
      return Optional.empty();
    }
  }

  private static boolean fails(Traffic traffic) {
    long all = traffic.answered() + traffic.failed();
    return all >= HealthSettings.USUAL.minRequests()
        && traffic.failed() > HealthSettings.USUAL.maxErrorRate() * all;
  }

  private static boolean complains(PromotionStatus status) {
    PromotionStatus.Health health = status.health();
    return health != null && !health.complaints().isEmpty();
  }

  /** {@code null} where nothing was asked, or it lies above all bounds. */
  private static @Nullable Double bound(Traffic traffic, double share) {
    double seconds = traffic.quantile(share);
    return seconds == 0 || seconds == Double.MAX_VALUE ? null : RunJson.finite(seconds);
  }
}
