package lyceum.data.feedback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import lyceum.core.LyceumException;
import lyceum.data.feedback.FeedbackItem.Verdict;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class FeedbackCurationTest {
  @Test
  void thumbsDown_becomesATask_withoutPersonalData() {
    FeedbackCuration curation = new FeedbackCuration("tiny");
    curation.addExchanges(
        bytes(
            exchange("chatcmpl-1", "tiny", true, "I am ann@example.org, who are you?", "Nobody.")));
    curation.addFeedback(bytes(feedback("chatcmpl-1", "10:00", "ann", "down", "")));

    FeedbackItem item = curation.over(List.of()).items().getFirst();

    assertThat(item.prompt()).isEqualTo("I am [EMAIL], who are you?");
    assertThat(item.verdict()).isEqualTo(Verdict.DOWN);
    assertThat(item.version()).isEqualTo(3);
    assertThat(item.isTask()).isTrue();
    assertThat(item.isExample()).isFalse();
  }

  @Test
  void edit_isATaskAndAnExample_withoutPersonalData() {
    FeedbackCuration curation = new FeedbackCuration("tiny");
    curation.addFeedback(
        bytes(feedback("chatcmpl-1", "10:00", "ann", "", "I am Lyceum, call +49 30 1234567.")));
    curation.addExchanges(bytes(exchange("chatcmpl-1", "tiny", true, "Who are you?", "Nobody.")));

    FeedbackItem item = curation.over(List.of()).items().getFirst();

    assertThat(item.edit()).isEqualTo("I am Lyceum, call [PHONE].");
    assertThat(item.isTask()).isTrue();
    assertThat(item.goodAnswer()).isEqualTo(item.edit());
  }

  @Test
  void withoutConsent_nothingIsKept() {
    FeedbackCuration curation = new FeedbackCuration("tiny");
    curation.addExchanges(bytes(exchange("chatcmpl-1", "tiny", false, "Who?", "Nobody.")));
    curation.addFeedback(bytes(feedback("chatcmpl-1", "10:00", "ann", "down", "")));

    FeedbackCuration.Curated curated = curation.over(List.of());

    assertThat(curated.items()).isEmpty();
    assertThat(curated.dropped()).containsEntry("no consent", 1L);
  }

  @Test
  void theLastOfSeveralCounts_andOtherLinesDoNot() {
    FeedbackCuration curation = new FeedbackCuration("tiny");
    curation.addExchanges(
        bytes(
            exchange("chatcmpl-1", "tiny", true, "Who?", "Nobody."),
            exchange("chatcmpl-2", "other", true, "Who?", "Nobody.")));
    curation.addFeedback(
        bytes(
            feedback("chatcmpl-1", "11:00", "ann", "up", ""),
            feedback("chatcmpl-1", "10:00", "ann", "down", ""),
            feedback("chatcmpl-2", "10:00", "ann", "down", "")));

    assertThat(curation.over(List.of()).items())
        .extracting(FeedbackItem::id, FeedbackItem::verdict)
        .containsExactly(org.assertj.core.api.Assertions.tuple("chatcmpl-1", Verdict.UP));
  }

  @Test
  void malformedLines_areCountedAndHurtNothing() {
    FeedbackCuration curation = new FeedbackCuration("tiny");
    curation.addExchanges(bytes("{", "[]", "{\"schema\":2}", "{\"schema\":1}"));
    curation.addFeedback(bytes("null", "{\"schema\":1}"));

    assertThat(curation.over(List.of()).dropped())
        .containsEntry("not JSON", 1L)
        .containsEntry("of another schema", 3L)
        .containsEntry("exchange is malformed", 1L)
        .containsEntry("feedback is malformed", 1L);
  }

  /** Records come late, twice and in any order; what is kept is the same. */
  @Property(tries = 50)
  void orderAndRepetition_changeNothing(@ForAll long seed) {
    List<String> exchanges = new ArrayList<>();
    List<String> feedback = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      exchanges.add(exchange("chatcmpl-" + i, "tiny", i % 5 != 0, "Q" + i % 4, "A" + i % 3));
      feedback.add(
          feedback(
              "chatcmpl-" + i, "1" + i % 3 + ":00", "c" + i % 2, i % 2 == 0 ? "up" : "down", ""));
    }
    FeedbackCuration once = new FeedbackCuration("tiny");
    once.addExchanges(bytes(exchanges.toArray(String[]::new)));
    once.addFeedback(bytes(feedback.toArray(String[]::new)));
    List<FeedbackItem> expected = once.over(List.of()).items();

    List<String> again = new ArrayList<>(feedback);
    again.addAll(feedback.subList(0, 5));
    Collections.shuffle(again, new Random(seed));
    Collections.shuffle(exchanges, new Random(seed));
    FeedbackCuration first = new FeedbackCuration("tiny");
    first.addFeedback(bytes(again.subList(0, 7).toArray(String[]::new)));
    first.addExchanges(bytes(exchanges.toArray(String[]::new)));
    FeedbackCuration second = new FeedbackCuration("tiny");
    second.addExchanges(bytes(exchanges.toArray(String[]::new)));
    second.addFeedback(bytes(again.toArray(String[]::new)));

    assertThat(new java.util.HashSet<>(texts(second.over(first.over(List.of()).items()).items())))
        .isEqualTo(new java.util.HashSet<>(texts(expected)));
  }

  @Test
  void file_readsBackWhatWasWritten_andRefusesOthers() {
    List<FeedbackItem> items =
        List.of(
            new FeedbackItem("chatcmpl-1", "Wer?", "Nie\"mand\n", Verdict.DOWN, "", 3),
            new FeedbackItem("chatcmpl-2", "Q", "A", Verdict.EDITED, "E", 4));

    assertThat(FeedbackFile.read(FeedbackFile.write(items))).isEqualTo(items);
    assertThatThrownBy(() -> FeedbackFile.read(bytes("{\"id\":\"x\"}")))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("Line 1");
  }

  private static List<List<String>> texts(List<FeedbackItem> items) {
    return items.stream()
        .map(item -> List.of(item.prompt(), item.answer(), item.verdict().name()))
        .toList();
  }

  private static String exchange(
      String id, String model, boolean consent, String prompt, String answer) {
    return "{\"schema\":1,\"id\":\""
        + id
        + "\",\"model\":\""
        + model
        + "\",\"version\":3,\"consent\":"
        + consent
        + ",\"messages\":[{\"role\":\"user\",\"content\":\""
        + prompt
        + "\"},{\"role\":\"assistant\",\"content\":\""
        + answer
        + "\"}]}";
  }

  private static String feedback(
      String id, String time, String client, String rating, String edit) {
    return "{\"schema\":1,\"request_id\":\""
        + id
        + "\",\"time\":\"2026-11-28T"
        + time
        + ":00Z\",\"client\":\""
        + client
        + "\""
        + (rating.isEmpty() ? "" : ",\"rating\":\"" + rating + "\"")
        + (edit.isEmpty() ? "" : ",\"edit\":\"" + edit + "\"")
        + "}";
  }

  private static byte[] bytes(String... lines) {
    return (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
