package lyceum.contracts.tokenizer;

import io.temporal.activity.ActivityInterface;
import lyceum.core.ArtifactRef;

/** The steps of the tokenizer stage. */
@ActivityInterface(namePrefix = "tokenizer.")
public interface TokenizerActivities {
  /** Learns the merges and writes the tokenizer's files. */
  TrainedTokenizer train(TokenizerInput input);

  /**
   * Fetches the model that the input names, checks it, gives its tokenizer the control tokens of
   * the chat template that it lacks, and stores it in the form that training goes on from.
   */
  AdoptedModel adopt(TokenizerInput input);

  /** Encodes both splits. */
  TokenizerResult encode(EncodeRequest request);

  /** The tokenizer's files. */
  record TrainedTokenizer(ArtifactRef tokenizer, ArtifactRef tokenizerConfig, int vocabularySize) {}

  /** A model made elsewhere, and its tokenizer's files. */
  record AdoptedModel(TrainedTokenizer tokenizer, ParentModel parent) {}

  /** Splits to encode. */
  record EncodeRequest(
      TrainedTokenizer tokenizer, ArtifactRef trainDocuments, ArtifactRef validationDocuments) {}
}
