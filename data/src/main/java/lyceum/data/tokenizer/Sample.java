package lyceum.data.tokenizer;

import java.util.Iterator;

/**
 * Documents taken evenly from a sequence until a size is reached, or all of them where they hold no
 * more. The sequence is gone through once for its size and once more for each iteration.
 */
final class Sample implements Iterable<String> {
  private final Iterable<String> texts;
  private final long most;
  private final long total;

  /**
   * @param most bytes of UTF-8 to take, about
   */
  Sample(Iterable<String> texts, long most) {
    this.texts = texts;
    this.most = most;
    long bytes = 0;
    for (String text : texts) {
      bytes += Utf8.length(text);
    }
    total = bytes;
  }

  @Override
  public Iterator<String> iterator() {
    if (total <= most) {
      return texts.iterator();
    }
    return new Iterator<>() {
      private final Iterator<String> all = texts.iterator();
      private long seen;
      private long taken;
      private String next = "";
      private boolean found = advance();

      private boolean advance() {
        while (all.hasNext()) {
          next = all.next();
          long bytes = Utf8.length(next);
          // In doubles, because the products of two corpus sizes overflow; the same on every
          // machine all the same.
          boolean takes = (double) taken * total <= (double) seen * most;
          seen += bytes;
          if (takes) {
            taken += bytes;
            return true;
          }
        }
        return false;
      }

      @Override
      public boolean hasNext() {
        return found;
      }

      @Override
      public String next() {
        if (!found) {
          throw new java.util.NoSuchElementException();
        }
        String result = next;
        found = advance();
        return result;
      }
    };
  }
}
