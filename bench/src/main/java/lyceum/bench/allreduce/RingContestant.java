package lyceum.bench.allreduce;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import lyceum.core.LyceumException;
import lyceum.model.parallel.Patience;
import lyceum.model.parallel.ProcessGroup;
import lyceum.model.parallel.Rendezvous;
import lyceum.model.parallel.RunToken;

/** Our side: rank 0 of a ring, or another rank where arguments name the meeting. */
final class RingContestant {
  private RingContestant() {}

  public static void main(String[] args) throws IOException {
    if (args.length > 0) {
      follow(Integer.parseInt(args[0]), new RunToken(args[1]), Integer.parseInt(args[2]));
      return;
    }
    Rounds rounds = new Rounds();
    RunToken token = RunToken.random(new SecureRandom());
    List<Process> others = new ArrayList<>();
    try (Rendezvous meeting =
        Rendezvous.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            rounds.ranks(),
            token,
            Patience.OF_TRAINING,
            new SecureRandom())) {
      for (int rank = 1; rank < rounds.ranks(); rank++) {
        others.add(
            Rounds.start(
                RingContestant.class,
                List.of(
                    Integer.toString(meeting.address().getPort()),
                    token.hex(),
                    Integer.toString(rounds.words()))));
      }
      try (ProcessGroup group = meeting.lead()) {
        MemorySegment buffer = MemorySegment.ofArray(new float[rounds.words()]);
        rounds.serve("Lyceum's ring", System.out, () -> group.allReduce(buffer).await());
      }
    } finally {
      Rounds.end(others);
    }
  }

  /** Adds for as long as rank 0 does. */
  private static void follow(int port, RunToken token, int words) {
    try (ProcessGroup group =
        Rendezvous.join(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
            Rendezvous.ANY_RANK,
            token,
            Patience.OF_TRAINING,
            new SecureRandom())) {
      MemorySegment buffer = MemorySegment.ofArray(new float[words]);
      while (true) {
        group.allReduce(buffer).await();
      }
    } catch (LyceumException e) {
      // Rank 0 has left.
    }
  }
}
