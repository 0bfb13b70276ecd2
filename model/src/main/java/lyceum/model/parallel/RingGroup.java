package lyceum.model.parallel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import lyceum.core.LyceumException;
import lyceum.model.parallel.ChunkHeader.Operation;
import org.jspecify.annotations.Nullable;

/**
 * Ranks in a ring, each with a connection to the next (Patarasu and Yuan 2009): every rank sends
 * and receives about as much as the buffer is long, however many ranks there are. The sum of a
 * stretch is begun by the rank after its holder and completed by its holder, so its order is fixed.
 * Stretches go on to the next rank as soon as they are added, while later ones still arrive.
 */
final class RingGroup implements ProcessGroup {
  /** Stretches in memory at a time where a rank only passes on. */
  private static final int PASSING = 16;

  private final int rank;
  private final int world;
  private final Patience patience;
  private final Members members;
  private final SocketChannel previousChannel;
  private final SocketChannel nextChannel;
  private final Incoming previous;
  private final Outgoing next;
  private final ExecutorService exchanges;
  private final AtomicLong bytesSent = new AtomicLong();
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private volatile @Nullable String current;
  private volatile long progressAt;
  private long sequence;

  /** What an exchange does, on the exchanges' thread. */
  @FunctionalInterface
  private interface Body {
    void run(Exchange exchange) throws IOException;
  }

  RingGroup(
      int rank,
      int world,
      Patience patience,
      Members members,
      SocketChannel previousChannel,
      SocketChannel nextChannel) {
    this.rank = rank;
    this.world = world;
    this.patience = patience;
    this.members = members;
    this.previousChannel = previousChannel;
    this.nextChannel = nextChannel;
    this.previous = new Incoming(previousChannel);
    this.exchanges =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("rank " + rank + " exchanges").factory());
    this.next = new Outgoing(nextChannel, rank, end -> members.blame(following(), "sending", end));
    members.whenFailed(failure -> closeChannels());
    members.live(world, this::checkProgress);
  }

  private int following() {
    return (rank + 1) % world;
  }

  private int preceding() {
    return Math.floorMod(rank - 1, world);
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int world() {
    return world;
  }

  @Override
  public Work reduceScatter(MemorySegment floats, Parts parts) {
    check("reduce-scatter", floats, parts.length(), parts);
    return submit("reduce-scatter", exchange -> exchange.sum(floats, parts, false));
  }

  @Override
  public Work allGather(MemorySegment words, Parts parts) {
    check("all-gather", words, parts.length(), parts);
    return submit("all-gather", exchange -> exchange.copy(words, parts, true));
  }

  @Override
  public Work allReduce(MemorySegment floats) {
    Parts parts = Parts.equal(floats.byteSize() / Float.BYTES, world);
    check("all-reduce", floats, parts.length(), parts);
    return submit(
        "all-reduce",
        exchange -> {
          exchange.sum(floats, parts, true);
          exchange.copy(floats, parts, false);
        });
  }

  @Override
  public Work gather(MemorySegment words, Parts parts) {
    check("gather", words, rank == 0 ? parts.length() : own(parts), parts);
    return submit("gather", exchange -> exchange.gather(words, parts));
  }

  @Override
  public Work scatter(MemorySegment words, Parts parts) {
    check("scatter", words, rank == 0 ? parts.length() : own(parts), parts);
    return submit("scatter", exchange -> exchange.scatter(words, parts));
  }

  private long own(Parts parts) {
    return parts.to(rank) - parts.from(rank);
  }

  private void check(String what, MemorySegment buffer, long words, Parts parts) {
    if (buffer.byteSize() != Float.BYTES * words || parts.world() != world) {
      throw LyceumException.internal(
          "A %s among %d ranks of %d words in parts %s was given %d bytes."
              .formatted(what, world, words, parts, buffer.byteSize()));
    }
  }

  private Work submit(String what, Body body) {
    CompletableFuture<Void> future = new CompletableFuture<>();
    try {
      exchanges.execute(() -> run(what, body, future));
    } catch (RejectedExecutionException e) {
      throw LyceumException.internal(
          "Rank " + rank + " left the group before its " + what + ".", e);
    }
    return new Work(future);
  }

  private void run(String what, Body body, CompletableFuture<Void> future) {
    String name = what + " " + sequence;
    LyceumException failure = members.failure();
    if (failure != null) {
      future.completeExceptionally(failure);
      return;
    }
    long begun = System.nanoTime();
    progressAt = begun;
    current = name;
    try {
      Exchange exchange = new Exchange(sequence++);
      body.run(exchange);
      exchange.awaitSent();
      done.incrementAndGet();
      future.complete(null);
    } catch (IOException e) {
      future.completeExceptionally(members.blame(preceding(), name, e));
    } catch (LyceumException e) {
      members.fail(e);
      future.completeExceptionally(e);
    } finally {
      nanos.addAndGet(System.nanoTime() - begun);
      current = null;
    }
  }

  /** Called with each sign of life. */
  private void checkProgress() {
    String name = current;
    if (name != null && System.nanoTime() - progressAt > patience.exchange().toNanos()) {
      members.fail(
          LyceumException.external(
              "Rank %d of %d waited %d seconds in %s although all ranks are alive; one of them is stuck."
                  .formatted(rank, world, patience.exchange().toSeconds(), name)));
    }
  }

  /** One exchange: what is sent and received in which order. */
  private final class Exchange {
    private final long number;
    private final Semaphore sent = new Semaphore(0);
    private int toSend;
    private final Semaphore passing = new Semaphore(PASSING);

    Exchange(long number) {
      this.number = number;
    }

    /**
     * Part k starts at rank k + 1 and ends, complete, at rank k.
     *
     * @param goOn whether complete stretches are sent on as copies at once
     */
    void sum(MemorySegment buffer, Parts parts, boolean goOn) throws IOException {
      send(Operation.SUM, buffer, parts, preceding());
      for (int step = 1; step < world; step++) {
        int part = Math.floorMod(rank - 1 - step, world);
        boolean complete = part == rank;
        for (long from = parts.from(part); from < parts.to(part); from += ChunkHeader.MOST_WORDS) {
          int count = count(parts, part, from);
          receive(Operation.SUM, from, count);
          previous.addTo(buffer, from, count);
          if (!complete) {
            send(Operation.SUM, from, count, buffer, from);
          } else if (goOn) {
            send(Operation.COPY, from, count, buffer, from);
          }
        }
      }
    }

    /**
     * Part k starts at rank k and goes once around.
     *
     * @param begin whether the own part has yet to be sent
     */
    void copy(MemorySegment buffer, Parts parts, boolean begin) throws IOException {
      if (begin) {
        send(Operation.COPY, buffer, parts, rank);
      }
      for (int step = 1; step < world; step++) {
        int part = Math.floorMod(rank - step, world);
        for (long from = parts.from(part); from < parts.to(part); from += ChunkHeader.MOST_WORDS) {
          int count = count(parts, part, from);
          receive(Operation.COPY, from, count);
          previous.copyTo(buffer, from, count);
          if (step < world - 1) {
            send(Operation.COPY, from, count, buffer, from);
          }
        }
      }
    }

    /** Parts travel towards rank 0 over the last rank, the nearest to it first. */
    void gather(MemorySegment words, Parts parts) throws IOException {
      if (rank > 0) {
        for (long from = parts.from(rank); from < parts.to(rank); from += ChunkHeader.MOST_WORDS) {
          int count = count(parts, rank, from);
          send(Operation.GATHER, from, count, words, from - parts.from(rank));
        }
      }
      for (int part = rank == 0 ? world - 1 : rank - 1; part > 0; part--) {
        for (long from = parts.from(part); from < parts.to(part); from += ChunkHeader.MOST_WORDS) {
          int count = count(parts, part, from);
          receive(Operation.GATHER, from, count);
          if (rank == 0) {
            previous.copyTo(words, from, count);
          } else {
            passOn(Operation.GATHER, from, count);
          }
        }
      }
    }

    /** Parts travel from rank 0 over rank 1, the farthest first. */
    void scatter(MemorySegment words, Parts parts) throws IOException {
      for (int part = world - 1; part >= Math.max(1, rank); part--) {
        for (long from = parts.from(part); from < parts.to(part); from += ChunkHeader.MOST_WORDS) {
          int count = count(parts, part, from);
          if (rank == 0) {
            send(Operation.SCATTER, from, count, words, from);
            continue;
          }
          receive(Operation.SCATTER, from, count);
          if (part == rank) {
            previous.copyTo(words, from - parts.from(rank), count);
          } else {
            passOn(Operation.SCATTER, from, count);
          }
        }
      }
    }

    private static int count(Parts parts, int part, long from) {
      return (int) Math.min(ChunkHeader.MOST_WORDS, parts.to(part) - from);
    }

    private void receive(Operation operation, long offset, int count) throws IOException {
      previous.receive(new ChunkHeader(operation, number, offset, count, 0));
      progressAt = System.nanoTime();
    }

    private void send(Operation operation, MemorySegment buffer, Parts parts, int part) {
      for (long from = parts.from(part); from < parts.to(part); from += ChunkHeader.MOST_WORDS) {
        send(operation, from, count(parts, part, from), buffer, from);
      }
    }

    private void send(
        Operation operation, long offset, int count, MemorySegment buffer, long from) {
      send(operation, offset, count, buffer, from, sent::release);
    }

    private void send(
        Operation operation,
        long offset,
        int count,
        MemorySegment buffer,
        long from,
        Runnable then) {
      toSend++;
      bytesSent.addAndGet((long) Float.BYTES * count);
      next.add(
          new Outgoing.Stretch(
              new ChunkHeader(operation, number, offset, count, 0),
              buffer,
              from,
              () -> {
                progressAt = System.nanoTime();
                then.run();
              }));
    }

    private void passOn(Operation operation, long offset, int count) throws IOException {
      while (!acquired(passing, 1)) {
        breakOffIfFailed();
      }
      MemorySegment copy = MemorySegment.ofArray(new float[count]);
      previous.copyTo(copy, 0, count);
      send(
          operation,
          offset,
          count,
          copy,
          0,
          () -> {
            passing.release();
            sent.release();
          });
    }

    /** Waits until the buffers are free again. */
    void awaitSent() throws IOException {
      while (!acquired(sent, toSend)) {
        breakOffIfFailed();
      }
    }

    private boolean acquired(Semaphore permits, int count) {
      try {
        return permits.tryAcquire(count, 100, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        throw LyceumException.internal("Rank " + rank + " was interrupted in an exchange.", e);
      }
    }

    private void breakOffIfFailed() throws IOException {
      if (members.failure() != null) {
        throw new IOException("the group failed");
      }
    }
  }

  @Override
  public Traffic traffic() {
    return new Traffic(done.get(), bytesSent.get(), nanos.get() / 1e9);
  }

  @Override
  public void abort(String reason) {
    members.fail(
        LyceumException.external("Rank %d of %d stopped: %s".formatted(rank, world, reason)));
    close();
  }

  @Override
  public void close() {
    exchanges.shutdown();
    try {
      // What was asked for is finished; where the group has failed nothing is left to wait for.
      exchanges.awaitTermination(patience.exchange().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    members.close();
    next.close();
    closeChannels();
  }

  private void closeChannels() {
    for (SocketChannel channel : new SocketChannel[] {previousChannel, nextChannel}) {
      try {
        channel.close();
      } catch (IOException e) {
        // Closing is all that was wanted of it.
      }
    }
  }
}
