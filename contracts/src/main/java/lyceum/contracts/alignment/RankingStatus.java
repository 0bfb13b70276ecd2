package lyceum.contracts.alignment;

import java.util.List;
import lyceum.core.ArtifactRef;
import org.jspecify.annotations.Nullable;

/**
 * Where the ranking stands.
 *
 * @param open whether rankings are taken now
 * @param pairs JSON lines of the pairs, {@code null} before they are sampled
 * @param pairCount how many pairs there are
 * @param ranked how many distinct pairs are ranked
 * @param needed how many must be ranked before the stage goes on
 * @param rankedPairs their numbers, ascending
 */
public record RankingStatus(
    boolean open,
    @Nullable ArtifactRef pairs,
    int pairCount,
    int ranked,
    int needed,
    long deadlineMillis,
    List<Integer> rankedPairs) {}
