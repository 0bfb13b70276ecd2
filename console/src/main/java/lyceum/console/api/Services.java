package lyceum.console.api;

import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import lyceum.application.approval.Approvals;
import lyceum.application.dataset.Datasets;
import lyceum.application.evaluation.Evaluations;
import lyceum.application.model.ModelLines;
import lyceum.application.model.Promotions;
import lyceum.application.ranking.Rankings;
import lyceum.application.recipe.Door;
import lyceum.application.recipe.Recipes;
import lyceum.application.run.Curves;
import lyceum.application.run.RunCheckpoints;
import lyceum.application.run.RunEfforts;
import lyceum.application.run.Runs;
import lyceum.application.schedule.Schedules;
import lyceum.application.temporal.TemporalConnection;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.connectors.tracking.MlflowRuns;
import lyceum.connectors.tracking.MlflowTracker;

/**
 * What the operations stand on.
 *
 * @param temporalPages address of Temporal's own pages, for links
 */
public record Services(
    Settings settings,
    Optional<URI> temporalPages,
    TemporalConnection temporal,
    MinioArtifactStore store,
    MlflowTracker tracker,
    MlflowRuns tracked,
    Runs runs,
    Curves curves,
    Rankings rankings,
    Approvals approvals,
    Evaluations evaluations,
    Datasets datasets,
    RunCheckpoints checkpoints,
    RunEfforts efforts,
    ModelLines models,
    Promotions promotions,
    Schedules schedules,
    Recipes recipes,
    Door door,
    InstantSource clock) {
  /**
   * The services of an installation.
   *
   * @param recipes folder of the recipes
   */
  public static Services of(
      Settings settings,
      TemporalConnection temporal,
      Path recipes,
      Optional<URI> temporalPages,
      InstantSource clock) {
    MinioArtifactStore store = new MinioArtifactStore(settings.storage());
    MlflowTracker tracker = new MlflowTracker(settings.tracking());
    MlflowRuns tracked = new MlflowRuns(settings.tracking());
    Runs runs = new Runs(temporal);
    return new Services(
        settings,
        temporalPages,
        temporal,
        store,
        tracker,
        tracked,
        runs,
        new Curves(tracked),
        new Rankings(runs, store),
        new Approvals(runs),
        new Evaluations(runs, store),
        new Datasets(store),
        new RunCheckpoints(store),
        new RunEfforts(store),
        new ModelLines(tracker, store),
        new Promotions(temporal),
        new Schedules(temporal, settings.triggersSecret(), clock),
        new Recipes(recipes, settings),
        new Door(settings),
        clock);
  }
}
