package lyceum.contracts.tokenizer;

import io.temporal.activity.ActivityInterface;
import lyceum.core.ArtifactRef;

/** The steps of the tokenizer stage. */
@ActivityInterface(namePrefix = "tokenizer.")
public interface TokenizerActivities {
  /** Learns the merges and writes the tokenizer's files. */
  TrainedTokenizer train(TokenizerInput input);

  /** Encodes both splits. */
  TokenizerResult encode(EncodeRequest request);

  /** The tokenizer's files. */
  record TrainedTokenizer(ArtifactRef tokenizer, ArtifactRef tokenizerConfig, int vocabularySize) {}

  /** Splits to encode. */
  record EncodeRequest(
      TrainedTokenizer tokenizer, ArtifactRef trainDocuments, ArtifactRef validationDocuments) {}
}
