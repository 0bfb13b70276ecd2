package lyceum.workflows.testing;

import io.temporal.activity.Activity;
import io.temporal.client.ActivityCompletionException;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import lyceum.contracts.corpus.CorpusActivities;
import lyceum.contracts.corpus.CorpusResult;
import lyceum.core.recipe.SourceSettings;

/** Gives small made-up documents; fetching can be made to fail. */
public final class FakeCorpusActivities implements CorpusActivities {
  private final Calls calls;
  private final AtomicInteger fetches = new AtomicInteger();
  private final CountDownLatch heldIsRunning = new CountDownLatch(1);
  private volatile String held = "";
  private volatile int reasons = 1;
  private volatile IntFunction<RuntimeException> fetchFailure = n -> null;

  public FakeCorpusActivities(Calls calls) {
    this.calls = calls;
  }

  /** The failure of the n-th fetch, counted from 1, or {@code null}. */
  public void failFetch(IntFunction<RuntimeException> failure) {
    fetchFailure = failure;
  }

  /** The result of the stage names this many reasons for which documents were dropped. */
  public void nameReasons(int count) {
    reasons = count;
  }

  /** Fetching this source goes on until it is cancelled. */
  public void holdFetch(String source) {
    held = source;
  }

  @Override
  public FetchedSource fetch(SourceSettings source) {
    calls.add("corpus.fetch " + source.name());
    if (source.name().equals(held)) {
      waitForCancellation();
    }
    if (!held.isEmpty()) {
      awaitHeld();
    }
    RuntimeException failure = fetchFailure.apply(fetches.incrementAndGet());
    if (failure != null) {
      throw failure;
    }
    return new FetchedSource(source, Examples.artifact(source.name()));
  }

  @Override
  public CleanedSource clean(CleanRequest request) {
    String name = request.fetched().source().name();
    calls.add("corpus.clean " + name);
    return new CleanedSource(
        name,
        "CC-BY-SA-3.0",
        request.fetched().content().sha256(),
        Examples.artifact(name + " clean"),
        10,
        8,
        drops());
  }

  @Override
  public CorpusResult assemble(AssembleRequest request) {
    List<String> names = request.sources().stream().map(CleanedSource::name).toList();
    calls.add("corpus.assemble " + names);
    return new CorpusResult(
        Examples.artifact("train documents"),
        Examples.artifact("validation documents"),
        Examples.artifact("report"),
        request.sources().stream()
            .map(
                s ->
                    new CorpusResult.SourceCount(
                        s.name(), s.licence(), s.sha256(), s.read(), s.kept(), 1000))
            .toList(),
        20,
        16,
        drops(),
        10_000,
        1_000);
  }

  private void awaitHeld() {
    try {
      heldIsRunning.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void waitForCancellation() {
    heldIsRunning.countDown();
    try {
      while (true) {
        Activity.getExecutionContext().heartbeat(null);
        Thread.sleep(50);
      }
    } catch (ActivityCompletionException e) {
      calls.add("corpus.stopped " + held);
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the worker went away", e);
    }
  }

  private TreeMap<String, Long> drops() {
    TreeMap<String, Long> drops = new TreeMap<>();
    for (int i = 0; i < reasons; i++) {
      drops.put("reason number %06d".formatted(i), 2L);
    }
    return drops;
  }
}
