package lyceum.model.pretraining;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.Precision;
import lyceum.data.shard.TokenShard;
import lyceum.model.parallel.ProcessGroup;
import lyceum.model.parallel.Ranks;
import lyceum.model.parallel.Rendezvous;
import lyceum.model.training.LearnerFixture.Recorder;
import lyceum.model.training.WeightDigest;

/**
 * A process that joins a training: port, rank, ranks in all, folder of the shards, and how often a
 * training whose loss jumps may go back, or -1 for one whose loss does not. Prints the digest of
 * the weights that it ends with.
 */
final class TrainingRank {
  private TrainingRank() {}

  public static void main(String[] args) {
    Path folder = Path.of(args[3]);
    try (TokenShard train = TokenShard.open(folder.resolve("train"));
        TokenShard validation = TokenShard.open(folder.resolve("validation"));
        ProcessGroup group =
            Rendezvous.join(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])),
                Integer.parseInt(args[1]),
                Ranks.TOKEN,
                Ranks.PATIENCE,
                new SecureRandom())) {
      ComputeSettings compute =
          new ComputeSettings(1, Precision.F32, false, Integer.parseInt(args[2]));
      int rewinds = Integer.parseInt(args[4]);
      Pretraining pretraining =
          rewinds < 0
              ? ParallelPretraining.of(train, validation, compute)
              : ParallelPretraining.spiking(train, validation, compute, rewinds);
      System.out.println(
          WeightDigest.of(pretraining.train(group, Optional.empty(), new Recorder()).weights()));
    }
  }
}
