package lyceum.activities.curation;

import static org.assertj.core.api.Assertions.assertThat;

import io.temporal.testing.TestActivityEnvironment;
import io.temporal.testing.TestEnvironmentOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import lyceum.connectors.storage.DirectoryArtifactStore;
import lyceum.contracts.curation.CurationActivities;
import lyceum.contracts.curation.CurationActivities.CurateRequest;
import lyceum.contracts.curation.CurationActivities.Curated;
import lyceum.contracts.curation.CurationActivities.PublishRequest;
import lyceum.contracts.curation.CurationActivities.Selection;
import lyceum.contracts.curation.CurationWorkflow.CurationResult;
import lyceum.contracts.curation.FeedbackSet;
import lyceum.core.ArtifactStore;
import lyceum.core.Sha256;
import lyceum.data.feedback.FeedbackFile;
import lyceum.data.feedback.FeedbackItem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurationActivitiesImplTest {
  private static final String LINE = "tiny";

  private final TestActivityEnvironment environment =
      TestActivityEnvironment.newInstance(TestEnvironmentOptions.getDefaultInstance());
  private ArtifactStore store;
  private CurationActivities curation;

  @BeforeEach
  void register(@TempDir Path folder) {
    store = new DirectoryArtifactStore(folder);
    environment.registerActivitiesImplementations(new CurationActivitiesImpl(store));
    curation = environment.newActivityStub(CurationActivities.class);
  }

  @AfterEach
  void close() {
    environment.close();
  }

  @Test
  void nothingSaid_makesNoVersion() {
    CurationResult result = curate();

    assertThat(result.set()).isNull();
    assertThat(result.isNew()).isFalse();
    assertThat(curation.latest(LINE).set()).isNull();
  }

  @Test
  void thumbsDown_isInTheNextVersion_withoutPersonalData() {
    keep("2026-11-28", "exchanges", exchange("chatcmpl-1", "Mail ann@example.org?", "No."));
    keep("2026-11-28", "feedback", feedback("chatcmpl-1", "down"));

    CurationResult result = curate();

    assertThat(result.isNew()).isTrue();
    assertThat(result.documents()).isEqualTo(2);
    FeedbackSet set = Objects.requireNonNull(result.set());
    assertThat(set.version()).isEqualTo(1);
    assertThat(set.tasks()).isEqualTo(1);
    assertThat(items(set)).extracting(FeedbackItem::prompt).containsExactly("Mail [EMAIL]?");
    assertThat(curation.latest(LINE).set()).isEqualTo(set);
  }

  @Test
  void again_withoutNewRecords_keepsTheVersion() {
    keep("2026-11-28", "exchanges", exchange("chatcmpl-1", "Who?", "No."));
    keep("2026-11-28", "feedback", feedback("chatcmpl-1", "down"));
    FeedbackSet first = Objects.requireNonNull(curate().set());

    CurationResult again = curate();

    assertThat(again.isNew()).isFalse();
    assertThat(again.documents()).isZero();
    assertThat(again.set()).isEqualTo(first);
  }

  @Test
  void feedbackThatComesDaysLater_findsItsExchange_andKeepsWhatWasThere() {
    keep("2026-11-20", "exchanges", exchange("chatcmpl-1", "Who?", "No."));
    keep("2026-11-20", "exchanges", exchange("chatcmpl-2", "What?", "Yes."));
    keep("2026-11-20", "feedback", feedback("chatcmpl-1", "up"));
    curate();
    keep("2026-11-28", "feedback", feedback("chatcmpl-2", "down"));

    CurationResult second = curate();

    assertThat(second.documents()).isEqualTo(1);
    FeedbackSet set = Objects.requireNonNull(second.set());
    assertThat(set.version()).isEqualTo(2);
    assertThat(items(set)).extracting(FeedbackItem::id).containsExactly("chatcmpl-1", "chatcmpl-2");
  }

  @Test
  void recordsOutOfTheWindow_doNotTakeAwayWhatTheyGave() {
    keep("2026-11-01", "exchanges", exchange("chatcmpl-1", "Who?", "No."));
    keep("2026-11-01", "feedback", feedback("chatcmpl-1", "down"));
    curate();
    keep("2026-11-28", "exchanges", exchange("chatcmpl-2", "What?", "Yes."));
    keep("2026-11-28", "feedback", feedback("chatcmpl-2", "down"));

    assertThat(items(Objects.requireNonNull(curate().set()))).hasSize(2);
  }

  /** As when a worker is killed after its work and before its answer arrived. */
  @Test
  void everyStepTwice_makesOneVersion() {
    keep("2026-11-28", "exchanges", exchange("chatcmpl-1", "Who?", "No."));
    keep("2026-11-28", "feedback", feedback("chatcmpl-1", "down"));
    Selection selection = curation.select(LINE);
    // Records that come meanwhile belong to the next curation, however often this one's steps run.
    keep("2026-11-28", "exchanges", exchange("chatcmpl-2", "What?", "Yes."));
    keep("2026-11-28", "feedback", feedback("chatcmpl-2", "down"));
    Curated curated = curation.curate(new CurateRequest(LINE, selection));
    assertThat(curation.curate(new CurateRequest(LINE, selection))).isEqualTo(curated);

    CurationResult first = curation.publish(new PublishRequest(LINE, selection, curated));
    CurationResult again = curation.publish(new PublishRequest(LINE, selection, curated));

    assertThat(again).isEqualTo(first);
    assertThat(Objects.requireNonNull(first.set()).version()).isEqualTo(1);
    assertThat(items(first.set())).hasSize(1);
    assertThat(store.listDocuments(FeedbackSet.folder(LINE)))
        .containsExactly(
            FeedbackSet.folder(LINE) + "000001.json", FeedbackSet.folder(LINE) + "latest.json");
    assertThat(Objects.requireNonNull(curate().set()).version()).isEqualTo(2);
  }

  private CurationResult curate() {
    Selection selection = curation.select(LINE);
    Curated curated = curation.curate(new CurateRequest(LINE, selection));
    return curation.publish(new PublishRequest(LINE, selection, curated));
  }

  private List<FeedbackItem> items(FeedbackSet set) {
    return FeedbackFile.read(store.get(set.items()));
  }

  private void keep(String day, String kind, String line) {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    store.putDocument(
        "feedback/" + day + "/" + kind + "-" + Sha256.of(line + "\n") + ".jsonl", bytes);
  }

  private static String exchange(String id, String prompt, String answer) {
    return "{\"schema\":1,\"id\":\""
        + id
        + "\",\"model\":\"tiny\",\"version\":3,\"consent\":true,\"messages\":[{\"role\":\"user\",\"content\":\""
        + prompt
        + "\"},{\"role\":\"assistant\",\"content\":\""
        + answer
        + "\"}]}";
  }

  private static String feedback(String id, String rating) {
    return "{\"schema\":1,\"request_id\":\""
        + id
        + "\",\"time\":\"2026-11-28T10:00:00Z\",\"client\":\"ann\",\"rating\":\""
        + rating
        + "\"}";
  }
}
