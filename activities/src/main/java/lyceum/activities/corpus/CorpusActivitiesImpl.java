package lyceum.activities.corpus;

import io.temporal.activity.Activity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import lyceum.activities.Catalogue;
import lyceum.activities.LocalFiles;
import lyceum.contracts.Payloads;
import lyceum.contracts.corpus.CorpusActivities;
import lyceum.contracts.corpus.CorpusResult;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.core.ArtifactRef;
import lyceum.core.LyceumException;
import lyceum.core.recipe.SourceSettings;
import lyceum.data.corpus.Document;
import lyceum.data.corpus.DocumentFile;
import lyceum.data.corpus.Split;
import lyceum.data.dedup.ExactDeduplicator;
import lyceum.data.filter.QualityFilter;
import lyceum.data.filter.TextNormalizer;
import lyceum.data.reader.SourceReader;

/** Fetches, cleans and joins sources with {@code lyceum.data}. */
public final class CorpusActivitiesImpl implements CorpusActivities {
  private static final String DUPLICATE = "exact_duplicate";

  private final LocalFiles files;
  private final Catalogue catalogue;

  public CorpusActivitiesImpl(LocalFiles files, Catalogue catalogue) {
    this.files = files;
    this.catalogue = catalogue;
  }

  @Override
  public FetchedSource fetch(SourceSettings source) {
    heartbeat("fetch " + source.name(), 0);
    Path content = catalogue.fetch(source);
    heartbeat("store " + source.name(), 0);
    return new FetchedSource(source, files.store().put(content));
  }

  @Override
  public CleanedSource clean(CleanRequest request) {
    SourceSettings source = request.fetched().source();
    Path content = files.fetch(request.fetched().content());
    QualityFilter filter = new QualityFilter(request.quality());
    SortedMap<String, Long> dropped = new TreeMap<>();
    List<Document> kept = new ArrayList<>();
    AtomicLong read = new AtomicLong();
    SourceReader.forEach(
        content,
        source,
        document -> {
          if (read.incrementAndGet() % 200 == 0) {
            heartbeat("clean " + source.name(), read.get());
          }
          String text = TextNormalizer.normalize(document.text());
          filter
              .dropReason(text)
              .ifPresentOrElse(
                  reason -> dropped.merge(reason, 1L, Long::sum),
                  () -> kept.add(new Document(document.id(), document.source(), text)));
        });
    ArtifactRef documents = storeDocuments(kept);
    return new CleanedSource(
        source.name(),
        source.licence(),
        request.fetched().content().sha256(),
        documents,
        read.get(),
        kept.size(),
        dropped);
  }

  @Override
  public CorpusResult assemble(AssembleRequest request) {
    ExactDeduplicator deduplicator = new ExactDeduplicator();
    List<Document> train = new ArrayList<>();
    List<Document> validation = new ArrayList<>();
    SortedMap<String, Long> dropped = new TreeMap<>();
    Map<String, long[]> keptAndBytes = new HashMap<>();
    long read = 0;
    for (CleanedSource source : request.sources()) {
      heartbeat("deduplicate " + source.name(), train.size());
      read += source.read();
      source.droppedByReason().forEach((reason, count) -> dropped.merge(reason, count, Long::sum));
      long[] counts = keptAndBytes.computeIfAbsent(source.name(), name -> new long[2]);
      DocumentFile.forEach(
          files.fetch(source.documents()),
          document -> {
            if (!deduplicator.isFirst(document.text())) {
              dropped.merge(DUPLICATE, 1L, Long::sum);
              return;
            }
            counts[0]++;
            counts[1] += bytes(document);
            (Split.isValidation(document.text(), request.validationFraction()) ? validation : train)
                .add(document);
          });
    }
    if (train.isEmpty() || validation.isEmpty()) {
      throw LyceumException.user(
          "Of "
              + read
              + " documents "
              + train.size()
              + " are left to train on and "
              + validation.size()
              + " to validate on; both must be more than 0. Dropped: "
              + dropped
              + ". Relax corpus.quality, add sources, or raise corpus.validationFraction.");
    }
    List<CorpusResult.SourceCount> sources = new ArrayList<>();
    for (CleanedSource source : request.sources()) {
      long[] counts = keptAndBytes.getOrDefault(source.name(), new long[2]);
      sources.add(
          new CorpusResult.SourceCount(
              source.name(),
              source.licence(),
              source.sha256(),
              source.read(),
              counts[0],
              counts[1]));
    }
    Map<String, Object> report = new TreeMap<>();
    report.put("documentsRead", read);
    report.put("documentsKept", train.size() + validation.size());
    report.put("droppedByReason", dropped);
    report.put("sources", sources);
    ArtifactRef reportRef =
        files.store().put(Payloads.toJson(report).getBytes(StandardCharsets.UTF_8));
    return new CorpusResult(
        storeDocuments(train),
        storeDocuments(validation),
        reportRef,
        sources,
        read,
        train.size() + validation.size(),
        dropped,
        train.stream().mapToLong(CorpusActivitiesImpl::bytes).sum(),
        validation.stream().mapToLong(CorpusActivitiesImpl::bytes).sum());
  }

  private ArtifactRef storeDocuments(List<Document> documents) {
    return files.inScratch(
        scratch -> {
          Path file = scratch.resolve("documents.jsonl.gz");
          DocumentFile.write(file, documents);
          return putAndCheck(file);
        });
  }

  private ArtifactRef putAndCheck(Path file) throws IOException {
    if (Files.size(file) == 0) {
      throw LyceumException.internal("The document file " + file + " came out empty.");
    }
    return files.store().put(file);
  }

  private static long bytes(Document document) {
    return document.text().getBytes(StandardCharsets.UTF_8).length;
  }

  private static void heartbeat(String phase, long done) {
    Activity.getExecutionContext().heartbeat(new StageProgress(phase, done, 0, Double.NaN, 0, 0));
  }
}
