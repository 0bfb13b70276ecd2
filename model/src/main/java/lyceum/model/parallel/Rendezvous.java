package lyceum.model.parallel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import lyceum.core.LyceumException;
import lyceum.model.parallel.Handshake.Hello;
import lyceum.model.parallel.Handshake.Purpose;
import lyceum.model.parallel.Handshake.Refusal;

/**
 * Where the ranks of a training meet. Rank 0 opens it, the others come to its address; when all are
 * there, each learns where the next one listens and the ring closes.
 */
public final class Rendezvous implements AutoCloseable {
  /** A rank that takes whatever number is free. */
  public static final int ANY_RANK = Hello.ANY_RANK;

  /** A mistyped number of ranks would be waited for in vain. */
  private static final int LARGEST_WORLD = 1024;

  private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(100);

  private final int world;
  private final RunToken token;
  private final Patience patience;
  private final SecureRandom random;
  private final Listener listener;
  private final Members members;
  private final Map<Integer, Integer> ports = new ConcurrentHashMap<>();
  private final CompletableFuture<Void> everyone = new CompletableFuture<>();
  private final CompletableFuture<SocketChannel> fromLast = new CompletableFuture<>();

  private Rendezvous(
      Listener listener, int world, RunToken token, Patience patience, SecureRandom random) {
    this.listener = listener;
    this.world = world;
    this.token = token;
    this.patience = patience;
    this.random = random;
    this.members = new Members(0, world, patience);
  }

  /**
   * Opens a meeting as rank 0.
   *
   * @param at where to listen; port 0 is any free one
   * @param world ranks in all, rank 0 included
   * @throws LyceumException of category RESOURCE when the address cannot be listened on
   */
  public static Rendezvous open(
      InetSocketAddress at, int world, RunToken token, Patience patience, SecureRandom random) {
    if (world < 1 || world > LARGEST_WORLD) {
      throw LyceumException.user(
          "A training has 1 to " + LARGEST_WORLD + " ranks; it was asked for " + world + ".");
    }
    try {
      Listener listener = new Listener(at, token, random);
      Rendezvous meeting = new Rendezvous(listener, world, token, patience, random);
      listener.start(meeting::admit, meeting::welcome);
      return meeting;
    } catch (IOException e) {
      throw LyceumException.resource(
          "Rank 0 cannot listen on %s: %s. Choose another address or port."
              .formatted(at, e.getMessage()),
          e);
    }
  }

  /** Where the others have to come to. */
  public InetSocketAddress address() {
    return listener.address();
  }

  /** Ranks that are there, rank 0 included. */
  public int present() {
    return members.present() + 1;
  }

  /**
   * Waits for the others.
   *
   * @throws LyceumException of category RESOURCE when they do not come in time
   */
  public ProcessGroup lead() {
    return lead(() -> {});
  }

  /**
   * Waits for the others.
   *
   * @param meanwhile called about ten times a second; may throw to give up
   * @throws LyceumException of category RESOURCE when they do not come in time
   */
  public ProcessGroup lead(Runnable meanwhile) {
    if (world == 1) {
      return ProcessGroup.alone();
    }
    long deadline = System.nanoTime() + patience.join().toNanos();
    if (!arrived(everyone, members, meanwhile, deadline)) {
      LyceumException tooFew =
          LyceumException.resource(
              "Only %d of %d ranks came to %s within %d seconds."
                  .formatted(present(), world, address(), patience.join().toSeconds()));
      members.fail(tooFew);
      throw tooFew;
    }
    members.complete();
    StringBuilder roster = new StringBuilder();
    for (int rank = 1; rank < world; rank++) {
      roster.append(members.host(rank)).append(' ').append(ports.get(rank)).append('\n');
    }
    members.tell(Link.Kind.ROSTER, roster.toString());
    InetSocketAddress first = listening(roster.toString(), 1);
    return ring(0, world, first, fromLast, members, deadline, token, patience, random);
  }

  /**
   * Goes to a meeting and waits until all are there.
   *
   * @param rank to be, or {@link #ANY_RANK}
   * @throws LyceumException of category USER when this rank is not wanted, of category EXTERNAL
   *     when the meeting does not happen
   */
  public static ProcessGroup join(
      InetSocketAddress leader, int rank, RunToken token, Patience patience, SecureRandom random) {
    long deadline = System.nanoTime() + patience.join().toNanos();
    CompletableFuture<SocketChannel> fromPreceding = new CompletableFuture<>();
    try (SocketChannelHolder control = new SocketChannelHolder(connect(leader, deadline));
        Listener listener =
            new Listener(
                new InetSocketAddress(control.channel().socket().getLocalAddress(), 0),
                token,
                random)) {
      int admitted =
          Handshake.connect(
              control.channel().socket(),
              token,
              random,
              new Hello(Purpose.CONTROL, rank, listener.address().getPort()));
      listener.start(
          hello -> admitToRing(hello, admitted - 1, fromPreceding),
          (hello, channel) -> fromPreceding.complete(channel));
      Members members = new Members(admitted, 0, patience);
      members.add(new Link(0, control.release().socket()));
      members.complete();
      if (!arrived(members.roster(), members, () -> {}, deadline)) {
        members.close();
        throw LyceumException.external(
            "Rank %d came to %s, but not all others did within %d seconds."
                .formatted(admitted, leader, patience.join().toSeconds()));
      }
      String roster = members.roster().join();
      int world = (int) roster.lines().count() + 1;
      InetSocketAddress next = admitted + 1 < world ? listening(roster, admitted + 1) : leader;
      return ring(admitted, world, next, fromPreceding, members, deadline, token, patience, random);
    } catch (IOException e) {
      throw LyceumException.external(
          "No rank 0 was met at %s: %s.".formatted(leader, e.getMessage()), e);
    }
  }

  private synchronized int admit(Hello hello) throws Refusal {
    if (hello.purpose() == Purpose.RING) {
      return admitToRing(hello, world - 1, fromLast);
    }
    int rank = hello.rank();
    if (rank == ANY_RANK) {
      rank = 1;
      while (rank < world && members.has(rank)) {
        rank++;
      }
    }
    if (rank < 1 || rank >= world || members.has(rank)) {
      throw new Refusal(
          hello.rank() == ANY_RANK
              ? "all " + world + " ranks are taken"
              : "rank " + hello.rank() + " of " + world + " is taken or does not exist");
    }
    members.expect(rank);
    ports.put(rank, hello.port());
    return rank;
  }

  private static int admitToRing(
      Hello hello, int preceding, CompletableFuture<SocketChannel> expected) throws Refusal {
    if (hello.purpose() != Purpose.RING || hello.rank() != preceding || expected.isDone()) {
      throw new Refusal("the rank before this one is rank " + preceding);
    }
    return preceding;
  }

  private synchronized void welcome(Hello hello, SocketChannel channel) throws IOException {
    if (hello.purpose() == Purpose.RING) {
      fromLast.complete(channel);
      return;
    }
    members.add(new Link(hello.rank(), channel.socket()));
    if (members.present() == world - 1) {
      everyone.complete(null);
    }
  }

  private static InetSocketAddress listening(String roster, int rank) {
    String[] place = roster.split("\n", -1)[rank - 1].split(" ", 2);
    return new InetSocketAddress(place[0], Integer.parseInt(place[1]));
  }

  private static ProcessGroup ring(
      int rank,
      int world,
      InetSocketAddress next,
      CompletableFuture<SocketChannel> previous,
      Members members,
      long deadline,
      RunToken token,
      Patience patience,
      SecureRandom random) {
    try (SocketChannelHolder toNext = new SocketChannelHolder(connect(next, deadline))) {
      Handshake.connect(toNext.channel().socket(), token, random, new Hello(Purpose.RING, rank, 0));
      if (!arrived(previous, members, () -> {}, deadline)) {
        throw LyceumException.external(
            "The rank before rank %d of %d did not come within %d seconds."
                .formatted(rank, world, patience.join().toSeconds()));
      }
      return new RingGroup(rank, world, patience, members, previous.join(), toNext.release());
    } catch (IOException e) {
      members.close();
      throw LyceumException.external(
          "Rank %d of %d did not reach the next rank at %s: %s."
              .formatted(rank, world, next, e.getMessage()),
          e);
    } catch (LyceumException e) {
      members.fail(e);
      members.close();
      throw e;
    }
  }

  /** Connects, again and again until the deadline: the other may not listen yet. */
  private static SocketChannel connect(InetSocketAddress to, long deadline) throws IOException {
    while (true) {
      try {
        SocketChannel channel = SocketChannel.open(to);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return channel;
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        try {
          Thread.sleep(BETWEEN_ATTEMPTS);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw e;
        }
      }
    }
  }

  /** Waits for something until the deadline or until the group fails. */
  private static boolean arrived(
      CompletableFuture<?> awaited, Members members, Runnable meanwhile, long deadline) {
    while (System.nanoTime() < deadline) {
      meanwhile.run();
      LyceumException failure = members.failure();
      if (failure != null) {
        throw failure;
      }
      try {
        awaited.get(BETWEEN_ATTEMPTS.toMillis(), TimeUnit.MILLISECONDS);
        return true;
      } catch (TimeoutException e) {
        // Not yet.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw LyceumException.external("The wait for other ranks was interrupted.", e);
      } catch (ExecutionException e) {
        throw new IllegalStateException("nothing completes it with an exception", e);
      }
    }
    return false;
  }

  /** Turns away whoever comes from now on. The group lives on without it. */
  @Override
  public void close() {
    listener.close();
    if (!everyone.isDone()) {
      members.fail(LyceumException.external("Rank 0 called the training off before it began."));
      members.close();
    }
  }

  /** Closes a channel unless it was given away. */
  private static final class SocketChannelHolder implements AutoCloseable {
    private final SocketChannel channel;
    private boolean released;

    SocketChannelHolder(SocketChannel channel) {
      this.channel = channel;
    }

    SocketChannel channel() {
      return channel;
    }

    SocketChannel release() {
      released = true;
      return channel;
    }

    @Override
    public void close() throws IOException {
      if (!released) {
        channel.close();
      }
    }
  }
}
