package lyceum.workflows.tokenizer;

import java.util.List;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.contracts.tokenizer.TokenizerActivities;
import lyceum.contracts.tokenizer.TokenizerActivities.AdoptedModel;
import lyceum.contracts.tokenizer.TokenizerActivities.EncodeRequest;
import lyceum.contracts.tokenizer.TokenizerActivities.TrainedTokenizer;
import lyceum.contracts.tokenizer.TokenizerInput;
import lyceum.contracts.tokenizer.TokenizerRequest;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.contracts.tokenizer.TokenizerWorkflow;
import lyceum.core.Score;
import lyceum.core.Stage;
import lyceum.core.recipe.OpenModelSettings;
import lyceum.workflows.stage.StageScript;

/**
 * Learns a vocabulary from the training documents, or adopts that of a model, then encodes both
 * splits with it.
 */
public final class TokenizerWorkflowImpl extends StageScript implements TokenizerWorkflow {
  public TokenizerWorkflowImpl() {
    super(Stage.TOKENIZER);
  }

  @Override
  public StageOutcome run(TokenizerRequest request) {
    return stage(
        request.context(),
        request.input(),
        TokenizerResult.class,
        () -> tokenize(request.input()),
        TokenizerWorkflowImpl::counts);
  }

  private TokenizerResult tokenize(TokenizerInput input) {
    OpenModelSettings from = input.from();
    return from == null ? learn(input) : adopt(input, from);
  }

  private TokenizerResult adopt(TokenizerInput input, OpenModelSettings from) {
    AdoptedModel adopted =
        dataStep(
            TokenizerActivities.class,
            "Adopt the model " + from.name() + " with its tokenizer",
            a -> a.adopt(input));
    return encode(input, adopted.tokenizer()).adoptedFrom(adopted.parent());
  }

  private TokenizerResult learn(TokenizerInput input) {
    TrainedTokenizer tokenizer =
        dataStep(
            TokenizerActivities.class,
            "Learn a vocabulary of " + input.settings().vocabularySize(),
            a -> a.train(input));
    return encode(input, tokenizer);
  }

  private TokenizerResult encode(TokenizerInput input, TrainedTokenizer tokenizer) {
    return dataStep(
        TokenizerActivities.class,
        "Encode both splits",
        a ->
            a.encode(
                new EncodeRequest(tokenizer, input.trainDocuments(), input.validationDocuments())));
  }

  private static List<Score> counts(TokenizerResult tokens) {
    return List.of(
        new Score(
            "tokenizer",
            "bytes_per_token",
            tokens.bytesPerToken(),
            tokens.validationTokenCount(),
            0),
        new Score(
            "tokenizer", "train_tokens", tokens.trainTokenCount(), tokens.trainTokenCount(), 0),
        new Score(
            "tokenizer",
            "validation_tokens",
            tokens.validationTokenCount(),
            tokens.validationTokenCount(),
            0));
  }
}
