package lyceum.contracts.deployment;

import java.net.URI;
import java.util.List;
import java.util.SortedMap;
import lyceum.contracts.corpus.CorpusResult;
import org.jspecify.annotations.Nullable;

/**
 * Where a candidate comes from; a pure function of the recipe and of what the stages made, so that
 * the same life has the same lineage whoever ran it and when.
 *
 * @param stageKeys key of every stage before deployment, by the stage's noun
 * @param sources what the text came from, with licences and counts
 * @param rater {@code people} or {@code simulated}
 * @param weights sha256 of the weights of every model made on the way, by the name of what made it
 * @param parent the model that pretraining went on from; {@code null} where it began from random
 *     weights
 */
public record Lineage(
    String recipe,
    long seed,
    SortedMap<String, String> stageKeys,
    List<CorpusResult.SourceCount> sources,
    long documentsKept,
    long trainTokens,
    String rater,
    SortedMap<String, String> weights,
    @Nullable Parent parent) {
  /**
   * A model made elsewhere.
   *
   * @param digest over its files as they were fetched
   * @param licence SPDX identifier
   */
  public record Parent(String name, URI uri, String licence, String digest) {}
}
