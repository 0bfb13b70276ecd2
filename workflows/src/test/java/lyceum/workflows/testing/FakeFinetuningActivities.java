package lyceum.workflows.testing;

import lyceum.contracts.curation.FeedbackSet;
import lyceum.contracts.finetuning.ChatSet;
import lyceum.contracts.finetuning.FinetuningActivities;
import lyceum.contracts.finetuning.FinetuningInput;
import lyceum.contracts.lifecycle.TrainedModel;

/** Trains nothing, in steps. */
public final class FakeFinetuningActivities implements FinetuningActivities {
  private final Calls calls;
  private final Training training;

  public FakeFinetuningActivities(Calls calls, Training training) {
    this.calls = calls;
    this.training = training;
  }

  @Override
  public ChatSet generateChats(FinetuningInput input) {
    FeedbackSet feedback = input.feedback();
    calls.add(
        "finetuning.generateChats"
            + (feedback == null ? "" : " " + feedback.name() + " " + feedback.version()));
    return Examples.chats();
  }

  @Override
  public TrainedModel train(TrainRequest request) {
    return training.train(request.run(), request.input().settings().steps());
  }
}
