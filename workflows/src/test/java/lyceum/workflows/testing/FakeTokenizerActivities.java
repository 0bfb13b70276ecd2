package lyceum.workflows.testing;

import lyceum.contracts.tokenizer.TokenizerActivities;
import lyceum.contracts.tokenizer.TokenizerInput;
import lyceum.contracts.tokenizer.TokenizerResult;

/** Gives one vocabulary. */
public final class FakeTokenizerActivities implements TokenizerActivities {
  private final Calls calls;

  public FakeTokenizerActivities(Calls calls) {
    this.calls = calls;
  }

  @Override
  public TrainedTokenizer train(TokenizerInput input) {
    calls.add("tokenizer.train");
    return new TrainedTokenizer(
        Examples.artifact("tokenizer"),
        Examples.artifact("tokenizer config"),
        input.settings().vocabularySize());
  }

  @Override
  public AdoptedModel adopt(TokenizerInput input) {
    calls.add("tokenizer.adopt");
    return new AdoptedModel(
        new TrainedTokenizer(
            Examples.artifact("tokenizer"), Examples.artifact("tokenizer config"), 512),
        Examples.parent());
  }

  @Override
  public TokenizerResult encode(EncodeRequest request) {
    calls.add("tokenizer.encode");
    return Examples.tokens();
  }
}
