package lyceum.contracts.tokenizer;

import lyceum.core.ArtifactRef;

/**
 * A vocabulary and the corpus in its ids.
 *
 * @param tokenizer {@code tokenizer.json}
 * @param tokenizerConfig {@code tokenizer_config.json} with the chat template
 * @param trainTokens token shard of the training documents
 * @param validationTokens token shard of the held-out documents
 * @param validationBytes UTF-8 bytes of the held-out text, the denominator of bits per byte
 * @param bytesPerToken compression on the held-out text
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
    double bytesPerToken) {}
