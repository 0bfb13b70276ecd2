package lyceum.model.evaluation;

import java.util.ArrayList;
import java.util.List;
import lyceum.core.LyceumException;
import lyceum.data.skill.ChatExample;
import lyceum.data.tokenizer.ChatMessage;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.format.LanguageModel;
import lyceum.model.inference.Generation;
import lyceum.model.inference.Generator;
import lyceum.model.inference.SamplingSettings;

/** What a model answers when the likeliest token is always taken. */
final class Answers {
  private final LanguageModel model;
  private final Generator generator;
  private final int maxNewTokens;

  Answers(LanguageModel model, int maxNewTokens) {
    this.model = model;
    this.generator = new Generator(model);
    this.maxNewTokens = maxNewTokens;
  }

  /** One answer an example, in their order. */
  List<String> to(List<ChatExample> examples) {
    List<int[]> prompts = new ArrayList<>();
    for (ChatExample example : examples) {
      int[] prompt =
          ChatTemplate.prompt(
              model.tokenizer(), List.of(new ChatMessage(ChatMessage.Role.USER, example.prompt())));
      if (prompt.length >= model.config().contextLength()) {
        throw LyceumException.user(
            "The held-out prompt '"
                + example.prompt()
                + "' has "
                + prompt.length
                + " tokens and leaves no room for an answer in a context of "
                + model.config().contextLength()
                + ". Raise model.contextLength.");
      }
      prompts.add(prompt);
    }
    List<String> answers = new ArrayList<>();
    for (Generation generation :
        generator.generateAll(
            prompts, SamplingSettings.greedy(maxNewTokens), new long[prompts.size()])) {
      answers.add(model.tokenizer().decode(generation.ids()));
    }
    return answers;
  }
}
