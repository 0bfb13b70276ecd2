package lyceum.data.skill;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/** Chat examples as JSON lines of {@code {"skill","prompt","answer","expected"}}, UTF-8. */
public final class ChatFile {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectReader READER =
      JSON.readerFor(ChatExample.class)
          .with(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .with(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .with(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private ChatFile() {}

  /**
   * Writes the examples in their order; the bytes are a pure function of them.
   *
   * @throws LyceumException of category RESOURCE when the file cannot be written
   */
  public static void write(Path file, List<ChatExample> examples) {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (ChatExample example : examples) {
        ObjectNode line = JSON.createObjectNode();
        line.put("skill", example.skill().name());
        line.put("prompt", example.prompt());
        line.put("answer", example.answer());
        line.put("expected", example.expected());
        out.write(line.toString());
        out.write('\n');
      }
    } catch (IOException e) {
      throw LyceumException.resource("Cannot write chats to " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads the examples in file order.
   *
   * @throws LyceumException of category USER when a line is not an example, naming file and line;
   *     of category RESOURCE when the file cannot be read
   */
  public static List<ChatExample> read(Path file) {
    List<ChatExample> examples = new ArrayList<>();
    try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        examples.add(parse(line, file, examples.size() + 1));
      }
    } catch (CharacterCodingException e) {
      throw LyceumException.user(
          file + " is not UTF-8 text after line " + examples.size() + ".", e);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot read chats from " + file + ": " + e.getMessage(), e);
    }
    return examples;
  }

  private static ChatExample parse(String json, Path file, int line) {
    String problem =
        file + " line " + line + " is not a chat {\"skill\",\"prompt\",\"answer\",\"expected\"}: ";
    try {
      // Jackson reads the JSON text null as no object at all, without complaint.
      @Nullable ChatExample read = READER.readValue(json);
      if (read == null) {
        throw LyceumException.user(problem + "it is null.");
      }
      return read;
    } catch (JsonProcessingException e) {
      throw LyceumException.user(problem + e.getOriginalMessage(), e);
    }
  }
}
