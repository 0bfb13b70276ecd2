package lyceum.contracts.deployment;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What speaks for a candidate and what against it.
 *
 * @param gates bounds on its own scores
 * @param champion the version that served when it was judged, 0 for none
 * @param comparison with that version; {@code null} where there was none, or none is asked for
 */
public record Judgement(
    List<GateOutcome> gates, int champion, @Nullable ChampionComparison comparison) {}
