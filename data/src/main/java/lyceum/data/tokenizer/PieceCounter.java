package lyceum.data.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Counts the pieces of texts, on several threads where asked. */
final class PieceCounter {
  /** Characters that one thread takes at a time. */
  private static final int BATCH_CHARACTERS = 1 << 19;

  private PieceCounter() {}

  /**
   * @param threads how many count; neither which pieces there are nor their counts depend on it
   */
  static PieceCounts count(Iterable<String> texts, PieceScanner scanner, int threads) {
    if (threads <= 1) {
      PieceCounts counts = new PieceCounts();
      texts.forEach(text -> count(text, scanner, counts));
      return counts;
    }
    Queue<PieceCounts> idle = new ConcurrentLinkedQueue<>();
    try (Crew crew = new Crew(threads)) {
      List<String> batch = new ArrayList<>();
      long characters = 0;
      for (String text : texts) {
        batch.add(text);
        characters += text.length();
        if (characters >= BATCH_CHARACTERS) {
          List<String> full = batch;
          crew.submit(() -> countAll(full, scanner, idle));
          batch = new ArrayList<>();
          characters = 0;
        }
      }
      List<String> last = batch;
      crew.submit(() -> countAll(last, scanner, idle));
      crew.finish();
    }
    PieceCounts all = idle.remove();
    idle.forEach(all::addAll);
    return all;
  }

  private static void countAll(List<String> texts, PieceScanner scanner, Queue<PieceCounts> idle) {
    PieceCounts counts = idle.poll();
    if (counts == null) {
      counts = new PieceCounts();
    }
    for (String text : texts) {
      count(text, scanner, counts);
    }
    idle.add(counts);
  }

  private static void count(String text, PieceScanner scanner, PieceCounts counts) {
    byte[] padded = Utf8.padded(text);
    int to = padded.length - Utf8.PADDING;
    for (int at = 0; at < to; ) {
      int end = scanner.end(padded, at, to);
      counts.add(padded, at, end, 1);
      at = end;
    }
  }
}
