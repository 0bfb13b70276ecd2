package lyceum.workflows.testing;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.contracts.lifecycle.TrainingRun;

/**
 * A training that takes steps, keeps a checkpoint of each, and resumes from the newest; it can be
 * made to stop half-way.
 */
public final class Training {
  private final Calls calls;
  private final Map<String, Long> checkpoints = new ConcurrentHashMap<>();
  private volatile String heldPhase = "";
  private volatile CountDownLatch reached = new CountDownLatch(0);
  private volatile boolean released = true;

  public Training(Calls calls) {
    this.calls = calls;
  }

  /** The training of this phase stops half-way until {@link #release}. */
  public void hold(String phase) {
    heldPhase = phase;
    reached = new CountDownLatch(1);
    released = false;
  }

  public void awaitHeld() throws InterruptedException {
    if (!reached.await(20, TimeUnit.SECONDS)) {
      throw new AssertionError(
          "The training of " + heldPhase + " never came half-way; calls: " + calls.all());
    }
  }

  public void release() {
    released = true;
  }

  TrainedModel train(TrainingRun run, int steps) {
    ActivityExecutionContext activity = Activity.getExecutionContext();
    String name = run.context().runId() + "/" + run.stage().noun() + "/" + run.phase();
    long from = checkpoints.getOrDefault(name, 0L);
    calls.add(run.stage().noun() + ".train " + run.phase() + " from step " + from);
    try {
      for (long step = from + 1; step <= steps; step++) {
        checkpoints.put(name, step);
        activity.heartbeat(new StageProgress(run.phase(), step, steps, 2.5, 1000, step));
        while (!released && run.phase().equals(heldPhase) && step >= steps / 2) {
          reached.countDown();
          Thread.sleep(50);
          activity.heartbeat(new StageProgress(run.phase(), step, steps, 2.5, 1000, step));
        }
      }
    } catch (ActivityCompletionException e) {
      calls.add(
          run.stage().noun() + ".stopped " + run.phase() + " at step " + checkpoints.get(name));
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the worker went away", e);
    }
    return Examples.trained(run.stage().noun() + " " + run.phase(), steps);
  }
}
