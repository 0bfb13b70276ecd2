package lyceum.worker;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.Callable;
import lyceum.activities.LocalFiles;
import lyceum.activities.distillation.DistillationActivitiesImpl;
import lyceum.activities.finetuning.FinetuningActivitiesImpl;
import lyceum.activities.pretraining.PretrainingActivitiesImpl;
import lyceum.activities.training.DurableTraining;
import lyceum.activities.training.RankJob;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.connectors.tracking.MlflowTracker;
import lyceum.contracts.Payloads;
import lyceum.contracts.distillation.DistillationActivities;
import lyceum.contracts.finetuning.FinetuningActivities;
import lyceum.contracts.pretraining.PretrainingActivities;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.model.parallel.Patience;
import lyceum.model.parallel.ProcessGroup;
import lyceum.model.parallel.Rendezvous;
import lyceum.model.parallel.RunToken;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Takes part in a training that a worker leads, as another rank. It keeps no checkpoints and speaks
 * to no server but object storage; what to train it learns from rank 0.
 */
@Command(
    name = "lyceum-rank",
    mixinStandardHelpOptions = true,
    description = "Joins a training as one of its ranks. The token is in LYCEUM_RANKS_TOKEN.")
public final class RankMain implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(RankMain.class);
  private static final Duration BETWEEN_TRAININGS = Duration.ofSeconds(2);

  @Option(
      names = "--leader",
      required = true,
      paramLabel = "HOST:PORT",
      description = "Where rank 0 listens.")
  private String leader = "";

  @Option(
      names = "--rank",
      paramLabel = "N",
      description = "Which rank to be; without it, any that is free.")
  private int rank = Rendezvous.ANY_RANK;

  @Option(
      names = "--again",
      description = "After a training, or an attempt at one, wait for the next.")
  private boolean again;

  public static void main(String[] args) {
    System.exit(new CommandLine(new RankMain()).execute(args));
  }

  @Override
  public Integer call() throws InterruptedException {
    Settings settings = Settings.load();
    RunToken token = new RunToken(settings.ranks().token());
    LocalFiles files =
        new LocalFiles(new MinioArtifactStore(settings.storage()), settings.home().resolve("work"));
    while (true) {
      boolean succeeded = trainOnce(settings, files, token);
      if (!again) {
        return succeeded ? 0 : 1;
      }
      Thread.sleep(BETWEEN_TRAININGS);
    }
  }

  private boolean trainOnce(Settings settings, LocalFiles files, RunToken token) {
    try (ProcessGroup group =
        Rendezvous.join(address(), rank, token, Patience.OF_TRAINING, new SecureRandom())) {
      try {
        String text = new String(group.broadcast(new byte[0]), StandardCharsets.UTF_8);
        RankJob job = Payloads.fromJson(text, RankJob.class);
        LOG.info("Rank {} of {}: {}", group.rank(), group.world(), job.stage());
        train(job, group, files, settings);
        return true;
      } catch (LyceumException e) {
        // What is wrong with the request rank 0 finds too, and says it where it is read.
        if (e.category() != ErrorCategory.USER) {
          group.abort(String.valueOf(e.getMessage()));
        }
        throw e;
      } catch (RuntimeException e) {
        group.abort(e.toString());
        throw e;
      }
    } catch (LyceumException e) {
      LOG.error("{}", e.getMessage());
      return false;
    }
  }

  private static void train(RankJob job, ProcessGroup group, LocalFiles files, Settings settings) {
    DurableTraining leading =
        new DurableTraining(
            files, new MlflowTracker(settings.tracking()), new RankProcesses(settings));
    switch (job.stage()) {
      case PRETRAINING ->
          new PretrainingActivitiesImpl(files, leading)
              .takePart(
                  group,
                  Payloads.fromJson(job.request(), PretrainingActivities.TrainRequest.class));
      case FINETUNING ->
          new FinetuningActivitiesImpl(files, leading)
              .takePart(
                  group, Payloads.fromJson(job.request(), FinetuningActivities.TrainRequest.class));
      case DISTILLATION ->
          new DistillationActivitiesImpl(files, leading)
              .takePart(
                  group,
                  Payloads.fromJson(job.request(), DistillationActivities.TrainRequest.class));
      case CORPUS, TOKENIZER, ALIGNMENT, EVALUATION, DEPLOYMENT ->
          throw LyceumException.internal("The stage " + job.stage() + " has no ranks.");
    }
  }

  private InetSocketAddress address() {
    int colon = leader.lastIndexOf(':');
    if (colon < 1 || !leader.substring(colon + 1).matches("[0-9]{1,5}")) {
      throw LyceumException.user("--leader '" + leader + "' is not HOST:PORT.");
    }
    return new InetSocketAddress(
        leader.substring(0, colon), Integer.parseInt(leader.substring(colon + 1)));
  }
}
