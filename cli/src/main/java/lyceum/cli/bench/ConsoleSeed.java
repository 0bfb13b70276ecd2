package lyceum.cli.bench;

import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.common.SearchAttributes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import lyceum.application.run.RunQuery;
import lyceum.application.run.RunState;
import lyceum.application.run.Runs;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import lyceum.cli.stack.Server;
import lyceum.cli.stack.Tools;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.contracts.SearchKeys;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.StageState;
import lyceum.core.LyceumException;
import lyceum.core.recipe.Recipe;

/**
 * What the pages are asked about: runs that were really made, runs that wait for people, and as
 * many more as are asked for, of which only what the lists show is there.
 */
final class ConsoleSeed {
  private static final String RECIPE = "smoke";
  private static final int AT_ONCE = 32;

  /** Nobody takes work from it: what is seeded must not begin to run. */
  private static final String NOBODYS_QUEUE = "seeded";

  private final Lyceum lyceum;
  private final TemporalConnection connection;
  private final Runs runs;

  ConsoleSeed(Lyceum lyceum, TemporalConnection connection) {
    this.lyceum = lyceum;
    this.connection = connection;
    this.runs = new Runs(connection);
  }

  /**
   * Real runs.
   *
   * @param done two that ended well
   * @param deciding that wait for a decision
   * @param ranking that wait for rankings
   */
  record Real(List<String> done, List<String> deciding, List<String> ranking) {
    List<String> waiting() {
      List<String> all = new ArrayList<>(deciding);
      all.addAll(ranking);
      return all;
    }
  }

  /** Makes two runs whole, and so many of each kind until they wait for people. */
  Real real(int deciding, int ranking) {
    Random random = new Random(7);
    lyceum.screen().say("Making two runs of " + RECIPE);
    List<String> done = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      String id = runs.start(recipe(List.of()), false, "bench", random);
      RunState state = runs.awaitEnd(id);
      if (state != RunState.DONE) {
        throw LyceumException.internal(
            "The run " + id + " ended as " + state + ": " + runs.view(id).failure());
      }
      done.add(id);
    }
    lyceum.screen().say("Making " + (deciding + ranking) + " runs that wait for people");
    List<String> decided = new ArrayList<>();
    for (int i = 0; i < deciding; i++) {
      decided.add(
          runs.start(recipe(List.of("deployment.approval=PERSON")), false, "bench", random));
    }
    List<String> ranked = new ArrayList<>();
    for (int i = 0; i < ranking; i++) {
      ranked.add(runs.start(recipe(List.of("alignment.rater=PEOPLE")), false, "bench", random));
    }
    Real real = new Real(done, decided, ranked);
    while (runs.count(RunQuery.in(RunState.WAITING)) < deciding + ranking) {
      for (String id : real.waiting()) {
        if (runs.view(id).state().isOver()) {
          throw LyceumException.internal(
              "The run " + id + " does not wait: " + runs.view(id).failure());
        }
      }
      pause();
    }
    return real;
  }

  private Recipe recipe(List<String> overrides) {
    return new RecipeReader(lyceum.install().resolve("recipes")).read(RECIPE, overrides);
  }

  private static void pause() {
    try {
      Thread.sleep(1000);
    } catch (InterruptedException e) {
      throw ConsoleClient.interrupted(e);
    }
  }

  /** Fills both servers with so many runs. */
  void fill(int count) {
    lyceum.screen().say("Seeding " + count + " runs in MLflow");
    Tools tools = new Tools(lyceum.folder(), lyceum.environment());
    Path database = lyceum.folder().data(Server.TRACKING).resolve("mlflow.db");
    try {
      Path python = tools.mlflow(what -> {}).program().toRealPath().resolveSibling("python");
      int status =
          new ProcessBuilder(
                  python.toString(),
                  "-c",
                  MLFLOW,
                  database.toString(),
                  Integer.toString(count),
                  RECIPE)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
      if (status != 0) {
        throw LyceumException.internal("MLflow's database " + database + " could not be seeded.");
      }
    } catch (IOException e) {
      throw LyceumException.resource("MLflow's database cannot be seeded: " + e, e);
    } catch (InterruptedException e) {
      throw ConsoleClient.interrupted(e);
    }
    lyceum.screen().say("Seeding " + count + " runs in Temporal");
    Recipe recipe = recipe(List.of());
    Semaphore turns = new Semaphore(AT_ONCE);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        all.add(
            threads.submit(
                () -> {
                  turns.acquireUninterruptibly();
                  try {
                    ended(connection.client(), recipe, number);
                  } finally {
                    turns.release();
                  }
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw LyceumException.external("Temporal could not be seeded: " + e.getCause(), e);
    } catch (InterruptedException e) {
      throw ConsoleClient.interrupted(e);
    }
  }

  private static void ended(WorkflowClient client, Recipe recipe, int number) {
    String id = seeded(number);
    WorkflowStub stub =
        client.newUntypedWorkflowStub(
            "LifecycleWorkflow",
            WorkflowOptions.newBuilder()
                .setWorkflowId(id)
                .setTaskQueue(NOBODYS_QUEUE)
                .setWorkflowIdConflictPolicy(
                    WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
                .setTypedSearchAttributes(
                    SearchAttributes.newBuilder()
                        .set(SearchKeys.RECIPE, number % 3 == 0 ? RECIPE : "tiny")
                        .set(SearchKeys.MODEL_LINE, "line-" + number % 50)
                        .set(SearchKeys.STATUS, StageState.RUNNING.name())
                        .set(SearchKeys.REQUESTED_BY, "user-" + number % 20)
                        .build())
                .build());
    stub.start(new LifecycleRequest(id, recipe, "user-" + number % 20, false));
    stub.terminate("seeded");
  }

  /** Id of one of them. */
  static String seeded(int number) {
    return String.format(Locale.ROOT, "seeded-%06d", number);
  }

  /**
   * Writes into MLflow's own tables, since its API would take hours: runs in the recipe's own
   * experiment, nine of them a life, each with two curves of twenty points; fifty model lines with
   * twenty versions each.
   */
  private static final String MLFLOW =
      """
      import sqlite3, sys, time
      path, runs, recipe = sys.argv[1], int(sys.argv[2]), sys.argv[3]
      db = sqlite3.connect(path, timeout=60)
      now = int(time.time() * 1000)
      experiment = db.execute("select experiment_id from experiments where name = ?", (recipe,)).fetchone()[0]
      def insert(table, rows):
          columns = [c[1] for c in db.execute(f"pragma table_info({table})")]
          given = [c for c in rows[0] if c in columns]
          db.executemany(f"insert into {table} ({', '.join(given)}) values ({', '.join('?' * len(given))})", [[r[c] for c in given] for r in rows])
      ids = [f"{i:032x}" for i in range(runs)]
      life = lambda n: n - n % 9
      insert("runs", [dict(run_uuid=i, name=f"seeded-{n:06d}", source_type="LOCAL", source_name="", entry_point_name="", user_id="seed", status="FINISHED", start_time=now - n, end_time=now, source_version="", lifecycle_stage="active", artifact_uri="", experiment_id=experiment) for n, i in enumerate(ids)])
      insert("tags", [dict(key="lyceum.run_id", value=f"seeded-{life(n):06d}", run_uuid=i) for n, i in enumerate(ids)])
      insert("tags", [dict(key="mlflow.parentRunId", value=ids[life(n)], run_uuid=i) for n, i in enumerate(ids) if n % 9])
      keys = ("train/loss", "train/tokens_per_second")
      insert("latest_metrics", [dict(key=k, value=1.0, timestamp=now, step=19, is_nan=0, run_uuid=i) for i in ids for k in keys])
      insert("metrics", [dict(key=k, value=1.0 + s, timestamp=now - s, step=s, is_nan=0, run_uuid=i) for i in ids for k in keys for s in range(20)])
      lines = [f"line-{n}" for n in range(50)]
      insert("registered_models", [dict(name=l, creation_time=now, last_updated_time=now, description="", workspace="default") for l in lines])
      insert("model_versions", [dict(name=l, version=v, creation_time=now, last_updated_time=now, description="", user_id="seed", current_stage="None", source="s3://seeded", run_id=ids[v], status="READY", status_message="", run_link="", storage_location="", workspace="default") for l in lines for v in range(1, 21)])
      insert("registered_model_aliases", [dict(name=l, alias=a, version=v, workspace="default") for l in lines for a, v in (("champion", 20), ("previous", 19))])
      db.commit()
      """;
}
