package lyceum.model.parallel;

import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;

/** A process that joins a group and adds numbers until it dies. */
final class SummingRank {
  private SummingRank() {}

  public static void main(String[] args) {
    InetSocketAddress leader =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
    int rank = Integer.parseInt(args[1]);
    try (ProcessGroup group =
        Rendezvous.join(leader, rank, Ranks.TOKEN, Ranks.PATIENCE, new SecureRandom())) {
      float[] numbers = new float[1_000_000];
      while (true) {
        group.allReduce(MemorySegment.ofArray(numbers)).await();
      }
    }
  }
}
