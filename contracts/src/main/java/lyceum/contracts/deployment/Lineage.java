package lyceum.contracts.deployment;

import java.util.List;
import java.util.SortedMap;
import lyceum.contracts.corpus.CorpusResult;

/**
 * Where a candidate comes from; a pure function of the recipe and of what the stages made, so that
 * the same life has the same lineage whoever ran it and when.
 *
 * @param stageKeys key of every stage before deployment, by the stage's noun
 * @param sources what the text came from, with licences and counts
 * @param rater {@code people} or {@code simulated}
 * @param weights sha256 of the weights of every model made on the way, by the name of what made it
 */
public record Lineage(
    String recipe,
    long seed,
    SortedMap<String, String> stageKeys,
    List<CorpusResult.SourceCount> sources,
    long documentsKept,
    long trainTokens,
    String rater,
    SortedMap<String, String> weights) {}
