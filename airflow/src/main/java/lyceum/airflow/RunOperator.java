package lyceum.airflow;

import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import lyceum.contracts.Failures;
import lyceum.contracts.Payloads;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.recipe.Recipe;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Starts a run, or finds the one that an earlier try started, and waits until it ends. Cancels the
 * run when Airflow ends the task (SIGTERM); a task that is killed outright leaves the run going,
 * and the next try finds it by its id.
 */
@Command(
    name = "run-operator",
    description =
        "Starts a run and waits until it ends. Exit code 0: a model is served; 5: the run ended otherwise.",
    sortOptions = false)
public final class RunOperator implements Callable<Integer> {
  static final int ENDED_WELL = 0;
  static final int FAILED = 1;
  static final int REFUSED = 2;
  static final int RUN_ENDED_OTHERWISE = 5;

  /** Airflow waits a minute between SIGTERM and SIGKILL. */
  private static final Duration TIME_TO_CANCEL = Duration.ofSeconds(45);

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  @SuppressWarnings("NullAway.Init") // picocli refuses a call without it
  private What what;

  /** A whole request, or a recipe to make one of. */
  static final class What {
    @Option(names = "--request", paramLabel = "FILE", description = "A lifecycle request as JSON.")
    @Nullable Path request;

    @Option(
        names = "--recipe",
        paramLabel = "FILE",
        description = "A recipe as JSON, from: lyceum recipe show NAME -o json")
    @Nullable Path recipe;
  }

  @Option(
      names = "--run-id",
      description =
          "With --recipe: the run's id. Give the same id in every try of a task, so that a second try finds the run.")
  private String runId = "";

  @Option(
      names = "--requested-by",
      defaultValue = "airflow",
      description = "With --recipe: who starts it (${DEFAULT-VALUE}).")
  private String requestedBy = "airflow";

  @Option(
      names = "--fresh",
      description = "With --recipe: run every stage, even where its result is on hand.")
  private boolean fresh;

  @Option(
      names = "--temporal",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:LYCEUM_TEMPORAL_ADDRESS:-127.0.0.1:7233}",
      description = "Address of the Temporal server (${DEFAULT-VALUE}).")
  private String temporal = "127.0.0.1:7233";

  @Option(
      names = "--namespace",
      defaultValue = "${env:LYCEUM_TEMPORAL_NAMESPACE:-lyceum}",
      description = "Namespace of the runs (${DEFAULT-VALUE}).")
  private String namespace = "lyceum";

  @Option(
      names = "--every",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "Between two lines of progress (${DEFAULT-VALUE}).")
  private int everySeconds = 30;

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new RunOperator()).execute(arguments));
  }

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    LifecycleRequest request;
    try {
      request = request();
    } catch (LyceumException e) {
      err.println(e.getMessage());
      return REFUSED;
    }
    WorkflowServiceStubs service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(temporal).build());
    try {
      WorkflowClient client =
          WorkflowClient.newInstance(
              service,
              WorkflowClientOptions.newBuilder()
                  .setNamespace(namespace)
                  .setDataConverter(Payloads.dataConverter())
                  .build());
      return follow(client, request);
    } catch (LyceumException e) {
      err.println(e.getMessage());
      return e.category() == ErrorCategory.USER ? REFUSED : FAILED;
    } catch (RuntimeException e) {
      err.println(
          "The run "
              + request.runId()
              + " cannot be followed at "
              + temporal
              + ": "
              + Failures.reason(e));
      return FAILED;
    } finally {
      service.shutdownNow();
    }
  }

  private int follow(WorkflowClient client, LifecycleRequest request) {
    PrintWriter out = spec.commandLine().getOut();
    FollowedRun run = FollowedRun.startOrFind(client, request);
    out.println((run.found() ? "Found run " : "Started run ") + run.id());
    out.flush();
    Thread onSigterm =
        new Thread(
            () -> {
              out.println("Cancelling run " + run.id());
              out.println(
                  run.cancel(TIME_TO_CANCEL)
                      ? "Cancelled"
                      : "Still stopping; it goes on without this task");
              out.flush();
            },
            "cancel-run");
    Runtime.getRuntime().addShutdownHook(onSigterm);
    FollowedRun.End end =
        run.await(
            Duration.ofSeconds(everySeconds),
            line -> {
              out.println(line);
              out.flush();
            });
    try {
      Runtime.getRuntime().removeShutdownHook(onSigterm);
    } catch (IllegalStateException e) {
      // The task is being ended; its hook reports.
      return RUN_ENDED_OTHERWISE;
    }
    out.println(end.line());
    out.flush();
    return end.endedWell() ? ENDED_WELL : RUN_ENDED_OTHERWISE;
  }

  private LifecycleRequest request() {
    Path requestFile = what.request;
    if (requestFile != null) {
      return Payloads.fromJson(read(requestFile), LifecycleRequest.class);
    }
    Path recipeFile = what.recipe;
    if (recipeFile == null || runId.isBlank()) {
      throw LyceumException.user("--recipe needs --run-id, such as --run-id nightly-2026-11-21.");
    }
    return new LifecycleRequest(
        runId, Payloads.fromJson(read(recipeFile), Recipe.class), requestedBy, fresh);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw LyceumException.user("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
