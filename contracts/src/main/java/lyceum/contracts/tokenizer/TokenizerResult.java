package lyceum.contracts.tokenizer;

import lyceum.core.ArtifactRef;
import org.jspecify.annotations.Nullable;

/**
 * A vocabulary and the corpus in its ids.
 *
 * @param tokenizer {@code tokenizer.json}
 * @param tokenizerConfig {@code tokenizer_config.json} with the chat template
 * @param trainTokens token shard of the training documents
 * @param validationTokens token shard of the held-out documents
 * @param validationBytes UTF-8 bytes of the held-out text, the denominator of bits per byte
 * @param bytesPerToken compression on the held-out text
 * @param parent the model that the tokenizer was adopted from and pretraining goes on from; {@code
 *     null} where the tokenizer was learned here
 */
public record TokenizerResult(
    ArtifactRef tokenizer,
    ArtifactRef tokenizerConfig,
    ArtifactRef trainTokens,
    ArtifactRef validationTokens,
    int vocabularySize,
    long trainTokenCount,
    long validationTokenCount,
    long validationBytes,
    double bytesPerToken,
    @Nullable ParentModel parent) {
  /** The same with the model that the tokenizer was adopted from. */
  public TokenizerResult adoptedFrom(ParentModel model) {
    return new TokenizerResult(
        tokenizer,
        tokenizerConfig,
        trainTokens,
        validationTokens,
        vocabularySize,
        trainTokenCount,
        validationTokenCount,
        validationBytes,
        bytesPerToken,
        model);
  }
}
