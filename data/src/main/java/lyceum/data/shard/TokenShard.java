package lyceum.data.shard;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * A sequence of token ids in a file, mapped into memory. Safe for use by many threads until closed.
 *
 * <p>Layout, little-endian: 8 bytes magic {@code LYTOKENS}, int version, int largest id, long
 * number of documents, long number of tokens, then the ids as ints. Version 2 says behind them
 * which source each stretch is from; version 1 has no sources. Damage to the ids themselves shows
 * in the artifact's digest, not here.
 */
public final class TokenShard implements Tokens, AutoCloseable {
  private static final long MAGIC = 0x534E454B_4F54594CL; // "LYTOKENS" as a little-endian long
  private static final int WITHOUT_SOURCES = 1;
  private static final int WITH_SOURCES = 2;
  private static final int HEADER_BYTES = 32;
  private static final int BUFFER_BYTES = 1 << 20;
  private static final ValueLayout.OfInt ID =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Arena arena;
  private final MemorySegment ids;
  private final long documents;
  private final int largestId;
  private final Runs runs;

  private TokenShard(Arena arena, MemorySegment ids, long documents, int largestId, Runs runs) {
    this.arena = arena;
    this.ids = ids;
    this.documents = documents;
    this.largestId = largestId;
    this.runs = runs;
  }

  /**
   * Writes documents of no named source one after the other and opens the result. The file appears
   * under its name only when complete.
   *
   * @param documents ids of each document, {@code <|bos|>} first
   * @throws LyceumException of category USER when an id is negative; of category RESOURCE when the
   *     file cannot be written
   */
  public static TokenShard write(Path file, Iterator<int[]> documents) {
    try (Writer writer = new Writer(file)) {
      documents.forEachRemaining(writer::append);
      return writer.finish();
    }
  }

  /**
   * Writes a shard document by document. The file appears under its name when {@link #finish} is
   * called; closed before that, nothing is left of it. For one thread.
   */
  public static final class Writer implements AutoCloseable {
    private final Path file;
    private final Path partial;
    private final FileChannel channel;
    private final ByteBuffer buffer =
        ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final Runs runs = new Runs();
    private long documents;
    private long tokens;
    private int largest;

    /**
     * @throws LyceumException of category RESOURCE when the file cannot be written
     */
    public Writer(Path file) {
      this.file = file;
      this.partial = file.resolveSibling(file.getFileName() + ".partial");
      try {
        this.channel =
            FileChannel.open(
                partial,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
      } catch (IOException e) {
        throw failed(e);
      }
      buffer.put(new byte[HEADER_BYTES]);
    }

    /**
     * Appends a document of a source. Either all documents of a shard have a source or none has.
     *
     * @param source its name
     * @param ids {@code <|bos|>} first
     * @throws LyceumException of category USER when an id is negative; of category RESOURCE when
     *     the file cannot be written
     */
    public void append(String source, int[] ids) {
      if (documents > 0 && runs.isEmpty()) {
        throw LyceumException.internal("Documents before that of " + source + " have no source.");
      }
      write(ids);
      runs.append(source, ids.length);
    }

    /**
     * Appends a document of no named source.
     *
     * @param ids {@code <|bos|>} first
     * @throws LyceumException of category USER when an id is negative; of category RESOURCE when
     *     the file cannot be written
     */
    public void append(int[] ids) {
      if (!runs.isEmpty()) {
        throw LyceumException.internal("Documents before this one have a source; it has none.");
      }
      write(ids);
    }

    private void write(int[] ids) {
      for (int id : ids) {
        if (id < 0) {
          throw LyceumException.user(
              "Document " + documents + " holds the negative token id " + id + ".");
        }
        largest = Math.max(largest, id);
        if (buffer.remaining() < Integer.BYTES) {
          drain();
        }
        buffer.putInt(id);
      }
      documents++;
      tokens += ids.length;
    }

    /**
     * Completes the file and opens it.
     *
     * @throws LyceumException of category RESOURCE when the file cannot be written
     */
    public TokenShard finish() {
      drain();
      boolean sources = !runs.isEmpty();
      if (sources) {
        drain(ByteBuffer.wrap(runs.bytes()));
      }
      buffer
          .putLong(MAGIC)
          .putInt(sources ? WITH_SOURCES : WITHOUT_SOURCES)
          .putInt(largest)
          .putLong(documents)
          .putLong(tokens)
          .flip();
      try {
        channel.write(buffer, 0);
        channel.force(true);
        channel.close();
        Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw failed(e);
      }
      return open(file);
    }

    private void drain() {
      buffer.flip();
      drain(buffer);
      buffer.clear();
    }

    private void drain(ByteBuffer from) {
      try {
        while (from.hasRemaining()) {
          channel.write(from);
        }
      } catch (IOException e) {
        throw failed(e);
      }
    }

    private LyceumException failed(IOException e) {
      return LyceumException.resource(
          "Cannot write token shard " + file + ": " + e.getMessage(), e);
    }

    @Override
    public void close() {
      try {
        channel.close();
        Files.deleteIfExists(partial);
      } catch (IOException e) {
        throw failed(e);
      }
    }
  }

  /**
   * Maps a shard.
   *
   * @throws LyceumException of category USER when the file is not a complete shard; of category
   *     RESOURCE when it cannot be read
   */
  public static TokenShard open(Path file) {
    @Nullable Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long bytes = channel.size();
      if (bytes < HEADER_BYTES) {
        throw LyceumException.user(
            file + " has " + bytes + " bytes; a token shard has at least " + HEADER_BYTES + ".");
      }
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes, arena);
      ByteBuffer header =
          mapped.asSlice(0, HEADER_BYTES).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      if (header.getLong() != MAGIC) {
        throw LyceumException.user(
            file + " is not a token shard: it does not begin with LYTOKENS.");
      }
      int version = header.getInt();
      if (version != WITHOUT_SOURCES && version != WITH_SOURCES) {
        throw LyceumException.user(
            file
                + " is a token shard of version "
                + version
                + "; this Lyceum reads versions "
                + WITHOUT_SOURCES
                + " and "
                + WITH_SOURCES
                + ".");
      }
      int largestId = header.getInt();
      long documents = header.getLong();
      long tokens = header.getLong();
      long behind = bytes - HEADER_BYTES;
      // Divided, not multiplied: a damaged count must not overflow into a right-looking size.
      boolean fits = tokens >= 0 && tokens <= behind / Integer.BYTES;
      Optional<Runs> runs =
          !fits
              ? Optional.empty()
              : version == WITH_SOURCES
                  ? runs(mapped, tokens)
                  : Optional.of(new Runs()).filter(none -> tokens * Integer.BYTES == behind);
      if (runs.isEmpty()) {
        throw LyceumException.user(
            file
                + " says it holds "
                + tokens
                + " tokens but has "
                + bytes
                + " bytes, or its table of sources does not add up to them. It is cut short or"
                + " damaged; fetch it again.");
      }
      TokenShard shard =
          new TokenShard(
              arena,
              mapped.asSlice(HEADER_BYTES, tokens * Integer.BYTES),
              documents,
              largestId,
              runs.get());
      arena = null;
      return shard;
    } catch (IOException e) {
      throw LyceumException.resource("Cannot open token shard " + file + ": " + e.getMessage(), e);
    } finally {
      if (arena != null) {
        arena.close();
      }
    }
  }

  private static Optional<Runs> runs(MemorySegment mapped, long tokens) {
    MemorySegment table = mapped.asSlice(HEADER_BYTES + tokens * Integer.BYTES);
    return table.byteSize() > Integer.MAX_VALUE
        ? Optional.empty()
        : Runs.parse(table.asByteBuffer(), tokens);
  }

  /** Names of the sources, in the order of their first documents; none where none was written. */
  public List<String> sources() {
    return runs.names();
  }

  /**
   * The tokens of one source's documents, in the shard's order; for as long as the shard is open.
   * Empty where the shard has no text of that source.
   */
  public Tokens source(String name) {
    return runs.of(name, this);
  }

  @Override
  public long size() {
    return ids.byteSize() / Integer.BYTES;
  }

  /** Number of documents. */
  public long documents() {
    return documents;
  }

  /**
   * The largest id in the shard, to be checked against a model's vocabulary; 0 when the shard is
   * empty.
   */
  public int largestId() {
    return largestId;
  }

  /**
   * The id at a place.
   *
   * @throws IndexOutOfBoundsException when the place is not in the shard
   */
  public int token(long at) {
    return ids.getAtIndex(ID, Objects.checkIndex(at, size()));
  }

  @Override
  public void read(long from, int[] into) {
    Objects.checkFromIndexSize(from, into.length, size());
    MemorySegment.copy(ids, ID, from * Integer.BYTES, into, 0, into.length);
  }

  @Override
  public void close() {
    arena.close();
  }
}
