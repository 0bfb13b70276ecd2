package lyceum.contracts.deployment;

import lyceum.core.LyceumException;

/** A person's decision. */
public record ApprovalDecision(boolean approved, String decidedBy, String reason) {
  public ApprovalDecision {
    if (decidedBy.isBlank()) {
      throw LyceumException.user("A decision needs the name of who decided.");
    }
  }
}
