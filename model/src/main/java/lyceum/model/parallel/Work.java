package lyceum.model.parallel;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import lyceum.core.LyceumException;

/** An exchange under way. Its buffer is not to be touched until it is done. */
public final class Work {
  private final CompletableFuture<?> future;

  Work(CompletableFuture<?> future) {
    this.future = future;
  }

  static Work done() {
    return new Work(CompletableFuture.completedFuture(null));
  }

  /**
   * Waits until this rank's side of the exchange is done.
   *
   * @throws LyceumException of category EXTERNAL when another rank is gone or does not answer, of
   *     category INTERNAL when the ranks do different things
   */
  public void await() {
    try {
      future.join();
    } catch (CompletionException e) {
      // Thrown again on this thread with this thread's trace; the cause keeps the other's.
      if (e.getCause() instanceof LyceumException failure) {
        throw new LyceumException(
            failure.category(), String.valueOf(failure.getMessage()), failure);
      }
      throw e;
    }
  }
}
