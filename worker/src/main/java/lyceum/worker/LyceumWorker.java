package lyceum.worker;

import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.common.VersioningBehavior;
import io.temporal.common.WorkerDeploymentVersion;
import io.temporal.common.interceptors.WorkerInterceptor;
import io.temporal.common.interceptors.WorkflowClientInterceptor;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerDeploymentOptions;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerFactoryOptions;
import io.temporal.worker.WorkerOptions;
import io.temporal.worker.WorkflowImplementationOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import lyceum.activities.CategorizedFailures;
import lyceum.activities.LocalFiles;
import lyceum.activities.alignment.AlignmentActivitiesImpl;
import lyceum.activities.corpus.CorpusActivitiesImpl;
import lyceum.activities.curation.CurationActivitiesImpl;
import lyceum.activities.deployment.DeploymentActivitiesImpl;
import lyceum.activities.distillation.DistillationActivitiesImpl;
import lyceum.activities.evaluation.EvaluationActivitiesImpl;
import lyceum.activities.finetuning.FinetuningActivitiesImpl;
import lyceum.activities.lifecycle.StageRecordsImpl;
import lyceum.activities.notification.NotificationActivitiesImpl;
import lyceum.activities.pretraining.PretrainingActivitiesImpl;
import lyceum.activities.schedule.ScheduleActivitiesImpl;
import lyceum.activities.tokenizer.TokenizerActivitiesImpl;
import lyceum.activities.training.DurableTraining;
import lyceum.connectors.catalogue.SourceCatalogue;
import lyceum.connectors.notification.Notifiers;
import lyceum.connectors.serving.HttpModelServer;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.connectors.tracking.MlflowTracker;
import lyceum.contracts.Payloads;
import lyceum.contracts.schedule.ScheduleBell;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.ModelServer;
import lyceum.core.Tracker;
import lyceum.core.signing.ModelSignatures;
import lyceum.telemetry.Telemetry;
import lyceum.telemetry.temporal.TemporalTracing;
import lyceum.worker.metrics.WorkerMetrics;
import lyceum.workflows.Workflows;

/** One process that serves every task queue, or those that it is told to. */
public final class LyceumWorker {
  /**
   * A killed worker's step is tried again when its heartbeat is missed, and what the server then
   * knows of its progress is at most this old; the SDK's default would hold heartbeats back for a
   * minute.
   */
  private static final Duration HEARTBEAT_THROTTLE = Duration.ofSeconds(1);

  /** What Temporal calls all builds together. */
  private static final String DEPLOYMENT = "lyceum";

  /** Several times within the heartbeat time-out of calls to servers. */
  private static final Duration ALIVE = Duration.ofSeconds(4);

  private final WorkerFactory factory;
  private final WorkflowServiceStubs service;
  private final Telemetry telemetry;
  private final WorkerMetrics metrics;

  private LyceumWorker(
      WorkerFactory factory,
      WorkflowServiceStubs service,
      Telemetry telemetry,
      WorkerMetrics metrics) {
    this.factory = factory;
    this.service = service;
    this.telemetry = telemetry;
    this.metrics = metrics;
  }

  /**
   * Connects to every server and begins to poll these queues.
   *
   * @param buildId under which runs are pinned to this worker's workflow code; empty pins none
   */
  public static LyceumWorker start(Settings settings, Set<Queue> queues, String buildId) {
    ArtifactStore store = new MinioArtifactStore(settings.storage());
    Tracker tracker = new MlflowTracker(settings.tracking());
    LocalFiles files = new LocalFiles(store, settings.home().resolve("work"));
    ModelSignatures signatures =
        new ModelSignatures(
            store, settings.signing().signingKey(), settings.signing().trustedKeys());
    ModelServer server =
        new HttpModelServer(
            settings,
            model -> {
              Path folder = files.fetch(model);
              signatures.place(model, folder);
              return folder;
            });
    SourceCatalogue catalogue = new SourceCatalogue(settings);
    DurableTraining training = new DurableTraining(files, tracker, new RankProcesses(settings));

    Telemetry telemetry = Telemetry.of("lyceum-worker", System.getenv());
    WorkerMetrics metrics = new WorkerMetrics(settings.home(), Clock.systemUTC());
    if (!settings.metricsListen().isEmpty()) {
      metrics.listen(settings.metricsListen());
    }
    WorkflowServiceStubs service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder()
                .setTarget(settings.temporalAddress())
                .setMetricsScope(metrics.scope())
                .build());
    WorkflowClient client =
        WorkflowClient.newInstance(
            service,
            WorkflowClientOptions.newBuilder()
                .setNamespace(settings.temporalNamespace())
                .setDataConverter(Payloads.dataConverter())
                .setInterceptors(
                    TemporalTracing.client(telemetry).toArray(WorkflowClientInterceptor[]::new))
                .build());
    List<WorkerInterceptor> interceptors =
        new ArrayList<>(
            List.of(new CategorizedFailures(), metrics.activities(), new Liveness(ALIVE)));
    interceptors.addAll(TemporalTracing.worker(telemetry));
    WorkerFactory factory =
        WorkerFactory.newInstance(
            client,
            WorkerFactoryOptions.newBuilder()
                .setWorkerInterceptors(interceptors.toArray(WorkerInterceptor[]::new))
                .setUsingVirtualWorkflowThreads(true)
                .build());

    if (queues.contains(Queue.WORKFLOWS)) {
      Worker workflows =
          factory.newWorker(Queue.WORKFLOWS.taskQueue(), versioned(options(1), buildId));
      workflows.registerWorkflowImplementationTypes(
          WorkflowImplementationOptions.newBuilder()
              // A defect in orchestration ends the run with its message; the default would retry
              // the task in silence for ever.
              .setFailWorkflowExceptionTypes(LyceumException.class)
              .build(),
          Workflows.implementations());
    }
    if (queues.contains(Queue.CONTROL)) {
      Worker control = factory.newWorker(Queue.CONTROL.taskQueue(), options(8));
      control.registerActivitiesImplementations(
          new StageRecordsImpl(store, tracker, server, signatures, Clock.systemUTC()),
          new DeploymentActivitiesImpl(store, tracker, server, signatures),
          new NotificationActivitiesImpl(new Notifiers(settings.notifications())),
          new ScheduleActivitiesImpl(new ScheduleBell(service, settings.temporalNamespace())));
    }
    if (queues.contains(Queue.DATA)) {
      Worker data =
          factory.newWorker(
              Queue.DATA.taskQueue(),
              options(Math.max(2, Runtime.getRuntime().availableProcessors())));
      data.registerActivitiesImplementations(
          new CorpusActivitiesImpl(files, catalogue::fetch),
          new TokenizerActivitiesImpl(files, catalogue::fetch),
          new CurationActivitiesImpl(store));
    }
    if (queues.contains(Queue.LEARNING)) {
      // Training uses every core, so two at once would only slow each other down.
      Worker learning = factory.newWorker(Queue.LEARNING.taskQueue(), options(1));
      learning.registerActivitiesImplementations(
          new PretrainingActivitiesImpl(files, training),
          new FinetuningActivitiesImpl(files, training),
          new AlignmentActivitiesImpl(files, training),
          new EvaluationActivitiesImpl(files),
          new DistillationActivitiesImpl(files, training));
    }

    factory.start();
    return new LyceumWorker(factory, service, telemetry, metrics);
  }

  /**
   * Takes no more work, tells running activities to stop at their next heartbeat, and waits for
   * them.
   */
  public void drain(Duration patience) {
    factory.shutdown();
    factory.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS);
    service.shutdown();
    telemetry.close();
    metrics.close();
  }

  /**
   * Workflow code alone is versioned. Activities are the same for every build, which lets one
   * machine with a GPU serve the runs of all of them.
   */
  private static WorkerOptions versioned(WorkerOptions options, String buildId) {
    if (buildId.isEmpty()) {
      return options;
    }
    return WorkerOptions.newBuilder(options)
        .setDeploymentOptions(
            WorkerDeploymentOptions.newBuilder()
                .setUseVersioning(true)
                .setVersion(new WorkerDeploymentVersion(DEPLOYMENT, buildId))
                // Every workflow of Lyceum ends, so that no build has to stay for ever.
                .setDefaultVersioningBehavior(VersioningBehavior.PINNED)
                .build())
        .build();
  }

  private static WorkerOptions options(int activities) {
    return WorkerOptions.newBuilder()
        .setMaxConcurrentActivityExecutionSize(activities)
        .setMaxHeartbeatThrottleInterval(HEARTBEAT_THROTTLE)
        .setDefaultHeartbeatThrottleInterval(HEARTBEAT_THROTTLE)
        // On a loaded two-core machine a workflow task may wait for the processor longer than the
        // default second.
        .setDefaultDeadlockDetectionTimeout(10_000)
        .build();
  }
}
