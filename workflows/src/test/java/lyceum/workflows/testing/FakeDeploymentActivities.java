package lyceum.workflows.testing;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import lyceum.contracts.deployment.AuditEntry;
import lyceum.contracts.deployment.DeploymentActivities;
import lyceum.contracts.deployment.DeploymentResult.SmokeAnswer;
import lyceum.contracts.deployment.Traffic;
import lyceum.core.LatencyBucket;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * A registry with one line and a server that can be made to fail or to wait at the smoke prompts.
 */
public final class FakeDeploymentActivities implements DeploymentActivities {
  private final Calls calls;
  private volatile int versions;
  private volatile int champion;
  private volatile boolean smokeFails;
  private volatile int serveFailsFor;
  private volatile int moveFailsFor;
  private volatile long failedOfAHundred;
  private volatile boolean silent;
  private volatile double slowness = 1;
  private volatile DeploymentActivities.@Nullable Candidate candidate;
  private final AtomicInteger looks = new AtomicInteger();
  private final Map<String, AuditEntry> audit = new ConcurrentSkipListMap<>();
  private volatile CountDownLatch smokeMay = new CountDownLatch(0);

  public FakeDeploymentActivities(Calls calls) {
    this.calls = calls;
  }

  /**
   * As after an earlier life: versions up to {@code champion} are registered and the last of them
   * serves.
   */
  public void startFrom(int champion) {
    this.versions = champion;
    this.champion = champion;
  }

  public int champion() {
    return champion;
  }

  public void failSmoke() {
    smokeFails = true;
  }

  public void failServe(int version) {
    serveFailsFor = version;
  }

  /** The alias moves, but the answer says that it did not. */
  public void failAfterMovingTo(int version) {
    moveFailsFor = version;
  }

  public CountDownLatch holdSmoke() {
    smokeMay = new CountDownLatch(1);
    return smokeMay;
  }

  /** Of a hundred requests since the last look, so many fail. */
  public void failRequests(int ofAHundred) {
    failedOfAHundred = ofAHundred;
  }

  public void answerNothing() {
    silent = true;
  }

  /** How many times as long the watched version takes as the one before. */
  public void answerSlowly(double times) {
    slowness = times;
  }

  /** What versions are registered with. */
  public void putForward(DeploymentActivities.Candidate candidate) {
    this.candidate = candidate;
  }

  /** The audit log in the order of its names. */
  public List<AuditEntry> audit() {
    return List.copyOf(audit.values());
  }

  @Override
  public Registered registered(VersionRequest request) {
    return new Registered(Examples.model("version " + request.version()), candidate);
  }

  @Override
  public URI serveCanary(CanaryRequest request) {
    calls.add("deployment.serveCanary " + request.version() + " " + request.percent());
    return URI.create("http://127.0.0.1:9999/v1");
  }

  @Override
  public void endCanary(String modelLine) {
    calls.add("deployment.endCanary");
  }

  @Override
  public HealthSample health(HealthRequest request) {
    int look = looks.getAndIncrement();
    return new HealthSample(
        traffic(look, failedOfAHundred, slowness),
        traffic(look, 0, 1),
        silent ? List.of("no answer to '" + request.prompts().getFirst() + "'") : List.of());
  }

  /** A hundred requests a look, of a tenth of a second each. */
  private static Traffic traffic(int look, long failedOfAHundred, double slowness) {
    long answered = look * (100 - failedOfAHundred);
    return new Traffic(
        answered,
        look * failedOfAHundred,
        List.of(
            new LatencyBucket(0.05, 0),
            new LatencyBucket(0.1, slowness <= 1 ? answered : 0),
            new LatencyBucket(1, answered)));
  }

  @Override
  public void record(AuditEntry entry) {
    audit.put(entry.name(), entry);
  }

  @Override
  public int register(RegisterRequest request) {
    versions++;
    calls.add("deployment.register " + request.input().candidateName() + " as " + versions);
    return versions;
  }

  @Override
  public int champion(String modelLine) {
    return champion;
  }

  @Override
  public URI serve(ServeRequest request) {
    calls.add("deployment.serve " + request.version());
    if (request.version() == serveFailsFor) {
      throw Failing.with(
          LyceumException.resource("not enough memory to load version " + request.version()));
    }
    return URI.create("http://127.0.0.1:9999/v1");
  }

  @Override
  public List<SmokeAnswer> smoke(SmokeRequest request) {
    calls.add("deployment.smoke " + request.version());
    try {
      if (!smokeMay.await(20, TimeUnit.SECONDS)) {
        throw new AssertionError("the smoke test was held and never released");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (smokeFails) {
      throw Failing.with(LyceumException.user("version " + request.version() + " answers nothing"));
    }
    return request.prompts().stream().map(prompt -> new SmokeAnswer(prompt, "5")).toList();
  }

  @Override
  public void moveAlias(MoveAliasRequest request) {
    calls.add("deployment.moveAlias " + request.previousVersion() + " to " + request.version());
    champion = request.version();
    AuditEntry entry = request.audit();
    if (entry != null) {
      record(entry);
    }
    if (request.version() == moveFailsFor) {
      throw Failing.with(LyceumException.user("the history cannot be written"));
    }
  }
}
