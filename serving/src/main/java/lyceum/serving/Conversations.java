package lyceum.serving;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lyceum.data.tokenizer.ChatMessage;
import lyceum.data.tokenizer.ChatMessage.Role;

/**
 * Chats kept by their ids, each client's apart, so that a request brings only what is new. All
 * messages stay here until the chat is among the ones unused for longest; what a model sees of them
 * is another matter.
 */
final class Conversations {
  private final int most;
  private final Map<String, List<ChatMessage>> byId;

  /**
   * @param most chats; the one unused for longest makes room
   */
  Conversations(int most) {
    this.most = most;
    this.byId = new LinkedHashMap<>(16, 0.75f, true);
  }

  private static String key(String client, String id) {
    return client + "\n" + id;
  }

  /**
   * The chat with the new messages; a new system message takes the place of the old one.
   *
   * @return not kept until {@link #keep}
   */
  synchronized List<ChatMessage> with(String client, String id, List<ChatMessage> next) {
    List<ChatMessage> all = new ArrayList<>(byId.getOrDefault(key(client, id), List.of()));
    if (next.getFirst().role() == Role.SYSTEM
        && !all.isEmpty()
        && all.getFirst().role() == Role.SYSTEM) {
      all.removeFirst();
      all.addFirst(next.getFirst());
      all.addAll(next.subList(1, next.size()));
    } else {
      all.addAll(next);
    }
    return all;
  }

  synchronized void keep(String client, String id, List<ChatMessage> messages) {
    byId.put(key(client, id), List.copyOf(messages));
    while (byId.size() > most) {
      byId.remove(byId.keySet().iterator().next());
    }
  }

  /** Whether there was one. */
  synchronized boolean forget(String client, String id) {
    return byId.remove(key(client, id)) != null;
  }
}
