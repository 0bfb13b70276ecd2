package lyceum.data.corpus;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/** Documents as gzip-compressed JSON lines of {@code {"id","source","text"}}. */
public final class DocumentFile {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectReader READER =
      JSON.readerFor(Document.class)
          .with(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .with(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private DocumentFile() {}

  /**
   * Writes the documents in their order. The bytes are a pure function of the documents: the gzip
   * header carries neither a time nor a name.
   *
   * @throws LyceumException of category RESOURCE when the file cannot be written
   */
  public static void write(Path gzip, Iterable<Document> documents) {
    try (var out =
            new GZIPOutputStream(new BufferedOutputStream(Files.newOutputStream(gzip)), 1 << 16);
        JsonGenerator json = JSON.createGenerator(out)) {
      json.setRootValueSeparator(null);
      for (Document document : documents) {
        json.writeStartObject();
        json.writeStringField("id", document.id());
        json.writeStringField("source", document.source());
        json.writeStringField("text", document.text());
        json.writeEndObject();
        json.writeRaw('\n');
      }
    } catch (IOException e) {
      throw LyceumException.resource(
          "Cannot write documents to " + gzip + ": " + e.getMessage(), e);
    }
  }

  /**
   * Hands each document to the consumer, in file order, holding one at a time.
   *
   * @throws LyceumException of category USER when the file is not what {@link #write} makes, naming
   *     file and line; of category RESOURCE when it cannot be read
   */
  public static void forEach(Path gzip, Consumer<Document> consumer) {
    try (Reader reader = new Reader(gzip)) {
      while (reader.hasNext()) {
        consumer.accept(reader.next());
      }
    }
  }

  /**
   * The documents, read anew for each iteration, holding one at a time. Fails as {@link #forEach}.
   */
  public static Iterable<Document> documents(Path gzip) {
    return () -> each(gzip, document -> document);
  }

  /**
   * The documents' texts, read anew for each iteration, holding one at a time. Fails as {@link
   * #forEach}.
   */
  public static Iterable<String> texts(Path gzip) {
    return () -> each(gzip, Document::text);
  }

  private static <T> Iterator<T> each(Path gzip, Function<Document, T> of) {
    Reader reader = new Reader(gzip);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        boolean more = reader.hasNext();
        if (!more) {
          reader.close();
        }
        return more;
      }

      @Override
      public T next() {
        return of.apply(reader.next());
      }
    };
  }

  /** Reads one document after the other. */
  private static final class Reader implements Iterator<Document>, AutoCloseable {
    private final Path gzip;
    private final BufferedReader lines;
    private @Nullable Document next;
    private int line;

    Reader(Path gzip) {
      this.gzip = gzip;
      this.lines =
          reading(
              () ->
                  new BufferedReader(
                      new InputStreamReader(
                          new GZIPInputStream(
                              new BufferedInputStream(Files.newInputStream(gzip)), 1 << 16),
                          StandardCharsets.UTF_8.newDecoder())));
    }

    @Override
    public boolean hasNext() {
      if (next == null) {
        @Nullable String json = reading(lines::readLine);
        if (json != null) {
          line++;
          next = parse(json, gzip, line);
        }
      }
      return next != null;
    }

    @Override
    public Document next() {
      @Nullable Document result = hasNext() ? next : null;
      if (result == null) {
        throw new NoSuchElementException();
      }
      next = null;
      return result;
    }

    @Override
    public void close() {
      reading(
          () -> {
            lines.close();
            return gzip;
          });
    }

    /** Something that reads. */
    private interface Reading<T extends @Nullable Object> {
      T read() throws IOException;
    }

    private <T extends @Nullable Object> T reading(Reading<T> reading) {
      try {
        return reading.read();
      } catch (ZipException | EOFException | CharacterCodingException e) {
        throw LyceumException.user(
            gzip
                + " is not a complete gzip file of documents (after line "
                + line
                + "): "
                + e.getMessage()
                + ". Fetch or make it again.",
            e);
      } catch (IOException e) {
        throw LyceumException.resource(
            "Cannot read documents from " + gzip + ": " + e.getMessage(), e);
      }
    }
  }

  private static Document parse(String json, Path file, int line) {
    String problem = file + " line " + line + " is not a document {\"id\",\"source\",\"text\"}: ";
    try {
      // Jackson reads the JSON text null as no object at all, without complaint.
      @Nullable Document read = READER.readValue(json);
      if (read == null) {
        throw LyceumException.user(problem + "it is null.");
      }
      return read;
    } catch (JsonProcessingException e) {
      throw LyceumException.user(problem + e.getOriginalMessage(), e);
    }
  }
}
