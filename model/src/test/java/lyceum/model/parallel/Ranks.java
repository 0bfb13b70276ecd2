package lyceum.model.parallel;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Ranks as threads of one process, with real connections on loopback. */
public final class Ranks {
  public static final RunToken TOKEN = new RunToken("ab".repeat(32));

  public static final Patience PATIENCE =
      new Patience(
          Duration.ofSeconds(30),
          Duration.ofMillis(200),
          Duration.ofSeconds(2),
          Duration.ofSeconds(20));

  private Ranks() {}

  static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  static SecureRandom random() {
    return new SecureRandom();
  }

  /** A meeting on loopback. */
  public static Rendezvous meeting(int world) {
    return Rendezvous.open(anyPort(), world, TOKEN, PATIENCE, random());
  }

  /** Runs the same thing on each rank and returns what each rank's run gave, in rank order. */
  public static <T> List<T> each(int world, Function<ProcessGroup, T> body) {
    try (Rendezvous meeting = meeting(world)) {
      return each(meeting, IntStream.range(0, world).boxed().toList(), body);
    }
  }

  /** Runs the same thing on some of the ranks; the others are elsewhere. */
  static <T> List<T> each(Rendezvous meeting, List<Integer> ranks, Function<ProcessGroup, T> body) {
    try (ExecutorService threads =
        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      List<Future<T>> results = new ArrayList<>();
      for (int rank : ranks) {
        results.add(
            threads.submit(
                () ->
                    in(
                        rank == 0
                            ? meeting.lead()
                            : Rendezvous.join(meeting.address(), rank, TOKEN, PATIENCE, random()),
                        body)));
      }
      List<T> values = new ArrayList<>();
      for (Future<T> result : results) {
        values.add(result.get());
      }
      return values;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException failure
          ? failure
          : new IllegalStateException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static <T> T in(ProcessGroup group, Function<ProcessGroup, T> body) {
    try {
      T result = body.apply(group);
      group.close();
      return result;
    } catch (RuntimeException e) {
      group.abort(e.toString());
      throw e;
    }
  }
}
