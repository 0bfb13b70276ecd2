package lyceum.model.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lyceum.core.LyceumException;

/** Records of one type as JSON lines, UTF-8; the bytes are a pure function of the records. */
public final class JsonLines<T> {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Class<T> type;
  private final ObjectReader reader;
  private final ObjectWriter writer;

  public JsonLines(Class<T> type) {
    this.type = type;
    this.reader =
        JSON.readerFor(type)
            .with(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .with(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    this.writer = JSON.writerFor(type);
  }

  /**
   * Writes the records in their order.
   *
   * @throws LyceumException RESOURCE when the file cannot be written
   */
  public void write(Path file, List<T> records) {
    try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      for (T record : records) {
        out.write(writer.writeValueAsString(record));
        out.write('\n');
      }
    } catch (IOException e) {
      throw LyceumException.resource("Cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads the records in file order.
   *
   * @throws LyceumException USER when a line is no such record, naming file and line; RESOURCE when
   *     the file cannot be read
   */
  public List<T> read(Path file) {
    List<T> records = new ArrayList<>();
    try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        records.add(parse(line, file, records.size() + 1));
      }
    } catch (IOException e) {
      throw LyceumException.resource("Cannot read " + file + ": " + e.getMessage(), e);
    }
    return records;
  }

  private T parse(String json, Path file, int line) {
    try {
      return reader.readValue(json);
    } catch (JsonProcessingException e) {
      throw LyceumException.user(
          file
              + " line "
              + line
              + " is not a "
              + type.getSimpleName()
              + ": "
              + e.getOriginalMessage(),
          e);
    }
  }
}
