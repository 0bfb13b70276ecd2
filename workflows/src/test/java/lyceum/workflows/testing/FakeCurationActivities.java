package lyceum.workflows.testing;

import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lyceum.contracts.curation.CurationActivities;
import lyceum.contracts.curation.CurationWorkflow.CurationResult;
import lyceum.contracts.curation.FeedbackSet;
import org.jspecify.annotations.Nullable;

/** A feedback set that is there or not. */
public final class FakeCurationActivities implements CurationActivities {
  private final Calls calls;
  private volatile @Nullable FeedbackSet latest;
  private volatile CountDownLatch maySelect = new CountDownLatch(0);

  public FakeCurationActivities(Calls calls) {
    this.calls = calls;
  }

  /** Selecting waits until it is released. */
  public void hold() {
    maySelect = new CountDownLatch(1);
  }

  public void release() {
    maySelect.countDown();
  }

  @Override
  public Selection select(String modelLine) {
    calls.add("curation.select " + modelLine);
    try {
      if (!maySelect.await(20, TimeUnit.SECONDS)) {
        throw new AssertionError("curation was held and never released");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new Selection(0, null, Examples.artifact("names"), 2);
  }

  @Override
  public Curated curate(CurateRequest request) {
    calls.add("curation.curate");
    return new Curated(Examples.artifact("feedback"), 1, 2, new TreeMap<>());
  }

  @Override
  public CurationResult publish(PublishRequest request) {
    calls.add("curation.publish");
    latest =
        new FeedbackSet(FeedbackSet.name(request.modelLine()), 1, request.curated().items(), 1, 2);
    return new CurationResult(latest, true, 2, new TreeMap<>());
  }

  @Override
  public Latest latest(String modelLine) {
    calls.add("curation.latest " + modelLine);
    return new Latest(latest);
  }
}
