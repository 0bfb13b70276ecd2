package lyceum.contracts.finetuning;

import java.util.List;
import lyceum.contracts.lifecycle.TrainedModel;
import lyceum.core.Score;

/** An assistant, the chats it learned from, and its scores. */
public record FinetuningResult(
    TrainedModel trained, ChatSet chats, List<Score> before, List<Score> scores) {}
