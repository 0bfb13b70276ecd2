package lyceum.activities;

import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;

/**
 * What a stage builds on, by digest: a model may only be trained or measured with the tokenizer and
 * chat template that it was made with. A mismatch is refused; guessing around it has shipped broken
 * models.
 */
public final class StageContract {
  private StageContract() {}

  /**
   * @throws LyceumException of category USER when the digests differ
   */
  public static void check(ModelArtifact model, TokenizerResult tokens) {
    match("tokenizer", model.file(ModelArtifact.TOKENIZER).sha256(), tokens.tokenizer().sha256());
    match(
        "chat template (tokenizer_config.json)",
        model.file(ModelArtifact.TOKENIZER_CONFIG).sha256(),
        tokens.tokenizerConfig().sha256());
  }

  private static void match(String what, String ofModel, String ofStage) {
    if (!ofModel.equals(ofStage)) {
      throw LyceumException.user(
          "The model was made with the "
              + what
              + " "
              + ofModel
              + ", but this stage builds on "
              + ofStage
              + ". Run the stage that made the model again with the same "
              + what
              + ".");
    }
  }
}
