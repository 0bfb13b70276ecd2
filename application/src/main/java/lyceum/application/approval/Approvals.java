package lyceum.application.approval;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.run.RunSummary;
import lyceum.application.run.Runs;
import lyceum.contracts.deployment.ApprovalDecision;
import lyceum.contracts.deployment.ApprovalStatus;
import lyceum.contracts.deployment.DeploymentWorkflow;
import lyceum.core.Stage;

/** Decisions about a version that waits to go into production. */
public final class Approvals {
  private static final long MOST = 1_000;

  private final Runs runs;
  private final Cache<Waiting, ApprovalStatus> waiting =
      CacheBuilder.newBuilder().maximumSize(MOST).build();

  /** A run of this id may have been started again after it failed. */
  private record Waiting(String runId, long startedAtMillis) {}

  public Approvals(Runs runs) {
    this.runs = runs;
  }

  /** The one run that waits for a decision. */
  public String waiting() {
    return runs.waitingAt(Stage.DEPLOYMENT, "a decision");
  }

  /** What the decision is about, and how it went where it was made. */
  public ApprovalStatus status(String runId) {
    return runs.ask(deployment(runId)::approval);
  }

  /**
   * What is to be decided in a run that is listed as waiting. While it waits that stays as it is,
   * so it is asked once; {@link #open} asks again before anything is decided.
   */
  public ApprovalStatus waiting(RunSummary run) {
    Waiting key = new Waiting(run.runId(), run.startedAtMillis());
    ApprovalStatus known = waiting.getIfPresent(key);
    if (known == null) {
      known = status(run.runId());
      if (known.waiting()) {
        waiting.put(key, known);
      }
    }
    return known;
  }

  /**
   * What is to be decided.
   *
   * @throws RequestFailure REFUSED when no decision is waited for
   */
  public ApprovalStatus open(String runId) {
    ApprovalStatus status = status(runId);
    if (!status.waiting()) {
      ApprovalDecision made = status.decision();
      throw new RequestFailure(
          Outcome.REFUSED,
          made == null
              ? "The run " + runId + " waits for no decision."
              : "The run "
                  + runId
                  + " was "
                  + (made.approved() ? "approved" : "rejected")
                  + " already, by "
                  + made.decidedBy()
                  + ".");
    }
    return status;
  }

  /** Says yes or no. */
  public void decide(String runId, ApprovalDecision decision) {
    DeploymentWorkflow deployment = deployment(runId);
    runs.update(() -> deployment.decide(decision));
  }

  private DeploymentWorkflow deployment(String runId) {
    return runs.stage(DeploymentWorkflow.class, runId, Stage.DEPLOYMENT);
  }
}
