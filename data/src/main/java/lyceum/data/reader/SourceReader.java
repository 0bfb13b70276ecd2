package lyceum.data.reader;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.PatternSyntaxException;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import lyceum.core.LyceumException;
import lyceum.core.recipe.SourceSettings;
import lyceum.core.recipe.SourceSettings.Format;
import lyceum.data.corpus.Document;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the documents of one fetched source: a zip (also wheel and jar), a gzip-compressed tar, a
 * gzip-compressed file, or a plain file, told apart by content and not by name. Nothing is unpacked
 * to disk, and one document or line is held at a time.
 *
 * <p>Documents come in the archive's order; the id is the file's path, with {@code :LINE} where a
 * line is a document.
 */
public final class SourceReader {
  private static final Logger log = LoggerFactory.getLogger(SourceReader.class);

  /**
   * Longest document or line read, in bytes; a source with longer ones is not text to learn from.
   */
  private static final int LONGEST_DOCUMENT_BYTES = 64 << 20;

  /**
   * Text compresses some 3 to 20 times; what unpacks to more than this many times its size is an
   * attack or a mistake.
   */
  private static final long LARGEST_EXPANSION = 200;

  /** Small files may expand more, since their size bounds the harm. */
  private static final long HARMLESS_BYTES = 256L << 20;

  private static final int TAR_HEADER_BYTES = 512;

  private final Path content;
  private final SourceSettings source;
  private final PathMatcher wanted;
  private final Consumer<Document> consumer;
  private final long byteBudget;
  private long bytesUnpacked;
  private long entries;
  private long documents;
  private long notText;

  private SourceReader(Path content, SourceSettings source, Consumer<Document> consumer)
      throws IOException {
    this.content = content;
    this.source = source;
    this.wanted = matcher(source);
    this.consumer = consumer;
    this.byteBudget = Math.max(HARMLESS_BYTES, LARGEST_EXPANSION * Files.size(content));
  }

  /**
   * Hands each document to the consumer, up to {@code source.limit()}. A file that is not UTF-8
   * where files are documents is left out and counted in the log.
   *
   * @param content what was fetched for the source
   * @return number of documents handed over
   * @throws LyceumException of category USER when no entry matches, when a JSON line is broken or
   *     lacks a field (naming file and line), or when the archive is damaged or unpacks to an
   *     absurd size; of category RESOURCE when it cannot be read
   */
  public static long forEach(Path content, SourceSettings source, Consumer<Document> consumer) {
    try {
      SourceReader reader = new SourceReader(content, source, consumer);
      reader.read();
      return reader.documents;
    } catch (ZipException | EOFException e) {
      throw LyceumException.user(
          "Source '"
              + source.name()
              + "': "
              + content
              + " is damaged ("
              + e.getMessage()
              + "). Fetch it again.",
          e);
    } catch (IOException e) {
      throw LyceumException.resource(
          "Source '" + source.name() + "': cannot read " + content + ": " + e.getMessage(), e);
    }
  }

  private void read() throws IOException {
    byte[] start;
    try (InputStream in = Files.newInputStream(content)) {
      start = in.readNBytes(4);
    }
    switch (Container.of(start)) {
      case ZIP -> readZip();
      case GZIP -> readGzip();
      case PLAIN -> readPlain();
    }
    if (entries == 0) {
      throw LyceumException.user(
          "Source '"
              + source.name()
              + "': no file in "
              + content
              + " matches entries '"
              + source.entries()
              + "'.");
    }
    if (documents == 0) {
      throw LyceumException.user(
          "Source '"
              + source.name()
              + "': the files that match '"
              + source.entries()
              + "' hold no documents"
              + (notText > 0 ? "; " + notText + " of them are not UTF-8 text." : "."));
    }
    if (notText > 0) {
      log.warn(
          "Source '{}': {} files left out because they are not UTF-8 text", source.name(), notText);
    }
  }

  private void readPlain() throws IOException {
    try (InputStream in = Files.newInputStream(content)) {
      readEntry(content.getFileName().toString(), in);
    }
  }

  private void readZip() throws IOException {
    try (ZipFile zip = new ZipFile(content.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        if (full()) {
          break;
        }
        if (!entry.isDirectory() && matches(entry.getName())) {
          try (InputStream in = new Limited(zip.getInputStream(entry))) {
            readEntry(entry.getName(), in);
          }
        }
      }
    }
  }

  private void readGzip() throws IOException {
    try (InputStream file = Files.newInputStream(content);
        InputStream in =
            new BufferedInputStream(new Limited(new GZIPInputStream(file, 1 << 16)), 1 << 16)) {
      in.mark(TAR_HEADER_BYTES);
      byte[] header = in.readNBytes(TAR_HEADER_BYTES);
      in.reset();
      if (TarArchiveInputStream.matches(header, header.length)) {
        readTar(in);
      } else {
        String name = content.getFileName().toString();
        readEntry(name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name, in);
      }
    }
  }

  private void readTar(InputStream in) throws IOException {
    TarArchiveInputStream tar = new TarArchiveInputStream(in);
    try {
      for (TarArchiveEntry entry = tar.getNextEntry();
          entry != null && !full();
          entry = tar.getNextEntry()) {
        if (entry.isFile() && matches(entry.getName())) {
          readEntry(entry.getName(), tar);
        }
      }
    } catch (IllegalArgumentException e) {
      throw new ZipException("bad tar header: " + e.getMessage());
    }
  }

  private boolean full() {
    return documents >= source.limit();
  }

  /**
   * Whether the entry is asked for. Names that climb out of the archive are refused, although
   * nothing is written under them.
   */
  private boolean matches(String name) {
    try {
      Path path = Path.of(name);
      if (path.isAbsolute() || Arrays.asList(name.split("[/\\\\]", -1)).contains("..")) {
        throw LyceumException.user(
            "Source '"
                + source.name()
                + "': the archive holds an entry '"
                + name
                + "' that points outside it. Do not trust it.");
      }
      return !name.isBlank() && wanted.matches(path);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private void readEntry(String name, InputStream in) throws IOException {
    entries++;
    if (source.format() == Format.JSONL) {
      readLines(name, in);
    } else {
      readDocument(name, in);
    }
  }

  private void readDocument(String name, InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(LONGEST_DOCUMENT_BYTES + 1);
    if (bytes.length > LONGEST_DOCUMENT_BYTES) {
      throw tooLong(name);
    }
    String text;
    try {
      text = strictUtf8(bytes);
    } catch (CharacterCodingException e) {
      notText++;
      log.debug("Source '{}': {} is not UTF-8 text", source.name(), name);
      return;
    }
    hand(name, text);
  }

  private void readLines(String name, InputStream in) throws IOException {
    JsonTemplate template = new JsonTemplate(source.text());
    LineReader lines = new LineReader(in, LONGEST_DOCUMENT_BYTES);
    int number = 0;
    for (byte[] line = lines.next(); line != null && !full(); line = lines.next()) {
      number++;
      if (line.length > LONGEST_DOCUMENT_BYTES) {
        throw tooLong(name);
      }
      hand(name + ":" + number, lineText(template, line, name, number));
    }
  }

  private String lineText(JsonTemplate template, byte[] line, String name, int number) {
    String where = "Source '" + source.name() + "', " + name + " line " + number;
    try {
      String json = strictUtf8(line);
      return json.isBlank() ? "" : template.fill(json, where);
    } catch (CharacterCodingException e) {
      throw LyceumException.user(where + " is not UTF-8 text.", e);
    }
  }

  private void hand(String id, String text) {
    if (!text.isBlank()) {
      documents++;
      consumer.accept(new Document(id, source.name(), text));
    }
  }

  private LyceumException tooLong(String name) {
    return LyceumException.user(
        "Source '"
            + source.name()
            + "': "
            + name
            + " holds a document of more than "
            + (LONGEST_DOCUMENT_BYTES >> 20)
            + " MiB. Leave it out with 'entries'.");
  }

  private static String strictUtf8(byte[] bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }

  private static PathMatcher matcher(SourceSettings source) {
    try {
      return FileSystems.getDefault().getPathMatcher("glob:" + source.entries());
    } catch (PatternSyntaxException e) {
      throw LyceumException.user(
          "Source '"
              + source.name()
              + "': entries '"
              + source.entries()
              + "' is not a glob: "
              + e.getDescription()
              + ".",
          e);
    }
  }

  /** How a fetched file packs its entries. */
  private enum Container {
    ZIP,
    GZIP,
    PLAIN;

    static Container of(byte[] start) {
      List<Integer> bytes = List.of(at(start, 0), at(start, 1), at(start, 2), at(start, 3));
      if (bytes.equals(List.of((int) 'P', (int) 'K', 3, 4))
          || bytes.equals(List.of((int) 'P', (int) 'K', 5, 6))) {
        return ZIP;
      }
      return at(start, 0) == 0x1F && at(start, 1) == 0x8B ? GZIP : PLAIN;
    }

    private static int at(byte[] start, int i) {
      return i < start.length ? start[i] & 0xFF : -1;
    }
  }

  /** Counts unpacked bytes over all entries and stops at the budget. */
  private final class Limited extends InputStream {
    private final InputStream in;

    Limited(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      count(b < 0 ? 0 : 1);
      return b;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int n = in.read(into, from, length);
      count(Math.max(0, n));
      return n;
    }

    private void count(int bytes) {
      bytesUnpacked += bytes;
      if (bytesUnpacked > byteBudget) {
        throw LyceumException.user(
            "Source '"
                + source.name()
                + "': "
                + content
                + " unpacks to more than "
                + LARGEST_EXPANSION
                + " times its size. It is damaged or made to fill the disk; do not trust it.");
      }
    }
  }
}
