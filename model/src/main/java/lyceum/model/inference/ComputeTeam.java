package lyceum.model.inference;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * Threads that share one piece of work at a time, the calling thread among them. They wait for each
 * other by spinning for a few microseconds, as a forward pass has hundreds of short phases, then
 * give up the processor. Callers take turns in the order in which they came, so that several models
 * share the processors without getting in each other's way.
 */
public final class ComputeTeam implements AutoCloseable {
  private static final int SPINS = 1_000;
  private static final int YIELDS = 50;

  /** What each member runs. */
  @FunctionalInterface
  interface Work {
    void run(int member);
  }

  private final int members;
  private final Thread[] threads;
  private final ReentrantLock turn = new ReentrantLock(true);
  private final AtomicInteger arrived = new AtomicInteger();
  private final AtomicInteger finished = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile int phase;
  private volatile int round;
  private volatile boolean closed;
  private volatile @Nullable Work work;
  private final boolean[] parked;

  public ComputeTeam(int members) {
    if (members <= 0) {
      throw LyceumException.user("At least one thread must compute, not " + members + ".");
    }
    this.members = members;
    this.threads = new Thread[members - 1];
    this.parked = new boolean[members];
    for (int t = 0; t < threads.length; t++) {
      int member = t + 1;
      threads[t] =
          Thread.ofPlatform().daemon().name("compute-" + member).start(() -> serve(member));
    }
  }

  /** As many as there are processors. */
  public static ComputeTeam ofAllProcessors() {
    return new ComputeTeam(Runtime.getRuntime().availableProcessors());
  }

  public int members() {
    return members;
  }

  /** Runs the work on all members and returns when all are done; throws what one of them threw. */
  void run(Work next) {
    turn.lock();
    try {
      if (members == 1) {
        next.run(0);
        return;
      }
      failure.set(null);
      arrived.set(0);
      finished.set(0);
      work = next;
      round++;
      for (int t = 0; t < threads.length; t++) {
        if (isParked(t + 1)) {
          LockSupport.unpark(threads[t]);
        }
      }
      attempt(next, 0);
      for (int spins = 0; finished.get() < members - 1; spins++) {
        pause(spins);
      }
      Throwable thrown = failure.get();
      if (thrown instanceof RuntimeException e) {
        throw e;
      }
      if (thrown instanceof Error e) {
        throw e;
      }
    } finally {
      turn.unlock();
    }
  }

  /** Within {@link #run}: goes on when all members are here. */
  void barrier() {
    if (members == 1) {
      return;
    }
    int before = phase;
    if (arrived.incrementAndGet() == members) {
      arrived.set(0);
      phase = before + 1;
      return;
    }
    for (int spins = 0; phase == before; spins++) {
      if (failure.get() != null) {
        throw LyceumException.internal("Another thread of the computation failed.");
      }
      pause(spins);
    }
  }

  /** A member's share of {@code count} things that lie side by side. */
  int from(int count, int member) {
    return (int) ((long) count * member / members);
  }

  private void attempt(Work next, int member) {
    try {
      next.run(member);
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    }
  }

  private void serve(int member) {
    int seen = 0;
    while (!closed) {
      for (int spins = 0; round == seen && !closed; spins++) {
        if (spins < SPINS + YIELDS) {
          pause(spins);
        } else {
          setParked(member, true);
          // Looked at again after saying so: whoever begins a round later sees it and unparks.
          if (round == seen && !closed) {
            LockSupport.park(this);
          }
          setParked(member, false);
        }
      }
      if (closed) {
        return;
      }
      seen = round;
      Work next = work;
      if (next != null) {
        attempt(next, member);
      }
      finished.incrementAndGet();
    }
  }

  private synchronized boolean isParked(int member) {
    return parked[member];
  }

  private synchronized void setParked(int member, boolean value) {
    parked[member] = value;
  }

  private static void pause(int spins) {
    if (spins < SPINS) {
      Thread.onSpinWait();
    } else {
      Thread.yield();
    }
  }

  @Override
  public void close() {
    turn.lock();
    try {
      closed = true;
      for (Thread thread : threads) {
        LockSupport.unpark(thread);
      }
    } finally {
      turn.unlock();
    }
  }
}
