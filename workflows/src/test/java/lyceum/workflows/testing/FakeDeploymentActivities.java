package lyceum.workflows.testing;

import java.net.URI;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lyceum.contracts.deployment.DeploymentActivities;
import lyceum.contracts.deployment.DeploymentResult.SmokeAnswer;
import lyceum.core.LyceumException;

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
    if (request.version() == moveFailsFor) {
      throw Failing.with(LyceumException.user("the history cannot be written"));
    }
  }
}
