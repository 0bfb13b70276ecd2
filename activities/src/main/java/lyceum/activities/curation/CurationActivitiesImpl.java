package lyceum.activities.curation;

import io.temporal.activity.Activity;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lyceum.contracts.Payloads;
import lyceum.contracts.curation.CurationActivities;
import lyceum.contracts.curation.CurationWorkflow.CurationResult;
import lyceum.contracts.curation.FeedbackSet;
import lyceum.contracts.curation.FeedbackState;
import lyceum.core.ArtifactRef;
import lyceum.core.ArtifactStore;
import lyceum.data.feedback.FeedbackCuration;
import lyceum.data.feedback.FeedbackFile;
import lyceum.data.feedback.FeedbackItem;

/** Reads what servers left in object storage, and keeps a line's feedback set there. */
public final class CurationActivitiesImpl implements CurationActivities {
  private static final Pattern DOCUMENT =
      Pattern.compile("feedback/(\\d{4}-\\d{2}-\\d{2})/(exchanges|feedback)-[0-9a-f]{64}\\.jsonl");

  /** A server that was down ships its rest under the day of the records; people answer late. */
  private static final int DAYS = 14;

  private final ArtifactStore store;

  public CurationActivitiesImpl(ArtifactStore store) {
    this.store = store;
  }

  @Override
  public Selection select(String modelLine) {
    Optional<FeedbackState> kept = kept(modelLine);
    Set<String> read = new HashSet<>(kept.map(k -> lines(k.read())).orElse(List.of()));
    List<String> all =
        store.listDocuments("feedback/").stream()
            .filter(name -> DOCUMENT.matcher(name).matches())
            .toList();
    String newest =
        all.stream().map(CurationActivitiesImpl::day).max(String::compareTo).orElse("1970-01-01");
    String oldest = LocalDate.parse(newest).minusDays(DAYS).toString();
    List<String> window = all.stream().filter(name -> day(name).compareTo(oldest) >= 0).toList();
    FeedbackSet before = kept.map(FeedbackState::set).orElse(null);
    return new Selection(
        before == null ? 0 : before.version(),
        before == null ? null : before.items(),
        store.put(String.join("\n", window).getBytes(StandardCharsets.UTF_8)),
        window.stream().filter(name -> !read.contains(name)).count());
  }

  @Override
  public Curated curate(CurateRequest request) {
    FeedbackCuration curation = new FeedbackCuration(request.modelLine());
    for (String name : lines(request.selection().names())) {
      Activity.getExecutionContext().heartbeat(name);
      Optional<byte[]> document = store.getDocument(name);
      if (document.isPresent()) {
        if (name.contains("/exchanges-")) {
          curation.addExchanges(document.get());
        } else {
          curation.addFeedback(document.get());
        }
      }
    }
    ArtifactRef before = request.selection().before();
    FeedbackCuration.Curated curated =
        curation.over(before == null ? List.of() : FeedbackFile.read(store.get(before)));
    return new Curated(
        store.put(FeedbackFile.write(curated.items())),
        curated.items().stream().filter(FeedbackItem::isTask).count(),
        curated.items().stream().filter(FeedbackItem::isExample).count(),
        curated.dropped());
  }

  @Override
  public CurationResult publish(PublishRequest request) {
    String line = request.modelLine();
    Selection selection = request.selection();
    Curated curated = request.curated();
    FeedbackSet latest = kept(line).map(FeedbackState::set).orElse(null);
    FeedbackSet next =
        new FeedbackSet(
            FeedbackSet.name(line),
            selection.version() + 1,
            curated.items(),
            curated.tasks(),
            curated.examples());
    boolean made = next.equals(latest);
    boolean isNew =
        made
            || (curated.tasks() + curated.examples() > 0
                && (latest == null || !latest.items().sha256().equals(curated.items().sha256())));
    FeedbackSet current = isNew ? next : latest;
    byte[] document =
        Payloads.toJson(new FeedbackState(current, selection.names()))
            .getBytes(StandardCharsets.UTF_8);
    if (isNew) {
      store.putDocument(
          FeedbackSet.folder(line) + String.format(Locale.ROOT, "%06d.json", next.version()),
          document);
    }
    // Last: whoever reads the newest version finds it whole.
    store.putDocument(FeedbackState.document(line), document);
    return new CurationResult(current, isNew, selection.fresh(), curated.dropped());
  }

  @Override
  public Latest latest(String modelLine) {
    return new Latest(kept(modelLine).map(FeedbackState::set).orElse(null));
  }

  private Optional<FeedbackState> kept(String line) {
    return store
        .getDocument(FeedbackState.document(line))
        .map(
            bytes ->
                Payloads.fromJson(new String(bytes, StandardCharsets.UTF_8), FeedbackState.class));
  }

  private List<String> lines(ArtifactRef names) {
    return new String(store.get(names), StandardCharsets.UTF_8).lines().toList();
  }

  private static String day(String name) {
    Matcher matcher = DOCUMENT.matcher(name);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(name);
    }
    return Objects.requireNonNull(matcher.group(1));
  }
}
