package lyceum.contracts.finetuning;

import io.temporal.activity.ActivityInterface;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.contracts.lifecycle.TrainingRun;

/** The steps of the finetuning stage. */
@ActivityInterface(namePrefix = "finetuning.")
public interface FinetuningActivities {
  /** Generates the chats of the skills. */
  ChatSet generateChats(FinetuningInput input);

  /** Trains, resuming from the newest valid checkpoint of this run. */
  TrainedModel train(TrainRequest request);

  /** An assistant to train. */
  record TrainRequest(TrainingRun run, FinetuningInput input, ChatSet chats) {}
}
