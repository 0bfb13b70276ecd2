package lyceum.model.evaluation;

import java.util.ArrayList;
import java.util.List;
import lyceum.core.LyceumException;
import lyceum.core.Score;
import lyceum.data.skill.ChatExample;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.data.tokenizer.EncodedChat;
import lyceum.model.format.LanguageModel;
import lyceum.model.training.Packing;
import lyceum.model.training.TokenInputs;
import lyceum.model.training.TokenScorer;

/**
 * How well a model predicts the assistant's side of chats: cross-entropy in nats a token, the end
 * of the turn included.
 */
public final class ChatLoss {
  public static final String SUITE = "chat";
  public static final String METRIC = "loss";

  private static final int ROWS = 16;

  private ChatLoss() {}

  /**
   * Measures a model; chats longer than its context are left out. The standard error is that of the
   * mean over the chats.
   *
   * @throws LyceumException of category USER when no chat is short enough
   */
  public static Score measure(LanguageModel model, List<ChatExample> chats) {
    return measure(model, chats, ItemSink.NONE);
  }

  /** {@link #measure(LanguageModel, List)}, chat by chat. */
  public static Score measure(LanguageModel model, List<ChatExample> chats, ItemSink items) {
    int length = model.config().contextLength();
    List<EncodedChat> encoded = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (int place = 0; place < chats.size(); place++) {
      EncodedChat chat = ChatTemplate.encode(model.tokenizer(), chats.get(place).messages());
      if (chat.ids().length <= length) {
        encoded.add(chat);
        places.add(place);
      }
    }
    if (encoded.isEmpty()) {
      throw LyceumException.user(
          "None of the "
              + chats.size()
              + " held-out chats fits into the model's context of "
              + length
              + " tokens.");
    }
    List<List<Integer>> rows =
        Packing.rows(encoded.stream().mapToInt(chat -> chat.ids().length).toArray(), length);
    double[] nats = new double[encoded.size()];
    int[] tokens = new int[encoded.size()];
    try (TokenScorer scorer = new TokenScorer(model, length)) {
      for (int first = 0; first < rows.size(); first += ROWS) {
        List<List<Integer>> some = rows.subList(first, Math.min(first + ROWS, rows.size()));
        TokenInputs.Builder inputs = new TokenInputs.Builder(some.size(), length);
        List<Integer> chatOf = new ArrayList<>();
        for (int r = 0; r < some.size(); r++) {
          for (int chat : some.get(r)) {
            int[] ids = encoded.get(chat).ids();
            int start = inputs.append(r, ids);
            for (int i = 1; i < ids.length; i++) {
              if (encoded.get(chat).inLoss()[i]) {
                inputs.predict(start + i - 1, ids[i]);
                chatOf.add(chat);
              }
            }
          }
        }
        float[] losses = scorer.tokenLosses(inputs.feeds());
        for (int i = 0; i < losses.length; i++) {
          nats[chatOf.get(i)] += losses[i];
          tokens[chatOf.get(i)]++;
        }
      }
    }
    for (int i = 0; i < nats.length; i++) {
      items.add(
          new ItemScore(SUITE + "/" + METRIC, Integer.toString(places.get(i)), nats[i], tokens[i]));
    }
    return score(nats, tokens);
  }

  /** The ratio of the sums over the chats, with its standard error by the delta method. */
  private static Score score(double[] nats, int[] tokens) {
    double allNats = 0;
    long allTokens = 0;
    for (int i = 0; i < nats.length; i++) {
      allNats += nats[i];
      allTokens += tokens[i];
    }
    double ratio = allNats / allTokens;
    double squares = 0;
    for (int i = 0; i < nats.length; i++) {
      squares += Math.pow(nats[i] - ratio * tokens[i], 2);
    }
    int n = nats.length;
    double error = n < 2 ? 0 : Math.sqrt(squares * n / (n - 1)) / allTokens;
    return new Score(SUITE, METRIC, ratio, allTokens, error);
  }
}
