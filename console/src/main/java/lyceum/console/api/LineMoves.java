package lyceum.console.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import lyceum.application.model.ModelLines;
import lyceum.application.model.Promotions;
import lyceum.console.http.Answer;
import lyceum.console.http.Call;
import lyceum.console.http.Operation;
import lyceum.console.security.Role;
import lyceum.contracts.deployment.PromotionStatus;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionResult;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import lyceum.core.recipe.CanarySettings;
import org.jspecify.annotations.Nullable;

/** What people ask of a line's champion: another version, a share for one first, the one before. */
final class LineMoves {
  /** A canary or a watch lasts longer; whoever asked sees at the deployment how it goes. */
  private static final Duration PATIENCE = Duration.ofSeconds(25);

  private static final double MINUTES = 60;

  private final Services services;

  LineMoves(Services services) {
    this.services = services;
  }

  /**
   * @param version a number or an alias
   * @param override promotes it whatever its gates and the champion say; needs a reason
   */
  record PromoteRequest(String version, @Nullable String reason, @Nullable Boolean override) {}

  /**
   * @param version a number or an alias
   * @param percent of the requests that it answers first
   * @param minutes how long at most; without them an hour
   * @param requests ends the canary earlier, once it has answered so many
   * @param override tries it whatever its gates and the champion say; needs a reason
   */
  record CanaryRequest(
      String version,
      double percent,
      @Nullable Double minutes,
      @Nullable Integer requests,
      @Nullable String reason,
      @Nullable Boolean override) {}

  record RollbackRequest(@Nullable String reason) {}

  record SmokeAnswer(String prompt, String answer) {}

  /** A promotion that is done. */
  record Promoted(
      String line, int version, int previousVersion, URI endpoint, List<SmokeAnswer> smoke) {
    static Promoted of(String line, PromotionResult result) {
      return new Promoted(
          line,
          result.version(),
          result.previousVersion(),
          result.endpoint(),
          result.smoke().stream()
              .map(answer -> new SmokeAnswer(answer.prompt(), answer.answer()))
              .toList());
    }
  }

  /**
   * A promotion that goes on.
   *
   * @param from champion when it began
   * @param percent of the requests that the version answers now
   * @param until when the canary or the watch ends at the latest
   * @param health the newest look, {@code null} before the first
   */
  record Promoting(
      String line,
      int version,
      @Nullable Integer from,
      PromotionStatus.Phase phase,
      double percent,
      Instant started,
      @Nullable Instant until,
      @Nullable Look health) {
    static Promoting of(PromotionStatus status) {
      PromotionStatus.Health health = status.health();
      return new Promoting(
          status.modelLine(),
          status.version(),
          status.from() == 0 ? null : status.from(),
          status.phase(),
          status.percent(),
          Instant.ofEpochMilli(status.startedAtMillis()),
          RunJson.instant(status.untilMillis()),
          health == null ? null : Look.of(health));
    }
  }

  /**
   * One look at a version that is a canary or watched.
   *
   * @param p95Seconds time to the last token; {@code null} where it lies above all that is counted
   * @param stableP95Seconds of the version before, over the same time
   * @param complaints what is wrong
   */
  record Look(
      Instant time,
      long requests,
      long errors,
      @Nullable Double p95Seconds,
      @Nullable Double stableP95Seconds,
      List<String> complaints) {
    static Look of(PromotionStatus.Health health) {
      return new Look(
          Instant.ofEpochMilli(health.atMillis()),
          health.requests(),
          health.errors(),
          RunJson.finite(health.p95Seconds()),
          RunJson.finite(health.stableP95Seconds()),
          health.complaints());
    }
  }

  /**
   * A promotion that was a canary or watched goes back to the version from before, soon.
   *
   * @param version what it goes back from
   * @param previousVersion what serves again
   */
  record GoingBack(String line, int version, int previousVersion) {}

  /** What a dry run would do. */
  record WouldServe(String line, int version, int previousVersion) {}

  /** A move of what a line serves: an approver's, about the aliases that were seen. */
  static Operation operation(
      String id, String path, String summary, Class<?> takes, String verb, Operation.Handler does) {
    return Operation.post(id, path, summary)
        .path("line", Names.LINE, "A model line.")
        .role(Role.APPROVER)
        .ifMatch()
        .dryRun()
        .takes(takes)
        .answers(JsonNode.class)
        .also(202, Promoting.class)
        .verb(verb)
        .does(does);
  }

  /** The same aliases have the same tag, so that a decision meets what it was made about. */
  static String tag(SortedMap<String, Integer> aliases) {
    return "\"" + Sha256.of(aliases.toString()).substring(0, 16) + "\"";
  }

  Answer promote(Call call) {
    PromoteRequest asked = call.body(PromoteRequest.class);
    return promote(
        call, asked.version(), reason(asked.reason()), asked.override(), Optional.empty());
  }

  Answer canary(Call call) {
    CanaryRequest asked = call.body(CanaryRequest.class);
    return promote(
        call,
        asked.version(),
        reason(asked.reason()),
        asked.override(),
        Optional.of(
            new CanarySettings(
                asked.percent(),
                asked.minutes() == null ? MINUTES : asked.minutes(),
                asked.requests() == null ? 0 : asked.requests())));
  }

  private Answer promote(
      Call call,
      String wanted,
      String reason,
      @Nullable Boolean override,
      Optional<CanarySettings> canary) {
    if (!wanted.matches(Names.VERSION)) {
      throw LyceumException.user("'" + wanted + "' is neither a version nor an alias.");
    }
    String line = services.models().resolve(call.path("line"));
    SortedMap<String, Integer> aliases = services.models().versionsByAlias(line);
    call.requireTag(tag(aliases));
    int version = services.models().version(line, wanted).version();
    if (canary.isPresent()) {
      requireAnother(line, version, aliases);
    }
    return call.isDryRun()
        ? wouldServe(line, version, aliases)
        : within(
            services
                .promotions()
                .promote(line, version, call.user(), reason, Boolean.TRUE.equals(override), canary),
            line);
  }

  private static void requireAnother(String line, int version, SortedMap<String, Integer> aliases) {
    Integer champion = aliases.get(ModelLines.CHAMPION);
    if (champion == null) {
      throw LyceumException.user(
          "Nothing of " + line + " is served, so no canary can run beside it. Promote a version.");
    }
    if (champion == version) {
      throw LyceumException.user("Version " + version + " of " + line + " is served already.");
    }
  }

  private Answer within(Promotions.Begun begun, String line) {
    return begun
        .within(PATIENCE)
        .map(result -> Answer.of(Promoted.of(line, result)))
        .orElseGet(
            () ->
                services
                    .promotions()
                    .status(line)
                    .map(status -> Answer.of(202, Promoting.of(status)))
                    // It ended between the two questions.
                    .orElseGet(() -> Answer.of(Promoted.of(line, begun.end()))))
        .with("Location", "/api/v1/deployments/" + line);
  }

  /** A promotion that is a canary or watched goes back; else the champion before is served. */
  Answer rollback(Call call) {
    String line = services.models().resolve(call.path("line"));
    SortedMap<String, Integer> aliases = services.models().versionsByAlias(line);
    call.requireTag(tag(aliases));
    String reason = reason(call.body(RollbackRequest.class).reason());
    Optional<PromotionStatus> running =
        services.promotions().status(line).filter(PromotionStatus::canGoBack);
    if (call.isDryRun()) {
      return wouldServe(
          line,
          running.map(PromotionStatus::from).orElseGet(() -> services.models().previous(line)),
          aliases);
    }
    if (running.isPresent() && services.promotions().goBack(line, call.user(), reason)) {
      return Answer.of(new GoingBack(line, running.get().version(), running.get().from()));
    }
    return within(
        services.promotions().rollBack(line, services.models().previous(line), call.user(), reason),
        line);
  }

  private static Answer wouldServe(String line, int version, SortedMap<String, Integer> aliases) {
    return Answer.of(new WouldServe(line, version, aliases.getOrDefault(ModelLines.CHAMPION, 0)));
  }

  private static String reason(@Nullable String given) {
    return given == null ? "" : given;
  }
}
