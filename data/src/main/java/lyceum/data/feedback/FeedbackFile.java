package lyceum.data.feedback;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/** Feedback as JSON lines, UTF-8; the bytes are a pure function of the items. */
public final class FeedbackFile {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final ObjectReader READER =
      JSON.readerFor(FeedbackItem.class)
          .with(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .with(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          // What an item says of itself besides its components is derived.
          .without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private FeedbackFile() {}

  /** The items in their order. */
  public static byte[] write(List<FeedbackItem> items) {
    StringBuilder text = new StringBuilder();
    for (FeedbackItem item : items) {
      var line = JSON.createObjectNode();
      line.put("id", item.id());
      line.put("prompt", item.prompt());
      line.put("answer", item.answer());
      line.put("verdict", item.verdict().name());
      line.put("edit", item.edit());
      line.put("version", item.version());
      text.append(line).append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The items in file order.
   *
   * @throws LyceumException of category USER when a line is none, naming the line
   */
  public static List<FeedbackItem> read(byte[] bytes) {
    List<FeedbackItem> items = new ArrayList<>();
    for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
      try {
        // Jackson reads the JSON text null as no object at all, without complaint.
        @Nullable FeedbackItem read = READER.readValue(line);
        if (read == null) {
          throw LyceumException.user("Line " + (items.size() + 1) + " is no feedback: null.");
        }
        items.add(read);
      } catch (JsonProcessingException e) {
        throw LyceumException.user(
            "Line " + (items.size() + 1) + " is no feedback: " + e.getOriginalMessage(), e);
      }
    }
    return items;
  }
}
