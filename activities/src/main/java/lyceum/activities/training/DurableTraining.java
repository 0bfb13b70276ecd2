package lyceum.activities.training;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.activity.ActivityInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import lyceum.activities.LocalFiles;
import lyceum.contracts.Payloads;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.contracts.lifecycle.TrainingRun;
import lyceum.core.ArtifactRef;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelConfig;
import lyceum.core.Tracker;
import lyceum.model.format.ModelDirectory;
import lyceum.model.parallel.ProcessGroup;
import lyceum.model.training.StepReport;
import lyceum.model.training.Trained;
import lyceum.model.training.TrainingListener;
import lyceum.model.training.TrainingState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a training so that a kill at any moment costs at most the steps since the newest checkpoint:
 * resumes from object storage, heartbeats every step, publishes checkpoints, and sends each point
 * of the curves once.
 */
public final class DurableTraining {
  private static final Logger LOG = LoggerFactory.getLogger(DurableTraining.class);

  /** More points than this make a curve no clearer. */
  private static final int CURVE_POINTS = 400;

  /** Metrics that come with each step and are thinned out like the loss. */
  private static final List<String> OF_EVERY_STEP =
      List.of(StepReport.RANKS, StepReport.EXCHANGE_SECONDS);

  private final LocalFiles files;
  private final Tracker tracker;
  private final RankTeams teams;

  public DurableTraining(LocalFiles files, Tracker tracker, RankTeams teams) {
    this.files = files;
    this.tracker = tracker;
    this.teams = teams;
  }

  /** A training that can begin anywhere. */
  @FunctionalInterface
  public interface Resumable<T> {
    T train(Optional<TrainingState> from, TrainingListener listener);
  }

  /** A training that several ranks do together. */
  @FunctionalInterface
  public interface Shared<T> {
    T train(ProcessGroup group, Optional<TrainingState> from, TrainingListener listener);
  }

  /**
   * Trains as rank 0 of as many ranks as are asked for, from the newest valid checkpoint. When one
   * of them dies the others stop, and so does this attempt; the next one brings new ranks together.
   *
   * @param request of the activity, from which the other ranks make the same training
   */
  public <T> T run(TrainingRun run, int ranks, Object request, Shared<T> training) {
    if (ranks == 1) {
      return run(run, (from, listener) -> training.train(ProcessGroup.alone(), from, listener));
    }
    ActivityExecutionContext context = Activity.getExecutionContext();
    StageProgress waiting =
        new StageProgress(run.phase() + ", gathering ranks", 0, 0, Double.NaN, 0, 0);
    try (RankTeams.Team team = teams.assemble(ranks, () -> context.heartbeat(waiting))) {
      ProcessGroup group = team.group();
      try {
        RankJob job = new RankJob(run.stage(), Payloads.toJson(request));
        group.broadcast(Payloads.toJson(job).getBytes(StandardCharsets.UTF_8));
        T trained = run(run, (from, listener) -> training.train(group, from, listener));
        group.close();
        return trained;
      } catch (RuntimeException e) {
        group.abort(String.valueOf(e.getMessage()));
        throw e;
      }
    }
  }

  /**
   * Trains on the calling activity's thread, from the newest valid checkpoint where there is one.
   */
  public <T> T run(TrainingRun run, Resumable<T> training) {
    ActivityExecutionContext context = Activity.getExecutionContext();
    ActivityInfo info = context.getInfo();
    Fence fence = new Fence(info.getCurrentAttemptScheduledTimestamp(), info.getAttempt());
    String prefix =
        "checkpoints/"
            + run.context().runId()
            + "/"
            + run.stage().noun()
            + "-"
            + run.phase().replace(' ', '-')
            + "/"
            + run.key();
    context.heartbeat(new StageProgress(run.phase(), 0, 0, Double.NaN, 0, 0));
    Checkpoints checkpoints = new Checkpoints(files.store(), prefix, fence);
    return files.inScratch(
        scratch -> {
          Optional<CheckpointManifest> newest = checkpoints.newest();
          Optional<TrainingState> from = Optional.empty();
          if (newest.isPresent()) {
            Path file = scratch.resolve("resumed.safetensors");
            files.store().fetch(newest.get().state(), file);
            from = Optional.of(TrainingState.read(file));
            Files.delete(file);
            LOG.info(
                "{} resumes at step {} (attempt {})",
                prefix,
                newest.get().step(),
                info.getAttempt());
            // The attempt before may have died between the manifest and the tracker.
            tracker.logMetrics(run.trackingRunId(), newest.get().metrics());
          }
          long published = newest.map(CheckpointManifest::step).orElse(0L);
          return training.train(from, new Recorder(run, checkpoints, context, scratch, published));
        });
  }

  /** Stores a trained model's files beside the tokenizer it was trained with. */
  public TrainedModel store(
      Trained trained, ModelConfig config, ArtifactRef tokenizer, ArtifactRef tokenizerConfig) {
    return files.inScratch(
        scratch -> {
          Path folder = scratch.resolve("model");
          ModelDirectory.write(
              folder,
              config,
              trained.weights(),
              Files.readString(files.fetch(tokenizer)),
              Files.readString(files.fetch(tokenizerConfig)));
          Map<String, ArtifactRef> stored = new TreeMap<>();
          try (var listing = Files.list(folder)) {
            for (Path file : listing.sorted().toList()) {
              stored.put(file.getFileName().toString(), files.store().put(file));
            }
          }
          return new TrainedModel(
              ModelArtifact.of(stored), trained.steps(), trained.tokens(), trained.finalLoss());
        });
  }

  private final class Recorder implements TrainingListener {
    private final TrainingRun run;
    private final Checkpoints checkpoints;
    private final ActivityExecutionContext context;
    private final Path scratch;
    private final List<Tracker.Metric> pending = new ArrayList<>();
    private StageProgress progress;
    private long publishedStep;

    Recorder(
        TrainingRun run,
        Checkpoints checkpoints,
        ActivityExecutionContext context,
        Path scratch,
        long publishedStep) {
      this.run = run;
      this.checkpoints = checkpoints;
      this.context = context;
      this.scratch = scratch;
      this.publishedStep = publishedStep;
      this.progress =
          new StageProgress(run.phase(), publishedStep, 0, Double.NaN, 0, publishedStep);
    }

    @Override
    public void onMicroBatch(long step, int microBatches, Supplier<TrainingState> state) {
      // A step of many micro-batches may last longer than a heartbeat may be late.
      context.heartbeat(progress);
    }

    @Override
    public void onStep(StepReport report) {
      long every = Math.max(1, report.steps() / CURVE_POINTS);
      long now = System.currentTimeMillis();
      if (report.step() % every == 0 || report.step() == report.steps()) {
        point("loss", report.loss(), report.step(), now);
        point("learning_rate", report.learningRate(), report.step(), now);
        point("gradient_norm", report.gradientNorm(), report.step(), now);
        point("tokens_per_second", report.tokensPerSecond(), report.step(), now);
        point("tokens", report.tokens(), report.step(), now);
        OF_EVERY_STEP.forEach(
            key -> {
              Double value = report.metrics().get(key);
              if (value != null) {
                point(key, value, report.step(), now);
              }
            });
      }
      report
          .metrics()
          .forEach(
              (key, value) -> {
                if (!OF_EVERY_STEP.contains(key)) {
                  point(key, value, report.step(), now);
                }
              });
      // Throws when the activity was cancelled or the worker drains; the training frees what it
      // holds and stops.
      progress =
          new StageProgress(
              phase(report),
              report.step(),
              report.steps(),
              report.loss(),
              report.tokensPerSecond(),
              publishedStep);
      context.heartbeat(progress);
    }

    /** What people see of the phase: with how many ranks, where there are several. */
    private String phase(StepReport report) {
      Double ranks = report.metrics().get(StepReport.RANKS);
      return ranks == null ? run.phase() : "%s on %.0f ranks".formatted(run.phase(), ranks);
    }

    @Override
    public Optional<TrainingState> checkpoint(long step) {
      return checkpoints
          .newest()
          .filter(manifest -> manifest.step() == step)
          .map(
              manifest -> {
                Path file = scratch.resolve("rewound.safetensors");
                files.store().fetch(manifest.state(), file);
                TrainingState state = TrainingState.read(file);
                delete(file);
                return state;
              });
    }

    @Override
    public void onRewind(long step, String why) {
      LOG.warn("{} goes back to step {}: {}", run.phase(), step, why);
      // The points since that checkpoint, none of which was sent, are of steps that come again.
      pending.clear();
      context.heartbeat(progress);
    }

    @Override
    public void onCheckpoint(TrainingState state) {
      Path file = scratch.resolve("state.safetensors");
      state.write(file);
      CheckpointManifest manifest = checkpoints.publish(state.step(), file, pending);
      delete(file);
      publishedStep = state.step();
      tracker.logMetrics(run.trackingRunId(), manifest.metrics());
      pending.clear();
    }

    private static void delete(Path file) {
      try {
        Files.delete(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void point(String key, double value, long step, long now) {
      pending.add(new Tracker.Metric(run.phase().replace(' ', '_') + "/" + key, value, step, now));
    }
  }
}
