package lyceum.data.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import lyceum.core.LyceumException;

/**
 * Threads for work that the processor does, with no more handed out than they can soon take, so
 * that a long sequence is never all in memory.
 */
final class Crew implements AutoCloseable {
  private final ExecutorService threads;
  private final Semaphore room;
  private final List<Future<?>> work = new ArrayList<>();

  Crew(int threads) {
    this.threads =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("tokenizer-", 0).factory());
    this.room = new Semaphore(2 * threads);
  }

  /** Hands out work, or waits until there is room for it. */
  void submit(Runnable task) {
    try {
      room.acquire();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    work.add(
        threads.submit(
            () -> {
              try {
                task.run();
              } finally {
                room.release();
              }
            }));
  }

  /** Waits until all is done; throws what a task threw. */
  void finish() {
    try {
      for (Future<?> done : work) {
        done.get();
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new CancellationException(String.valueOf(e.getCause()));
    }
  }

  private static LyceumException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return LyceumException.external("Tokenizing was interrupted.", e);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
