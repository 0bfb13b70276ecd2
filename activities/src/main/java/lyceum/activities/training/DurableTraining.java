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
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Supplier;
import lyceum.activities.LocalFiles;
import lyceum.contracts.Payloads;
import lyceum.contracts.lifecycle.Effort;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.contracts.lifecycle.TrainingRun;
import lyceum.core.ArtifactRef;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelConfig;
import lyceum.core.Tracker;
import lyceum.core.plan.MachineMemory;
import lyceum.core.plan.MemoryCheck;
import lyceum.core.plan.Operations;
import lyceum.core.plan.PlannedTraining;
import lyceum.model.format.ModelDirectory;
import lyceum.model.kernel.Kernels;
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
   * @throws LyceumException of category USER or RESOURCE, before anything is learned, when the
   *     memory of this machine does not hold it
   */
  public <T> T run(TrainingRun run, PlannedTraining planned, Object request, Shared<T> training) {
    requireMemory(planned);
    Optional<Pace> pace = Optional.of(Pace.of(planned));
    int ranks = planned.compute().ranks();
    if (ranks == 1) {
      return run(
          run, pace, (from, listener) -> training.train(ProcessGroup.alone(), from, listener));
    }
    ActivityExecutionContext context = Activity.getExecutionContext();
    StageProgress waiting =
        new StageProgress(run.phase() + ", gathering ranks", 0, 0, Double.NaN, 0, 0);
    try (RankTeams.Team team = teams.assemble(ranks, () -> context.heartbeat(waiting))) {
      ProcessGroup group = team.group();
      try {
        RankJob job = new RankJob(run.stage(), Payloads.toJson(request));
        group.broadcast(Payloads.toJson(job).getBytes(StandardCharsets.UTF_8));
        T trained = run(run, pace, (from, listener) -> training.train(group, from, listener));
        group.close();
        return trained;
      } catch (RuntimeException e) {
        group.abort(String.valueOf(e.getMessage()));
        throw e;
      }
    }
  }

  /**
   * What a rate of tokens is as arithmetic.
   *
   * @param peak operations a second that this machine's processor reaches in matrix products of the
   *     training's precision, measured now; empty where nothing can measure it
   */
  private record Pace(double flopsPerToken, OptionalDouble peak) {
    static Pace of(PlannedTraining planned) {
      Optional<Kernels> kernels =
          planned.compute().onGpu() ? Optional.empty() : Kernels.available();
      return new Pace(
          planned.work().flopsPerToken(),
          kernels
              .map(library -> OptionalDouble.of(library.peakFlops(planned.compute().precision())))
              .orElse(OptionalDouble.empty()));
    }
  }

  /** A GPU's memory is not looked at: TensorFlow says when it is too small. */
  private void requireMemory(PlannedTraining planned) {
    if (!planned.compute().onGpu()) {
      MemoryCheck.require(
          planned,
          teams.here(planned.compute().ranks()),
          Kernels.available().isPresent() ? Operations.NATIVE : Operations.STOCK,
          MachineMemory.here(),
          MachineMemory.ofThisProcess());
    }
  }

  /**
   * Trains on the calling activity's thread, from the newest valid checkpoint where there is one.
   */
  public <T> T run(TrainingRun run, Resumable<T> training) {
    return run(run, Optional.empty(), training);
  }

  private <T> T run(TrainingRun run, Optional<Pace> pace, Resumable<T> training) {
    ActivityExecutionContext context = Activity.getExecutionContext();
    ActivityInfo info = context.getInfo();
    Fence fence = new Fence(info.getCurrentAttemptScheduledTimestamp(), info.getAttempt());
    String prefix = prefix(run);
    context.heartbeat(new StageProgress(run.phase(), 0, 0, Double.NaN, 0, 0));
    Checkpoints checkpoints = new Checkpoints(files.store(), prefix, fence);
    EffortLedger ledger =
        new EffortLedger(
            files.store(),
            prefix,
            fence,
            new EnergyMeter(),
            Runtime.getRuntime().availableProcessors());
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
            send(run, newest.get());
          }
          long published = newest.map(CheckpointManifest::step).orElse(0L);
          try {
            return training.train(
                from, new Recorder(run, pace, checkpoints, ledger, context, scratch, published));
          } finally {
            keep(ledger);
          }
        });
  }

  /** What ended the attempt matters more than that its last seconds are not counted. */
  private static void keep(EffortLedger ledger) {
    try {
      ledger.write();
    } catch (LyceumException e) {
      LOG.warn("The effort of this attempt is not written down", e);
    }
  }

  private static String prefix(TrainingRun run) {
    return "checkpoints/"
        + run.context().runId()
        + "/"
        + run.stage().noun()
        + "-"
        + run.phase().replace(' ', '-')
        + "/"
        + run.key();
  }

  private void send(TrainingRun run, CheckpointManifest manifest) {
    tracker.logMetrics(run.trackingRunId(), manifest.metrics());
    for (CheckpointManifest.Sample sample : manifest.samples()) {
      tracker.logArtifact(
          run.trackingRunId(), sample.path(), sample.text().getBytes(StandardCharsets.UTF_8));
    }
  }

  /** What the training has cost, over all its attempts. */
  public Effort effort(TrainingRun run) {
    return EffortLedger.total(files.store(), prefix(run));
  }

  /** Stores a trained model's files beside the tokenizer it was trained with. */
  public TrainedModel store(
      TrainingRun run,
      Trained trained,
      ModelConfig config,
      ArtifactRef tokenizer,
      ArtifactRef tokenizerConfig) {
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
              ModelArtifact.of(stored),
              trained.steps(),
              trained.tokens(),
              trained.finalLoss(),
              effort(run));
        });
  }

  private final class Recorder implements TrainingListener {
    private final TrainingRun run;
    private final Optional<Pace> pace;
    private final Checkpoints checkpoints;
    private final EffortLedger ledger;
    private final ActivityExecutionContext context;
    private final Path scratch;
    private final List<Tracker.Metric> pending = new ArrayList<>();
    private final List<CheckpointManifest.Sample> samples = new ArrayList<>();
    private StageProgress progress;
    private long publishedStep;

    Recorder(
        TrainingRun run,
        Optional<Pace> pace,
        Checkpoints checkpoints,
        EffortLedger ledger,
        ActivityExecutionContext context,
        Path scratch,
        long publishedStep) {
      this.run = run;
      this.pace = pace;
      this.checkpoints = checkpoints;
      this.ledger = ledger;
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
        pace.ifPresent(
            known -> {
              double flops = known.flopsPerToken() * report.tokensPerSecond();
              point("flops_per_second", flops, report.step(), now);
              if (known.peak().isPresent()) {
                point("share_of_peak", flops / known.peak().getAsDouble(), report.step(), now);
              }
            });
        point("memory_bytes", MachineMemory.ofThisProcess(), report.step(), now);
        point("memory_peak_bytes", MachineMemory.peakOfThisProcess(), report.step(), now);
        point("energy_joules", ledger.soFar().joules(), report.step(), now);
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
      if (!report.samples().isEmpty()) {
        String path =
            "samples/%s/step-%08d.txt".formatted(run.phase().replace(' ', '_'), report.step());
        samples.add(
            new CheckpointManifest.Sample(path, String.join("\n\n", report.samples().values())));
      }
      ledger.keep();
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
      samples.clear();
      context.heartbeat(progress);
    }

    @Override
    public void onCheckpoint(TrainingState state) {
      Path file = scratch.resolve("state.safetensors");
      state.write(file);
      CheckpointManifest manifest = checkpoints.publish(state.step(), file, pending, samples);
      delete(file);
      publishedStep = state.step();
      send(run, manifest);
      pending.clear();
      samples.clear();
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
