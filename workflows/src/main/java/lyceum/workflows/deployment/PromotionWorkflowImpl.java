package lyceum.workflows.deployment;

import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Workflow;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import lyceum.contracts.Failures;
import lyceum.contracts.deployment.DeploymentActivities;
import lyceum.contracts.deployment.DeploymentActivities.MoveAliasRequest;
import lyceum.contracts.deployment.DeploymentActivities.ServeRequest;
import lyceum.contracts.deployment.DeploymentActivities.SmokeRequest;
import lyceum.contracts.deployment.DeploymentResult.SmokeAnswer;
import lyceum.contracts.deployment.PromotionWorkflow;
import lyceum.core.ErrorCategory;
import lyceum.workflows.stage.ActivityProfiles;
import lyceum.workflows.stage.Attempts;

/**
 * Serves the version, asks it, moves the alias; a step that fails undoes those before it (a saga).
 */
public final class PromotionWorkflowImpl implements PromotionWorkflow {
  private final Deque<Runnable> undo = new ArrayDeque<>();

  @Override
  public PromotionResult run(PromotionRequest request) {
    String line = request.modelLine();
    int version = request.version();
    int previous = Attempts.of(() -> control("Look up the champion of " + line).champion(line));
    try {
      // Each undo is registered before its do: a step that failed half-way is undone as well.
      undo.push(() -> serveAgain(line, previous));
      details("Starting the server on version " + version);
      URI endpoint =
          Attempts.of(
              () -> serving("Serve version " + version).serve(new ServeRequest(line, version)));
      details("Asking version " + version);
      List<SmokeAnswer> answers =
          Attempts.of(
              () ->
                  serving("Ask version " + version)
                      .smoke(new SmokeRequest(endpoint, line, version, request.smokePrompts())));
      if (previous != version) {
        undo.push(() -> moveBack(request, previous));
        Attempts.of(
            () -> {
              control("Point champion at version " + version)
                  .moveAlias(
                      new MoveAliasRequest(
                          line, version, previous, request.requestedBy(), request.reason()));
              return true;
            });
      }
      details("Version " + version + " serves");
      return new PromotionResult(version, previous, endpoint, answers);
    } catch (TemporalFailure e) {
      Workflow.newDetachedCancellationScope(this::undoAll).run();
      String outcome =
          "Version "
              + version
              + " of "
              + line
              + " was not promoted: "
              + Failures.reason(e)
              + (previous == 0
                  ? ". There is no earlier version to go back to."
                  : ". Version " + previous + " serves again.");
      details(outcome);
      if (Failures.isCancellation(e)) {
        throw new CanceledFailure(outcome);
      }
      throw ApplicationFailure.newBuilder()
          .setMessage(outcome)
          .setType(Failures.category(e).orElse(ErrorCategory.INTERNAL).name())
          .setNonRetryable(true)
          .setCause(e)
          .build();
    }
  }

  private void undoAll() {
    while (!undo.isEmpty()) {
      undo.pop().run();
    }
  }

  private void serveAgain(String line, int previous) {
    if (previous != 0) {
      Attempts.of(
          () ->
              restoring("Serve version " + previous + " again")
                  .serve(new ServeRequest(line, previous)));
    }
  }

  /** The alias may have moved although the call failed. */
  private void moveBack(PromotionRequest request, int previous) {
    String line = request.modelLine();
    int champion = Attempts.of(() -> control("Look up the champion of " + line).champion(line));
    if (champion == request.version() && previous != 0) {
      Attempts.of(
          () -> {
            control("Point champion back at version " + previous)
                // 0: the version that failed must not become the one to roll back to.
                .moveAlias(
                    new MoveAliasRequest(
                        line, previous, 0, request.requestedBy(), "the promotion failed"));
            return true;
          });
    }
  }

  private static DeploymentActivities control(String summary) {
    return Workflow.newActivityStub(DeploymentActivities.class, ActivityProfiles.control(summary));
  }

  private static DeploymentActivities serving(String summary) {
    return Workflow.newActivityStub(DeploymentActivities.class, ActivityProfiles.serving(summary));
  }

  private static DeploymentActivities restoring(String summary) {
    return Workflow.newActivityStub(
        DeploymentActivities.class, ActivityProfiles.restoring(summary));
  }

  private static void details(String text) {
    Workflow.setCurrentDetails(text);
  }
}
