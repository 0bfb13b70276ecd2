package lyceum.contracts.deployment;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a decision is waited for, and what it would be about.
 *
 * @param comparison with the model that serves now; {@code null} where there is none
 * @param requestedBy who started the run
 * @param fourEyes whether that person is kept from approving
 */
public record ApprovalStatus(
    boolean waiting,
    long deadlineMillis,
    int candidateVersion,
    List<GateOutcome> gates,
    @Nullable ApprovalDecision decision,
    @Nullable ChampionComparison comparison,
    @Nullable String requestedBy,
    boolean fourEyes) {}
