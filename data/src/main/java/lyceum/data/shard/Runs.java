package lyceum.data.shard;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Which source each stretch of a shard is from: runs of neighbouring documents of one source, in
 * the shard's order.
 *
 * <p>In the file, little-endian, behind the ids: int number of sources; each source's name as int
 * number of bytes and UTF-8; int number of runs; each run as int source and long number of tokens.
 */
final class Runs {
  private static final int RUN_BYTES = Integer.BYTES + Long.BYTES;

  private final List<String> names = new ArrayList<>();
  private int[] sources = new int[16];
  private long[] lengths = new long[16];
  private int count;

  /** Appends a document of a source. */
  void append(String name, long tokens) {
    int source = names.indexOf(name);
    if (source < 0) {
      source = names.size();
      names.add(name);
    }
    append(source, tokens);
  }

  private void append(int source, long tokens) {
    if (count > 0 && sources[count - 1] == source) {
      lengths[count - 1] += tokens;
      return;
    }
    if (count == sources.length) {
      sources = Arrays.copyOf(sources, 2 * count);
      lengths = Arrays.copyOf(lengths, 2 * count);
    }
    sources[count] = source;
    lengths[count++] = tokens;
  }

  boolean isEmpty() {
    return names.isEmpty();
  }

  /** Names of the sources, in the order of their first documents. */
  List<String> names() {
    return List.copyOf(names);
  }

  byte[] bytes() {
    List<byte[]> encoded =
        names.stream().map(name -> name.getBytes(StandardCharsets.UTF_8)).toList();
    int size =
        2 * Integer.BYTES
            + encoded.stream().mapToInt(name -> Integer.BYTES + name.length).sum()
            + count * RUN_BYTES;
    ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(encoded.size());
    encoded.forEach(name -> buffer.putInt(name.length).put(name));
    buffer.putInt(count);
    for (int i = 0; i < count; i++) {
      buffer.putInt(sources[i]).putLong(lengths[i]);
    }
    return buffer.array();
  }

  /**
   * Reads what {@link #bytes} made.
   *
   * @param tokens of the shard, which the runs must add up to
   * @return empty when it is damaged
   */
  static Optional<Runs> parse(ByteBuffer buffer, long tokens) {
    buffer.order(ByteOrder.LITTLE_ENDIAN);
    Runs runs = new Runs();
    try {
      int sources = buffer.getInt();
      for (int i = 0; i < sources; i++) {
        int length = buffer.getInt();
        if (length < 0 || length > buffer.remaining()) {
          return Optional.empty();
        }
        byte[] name = new byte[length];
        buffer.get(name);
        runs.names.add(new String(name, StandardCharsets.UTF_8));
      }
      int count = buffer.getInt();
      if (count < 0 || buffer.remaining() != (long) count * RUN_BYTES) {
        return Optional.empty();
      }
      long left = tokens;
      for (int i = 0; i < count; i++) {
        int source = buffer.getInt();
        long length = buffer.getLong();
        if (source < 0 || source >= sources || length < 0 || length > left) {
          return Optional.empty();
        }
        left -= length;
        runs.append(source, length);
      }
      boolean whole =
          left == 0 && sources > 0 && new HashSet<>(runs.names).size() == runs.names.size();
      return whole ? Optional.of(runs) : Optional.empty();
    } catch (BufferUnderflowException e) {
      return Optional.empty();
    }
  }

  /** The tokens of one source, one run after the other. */
  Tokens of(String name, Tokens shard) {
    int source = names.indexOf(name);
    int own = (int) Arrays.stream(sources, 0, count).filter(s -> s == source).count();
    long[] from = new long[own];
    long[] begin = new long[own + 1];
    long at = 0;
    for (int i = 0, n = 0; i < count; i++) {
      if (sources[i] == source) {
        from[n] = at;
        begin[n + 1] = begin[n] + lengths[i];
        n++;
      }
      at += lengths[i];
    }
    return new OfSource(shard, from, begin);
  }

  /**
   * @param from where each run begins in the shard
   * @param begin where it begins among the source's tokens; one more, their number
   */
  private record OfSource(Tokens shard, long[] from, long[] begin) implements Tokens {
    @Override
    public long size() {
      return begin[from.length];
    }

    @Override
    public void read(long place, int[] into) {
      Objects.checkFromIndexSize(place, into.length, size());
      int found = Arrays.binarySearch(begin, place);
      int run = found >= 0 ? found : -found - 2;
      int filled = 0;
      while (filled < into.length) {
        long within = place + filled - begin[run];
        int length = (int) Math.min(into.length - filled, begin[run + 1] - begin[run] - within);
        if (length == into.length) {
          shard.read(from[run] + within, into);
        } else {
          int[] part = new int[length];
          shard.read(from[run] + within, part);
          System.arraycopy(part, 0, into, filled, length);
        }
        filled += length;
        run++;
      }
    }
  }
}
