package lyceum.contracts.deployment;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether a decision is waited for, and what it would be about. */
public record ApprovalStatus(
    boolean waiting,
    long deadlineMillis,
    int candidateVersion,
    List<GateOutcome> gates,
    @Nullable ApprovalDecision decision) {}
