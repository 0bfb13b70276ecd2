package lyceum.workflows.deployment;

import io.temporal.workflow.Workflow;
import lyceum.contracts.deployment.AuditEntry;
import lyceum.contracts.deployment.AuditEntry.Action;
import lyceum.contracts.deployment.DeploymentActivities;
import lyceum.contracts.deployment.Judgement;
import lyceum.workflows.stage.ActivityProfiles;
import lyceum.workflows.stage.Attempts;
import org.jspecify.annotations.Nullable;

/** Writes what this execution does with a model line into the line's audit log. */
final class AuditLog {
  private final String modelLine;
  private final @Nullable String runId;
  private final @Nullable Judgement judgement;
  private int place;

  AuditLog(String modelLine, @Nullable String runId, @Nullable Judgement judgement) {
    this.modelLine = modelLine;
    this.runId = runId;
    this.judgement = judgement;
  }

  /** An entry of now. */
  AuditEntry entry(Action action, int from, int to, String by, String reason) {
    long now = Workflow.currentTimeMillis();
    String execution = Workflow.getInfo().getRunId();
    return new AuditEntry(
        AuditEntry.name(now, place++, execution),
        now,
        action,
        modelLine,
        from,
        to,
        by,
        reason,
        execution,
        runId,
        judgement);
  }

  /** Writes an entry of now. */
  void write(Action action, int from, int to, String by, String reason) {
    AuditEntry entry = entry(action, from, to, by, reason);
    DeploymentActivities activities =
        Workflow.newActivityStub(
            DeploymentActivities.class,
            ActivityProfiles.control("Note in the log of " + modelLine + ": " + action));
    Attempts.of(
        () -> {
          activities.record(entry);
          return true;
        });
  }
}
