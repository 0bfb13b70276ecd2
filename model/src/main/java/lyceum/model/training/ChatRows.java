package lyceum.model.training;

import java.util.ArrayList;
import java.util.List;
import lyceum.core.LyceumException;
import lyceum.data.skill.ChatExample;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.data.tokenizer.EncodedChat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An endless sequence of rows packed with chats. In each epoch every chat occurs once, in an order
 * of the epoch's own, packed anew. A pure function of the chats and the seed. For one thread.
 */
public final class ChatRows {
  private static final Logger LOG = LoggerFactory.getLogger(ChatRows.class);

  private final List<EncodedChat> chats = new ArrayList<>();
  private final int length;
  private final ShuffledOrder order;

  /** The number of the first row of each epoch from 0 on, as far as it is known. */
  private final List<Long> firstRows = new ArrayList<>(List.of(0L));

  private int epoch = -1;
  private List<List<EncodedChat>> rows = List.of();

  /**
   * @param length tokens of a row; longer chats are left out, with a warning that counts them
   * @throws LyceumException of category USER when no chat is short enough
   */
  public ChatRows(List<ChatExample> examples, BpeTokenizer tokenizer, int length, long seed) {
    this.length = length;
    for (ChatExample example : examples) {
      EncodedChat chat = ChatTemplate.encode(tokenizer, example.messages());
      if (chat.ids().length <= length) {
        chats.add(chat);
      }
    }
    if (chats.isEmpty()) {
      throw LyceumException.user(
          "None of the "
              + examples.size()
              + " chats fits into "
              + length
              + " tokens. Raise contextLength.");
    }
    if (chats.size() < examples.size()) {
      LOG.warn(
          "{} of {} chats are longer than {} tokens and are left out",
          examples.size() - chats.size(),
          examples.size(),
          length);
    }
    this.order = new ShuffledOrder(chats.size(), seed);
  }

  /**
   * Puts the rows from a number on into inputs, and asks for the assistant's tokens, the end of the
   * turn included.
   *
   * @param intoRow the first row of the inputs to fill
   */
  public void append(TokenInputs.Builder inputs, long firstRow, int count, int intoRow) {
    for (int r = 0; r < count; r++) {
      for (EncodedChat chat : row(firstRow + r)) {
        int[] ids = chat.ids();
        int start = inputs.append(intoRow + r, ids);
        for (int i = 1; i < ids.length; i++) {
          if (chat.inLoss()[i]) {
            inputs.predict(start + i - 1, ids[i]);
          }
        }
      }
    }
  }

  private List<EncodedChat> row(long number) {
    int wanted = 0;
    while (true) {
      if (wanted == firstRows.size() - 1) {
        pack(wanted);
        firstRows.add(firstRows.get(wanted) + rows.size());
      }
      if (number < firstRows.get(wanted + 1)) {
        break;
      }
      wanted++;
    }
    if (epoch != wanted) {
      pack(wanted);
    }
    return rows.get((int) (number - firstRows.get(wanted)));
  }

  private void pack(int wanted) {
    int[] shuffled = order.epoch(wanted);
    int[] sizes = new int[shuffled.length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = chats.get(shuffled[i]).ids().length;
    }
    rows =
        Packing.rows(sizes, length).stream()
            .map(row -> row.stream().map(i -> chats.get(shuffled[i])).toList())
            .toList();
    epoch = wanted;
  }
}
