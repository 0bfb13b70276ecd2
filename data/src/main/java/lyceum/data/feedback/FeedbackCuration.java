package lyceum.data.feedback;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.data.feedback.FeedbackItem.Verdict;
import lyceum.data.privacy.PersonalData;

/**
 * Joins what a server kept of its exchanges with what people said of them ({@code docs/serving.md},
 * schema 1), for one model line: with consent only, personal data removed, each exchange and each
 * text once. The order in which records come does not matter.
 */
public final class FeedbackCuration {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final String modelLine;
  private final Map<String, Exchange> exchanges = new HashMap<>();

  /** The last that each client said of each exchange. */
  private final SortedMap<String, SortedMap<String, Said>> said = new TreeMap<>();

  private final SortedMap<String, Long> dropped = new TreeMap<>();

  public FeedbackCuration(String modelLine) {
    this.modelLine = modelLine;
  }

  /**
   * What is kept, and why the rest is not.
   *
   * @param items in the order of their ids
   * @param dropped counts by reason
   */
  public record Curated(List<FeedbackItem> items, SortedMap<String, Long> dropped) {}

  private record Exchange(boolean consent, int version, List<Turn> turns) {}

  private record Turn(String role, String content) {}

  private record Said(String time, String rating, String edit) {}

  /** Reads a document of exchanges; lines that are none are counted. */
  public void addExchanges(byte[] document) {
    for (JsonNode line : lines(document)) {
      if (line.path("id").asText().isEmpty()) {
        drop("exchange is malformed");
      } else if (modelLine.equals(line.path("model").asText())) {
        List<Turn> turns = new ArrayList<>();
        line.path("messages")
            .forEach(
                turn ->
                    turns.add(new Turn(turn.path("role").asText(), turn.path("content").asText())));
        exchanges.put(
            line.path("id").asText(),
            new Exchange(
                line.path("consent").asBoolean(false), line.path("version").asInt(), turns));
      }
    }
  }

  /** Reads a document of feedback; lines that are none are counted. */
  public void addFeedback(byte[] document) {
    for (JsonNode line : lines(document)) {
      String id = line.path("request_id").asText();
      if (id.isEmpty()) {
        drop("feedback is malformed");
        continue;
      }
      Said now =
          new Said(
              line.path("time").asText(),
              line.path("rating").asText(""),
              line.path("edit").asText(""));
      said.computeIfAbsent(id, exchange -> new TreeMap<>())
          .merge(
              line.path("client").asText(),
              now,
              (a, b) -> a.time().compareTo(b.time()) <= 0 ? b : a);
    }
  }

  /** Everything that was added, curated over what was kept before. */
  public Curated over(List<FeedbackItem> before) {
    SortedMap<String, FeedbackItem> items = new TreeMap<>();
    before.forEach(item -> items.put(item.id(), item));
    said.forEach((id, clients) -> item(id, clients).ifPresent(item -> items.put(id, item)));
    Set<List<String>> texts = new HashSet<>();
    List<FeedbackItem> kept = new ArrayList<>();
    for (FeedbackItem item : items.values()) {
      if (texts.add(List.of(item.prompt(), item.answer(), item.edit(), item.verdict().name()))) {
        kept.add(item);
      } else {
        drop("said before in the same words");
      }
    }
    return new Curated(List.copyOf(kept), new TreeMap<>(dropped));
  }

  private Optional<FeedbackItem> item(String id, SortedMap<String, Said> clients) {
    Exchange exchange = exchanges.get(id);
    if (exchange == null) {
      // It may be another line's, or come later; the next curation looks again.
      return Optional.empty();
    }
    if (!exchange.consent()) {
      return drop("no consent");
    }
    List<Turn> turns = exchange.turns();
    if (turns.size() != 2
        || !turns.get(0).role().equals("user")
        || !turns.get(1).role().equals("assistant")) {
      return drop(turns.isEmpty() ? "nothing was said" : "not one question and one answer");
    }
    String prompt = PersonalData.removed(turns.get(0).content()).strip();
    String answer = PersonalData.removed(turns.get(1).content()).strip();
    if (prompt.isEmpty() || answer.isEmpty()) {
      return drop("nothing was said");
    }
    Said last = clients.values().stream().max((a, b) -> a.time().compareTo(b.time())).orElseThrow();
    String edit = PersonalData.removed(last.edit()).strip();
    if (edit.equals(answer)) {
      edit = "";
    }
    return switch (last.rating()) {
      case "up" ->
          Optional.of(new FeedbackItem(id, prompt, answer, Verdict.UP, edit, exchange.version()));
      case "down" ->
          Optional.of(new FeedbackItem(id, prompt, answer, Verdict.DOWN, edit, exchange.version()));
      default ->
          edit.isEmpty()
              ? drop("neither a thumb nor an edit")
              : Optional.of(
                  new FeedbackItem(id, prompt, answer, Verdict.EDITED, edit, exchange.version()));
    };
  }

  private List<JsonNode> lines(byte[] document) {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : new String(document, StandardCharsets.UTF_8).lines().toList()) {
      try {
        JsonNode json = JSON.readTree(line);
        if (json.isObject() && json.path("schema").asInt() == 1) {
          lines.add(json);
        } else {
          drop("of another schema");
        }
      } catch (JsonProcessingException e) {
        drop("not JSON");
      }
    }
    return lines;
  }

  private <T> Optional<T> drop(String reason) {
    dropped.merge(reason, 1L, Long::sum);
    return Optional.empty();
  }
}
