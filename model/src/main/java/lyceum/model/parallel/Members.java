package lyceum.model.parallel;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * Who is alive, seen from one rank: rank 0 has a link to every other rank, the others have one to
 * rank 0. What goes wrong anywhere comes to rank 0, which tells everyone, so that all ranks fail
 * with the same words.
 */
final class Members implements AutoCloseable {
  private static final Duration ADMISSION = Duration.ofSeconds(10);

  private final int rank;
  private final Patience patience;
  private final Map<Integer, Long> expectedUntil = new ConcurrentHashMap<>();
  private final Map<Integer, Link> links = new ConcurrentSkipListMap<>();
  private final AtomicBoolean failing = new AtomicBoolean();
  private final CompletableFuture<LyceumException> failed = new CompletableFuture<>();
  private final CompletableFuture<String> roster = new CompletableFuture<>();
  private volatile int world;
  private volatile boolean complete;
  private volatile boolean closed;
  private @Nullable Thread pulse;

  /**
   * @param world 0 where rank 0 has yet to tell
   */
  Members(int rank, int world, Patience patience) {
    this.rank = rank;
    this.world = world;
    this.patience = patience;
  }

  /** Keeps a place for a rank that is being admitted, for as long as that can take. */
  void expect(int other) {
    expectedUntil.put(other, System.nanoTime() + ADMISSION.toNanos());
  }

  /** Listens to a rank from now on. */
  void add(Link link) {
    links.put(link.peer(), link);
    expectedUntil.remove(link.peer());
    link.listen(message -> hear(link, message), end -> ended(link, end));
  }

  boolean has(int other) {
    return links.containsKey(other)
        || expectedUntil.getOrDefault(other, Long.MIN_VALUE) > System.nanoTime();
  }

  int present() {
    return links.size();
  }

  /** The host that a rank was admitted from. */
  String host(int other) {
    Link link = links.get(other);
    if (link == null) {
      throw LyceumException.external("Rank " + other + " went away before the training began.");
    }
    return link.host();
  }

  /** Says something to everyone there is a link to. */
  void tell(Link.Kind kind, String text) {
    links.values().forEach(link -> say(link, kind, text));
  }

  private static void say(Link link, Link.Kind kind, String text) {
    try {
      link.say(kind, text);
    } catch (IOException e) {
      // Whoever listens on the link learns how it ended, after the last words that came over it.
    }
  }

  /** Where everyone listens, once rank 0 has told. */
  CompletableFuture<String> roster() {
    return roster;
  }

  /** From now on a rank that goes away is missed. */
  void complete() {
    complete = true;
  }

  /** Begins to give and expect signs of life. */
  void live(int size, Runnable check) {
    world = size;
    pulse =
        Thread.ofVirtual()
            .name("signs of life of rank " + rank)
            .start(
                () -> {
                  while (!closed && !failed.isDone()) {
                    links.values().forEach(this::keepAlive);
                    check.run();
                    try {
                      Thread.sleep(patience.heartbeat());
                    } catch (InterruptedException e) {
                      return;
                    }
                  }
                });
  }

  private void keepAlive(Link link) {
    if (link.saidGoodbye()) {
      return;
    }
    say(link, Link.Kind.ALIVE, "");
    if (link.silence() > patience.silence().toNanos()) {
      fail(
          LyceumException.external(
              "%s is gone: no sign of life for %d seconds."
                  .formatted(name(link.peer()), patience.silence().toSeconds())));
    }
  }

  private void hear(Link link, Link.Message message) {
    switch (message.kind()) {
      case ABORT -> fail(LyceumException.external(message.text()));
      case ROSTER -> roster.complete(message.text());
      case ALIVE, GOODBYE -> {}
    }
  }

  private void ended(Link link, IOException end) {
    if (closed || link.saidGoodbye()) {
      return;
    }
    if (complete) {
      fail(
          LyceumException.external(
              "%s is gone: its connection ended (%s).".formatted(name(link.peer()), reason(end))));
    } else {
      // Another may come in its place.
      links.remove(link.peer(), link);
      link.close();
    }
  }

  private static String reason(IOException end) {
    return end.getMessage() == null ? "end of stream" : end.getMessage();
  }

  /** A rank as messages call it. */
  String name(int other) {
    Link link = links.get(other);
    return "Rank %d%s%s"
        .formatted(
            other, world > 0 ? " of " + world : "", link == null ? "" : " at " + link.address());
  }

  /** Fails this rank and, through rank 0, all others. The first failure is the one that counts. */
  void fail(LyceumException failure) {
    if (!failing.compareAndSet(false, true)) {
      return;
    }
    // Told before anyone here hears of it: who hears of it may leave, and the others would be told
    // of that instead.
    tell(Link.Kind.ABORT, shortened(String.valueOf(failure.getMessage())));
    failed.complete(failure);
  }

  private static String shortened(String text) {
    return text.length() < 4096 ? text : text.substring(0, 4096);
  }

  /** Runs once, when the group has failed. */
  void whenFailed(Consumer<LyceumException> then) {
    failed.thenAccept(then);
  }

  /** The failure, where there is one. */
  @Nullable LyceumException failure() {
    return failed.getNow(null);
  }

  /**
   * Why an exchange broke off. A neighbour's connection ends when the neighbour died, but also when
   * the neighbour only learned of another's death, so the links get a moment to tell whose it was.
   */
  LyceumException blame(int neighbour, String exchange, IOException end) {
    try {
      return failed.get(2, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // Nobody is known to be gone: it is the connection itself.
    }
    LyceumException failure =
        LyceumException.external(
            "The connection to %s ended during %s (%s)."
                .formatted(name(neighbour), exchange, reason(end)),
            end);
    fail(failure);
    return failure;
  }

  @Override
  public void close() {
    closed = true;
    if (pulse != null) {
      pulse.interrupt();
    }
    if (failing.get()) {
      failed.join();
    } else {
      tell(Link.Kind.GOODBYE, "");
    }
    links.values().forEach(Link::close);
  }
}
