package lyceum.console.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lyceum.application.dataset.Datasets.Dataset;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.console.http.Answer;
import lyceum.console.http.Call;
import lyceum.console.http.Operation;
import lyceum.console.http.Parameter;
import lyceum.contracts.corpus.CorpusResult;

/** Corpora: what they are made of, what was dropped, and how they read. */
public final class DatasetApi {
  private static final int SAMPLE_LENGTH = 2000;

  private final Services services;

  public DatasetApi(Services services) {
    this.services = services;
  }

  record Row(
      String digest,
      String run,
      long documentsRead,
      long documentsKept,
      long bytes,
      List<String> sources) {
    static Row of(Dataset dataset) {
      CorpusResult corpus = dataset.corpus();
      return new Row(
          dataset.key(),
          dataset.runId(),
          corpus.documentsRead(),
          corpus.documentsKept(),
          corpus.trainBytes() + corpus.validationBytes(),
          corpus.sources().stream().map(CorpusResult.SourceCount::name).toList());
    }
  }

  record Rows(List<Row> items) {}

  /**
   * @param left documents left after these were dropped
   */
  record Drop(String reason, long dropped, long left) {}

  record View(
      String digest,
      String run,
      long documentsRead,
      long documentsKept,
      long bytes,
      List<Drop> funnel,
      List<CorpusResult.SourceCount> sources) {
    static View of(Dataset dataset) {
      CorpusResult corpus = dataset.corpus();
      List<Drop> funnel = new ArrayList<>();
      long left = corpus.documentsRead();
      for (Map.Entry<String, Long> reason : corpus.droppedByReason().entrySet()) {
        left -= reason.getValue();
        funnel.add(new Drop(reason.getKey(), reason.getValue(), left));
      }
      return new View(
          dataset.key(),
          dataset.runId(),
          corpus.documentsRead(),
          corpus.documentsKept(),
          corpus.trainBytes() + corpus.validationBytes(),
          funnel,
          corpus.sources());
    }
  }

  /**
   * @param text cut after so many characters
   */
  record Sample(String id, String source, String text, String reason) {}

  record Samples(List<Sample> items) {}

  public List<Operation> operations() {
    return List.of(
        Operation.get("listDatasets", "/datasets", "Corpora that runs have made.")
            .answers(Rows.class)
            .verb("dataset list")
            .does(
                call ->
                    Answer.of(new Rows(services.datasets().list().stream().map(Row::of).toList()))),
        Operation.get("getDataset", "/datasets/{digest}", "One corpus with what was dropped.")
            .path("digest", Names.SHA256, "Digest of a corpus.")
            .answers(View.class)
            .does(call -> Answer.of(View.of(dataset(call)))),
        Operation.get("getSamples", "/datasets/{digest}/samples", "Some of its documents.")
            .path("digest", Names.SHA256, "Digest of a corpus.")
            .query(
                Parameter.integer("pageSize", 1, 50, "How many."),
                Parameter.text("reason", Names.WORDS, "Dropped for this reason; none are kept."))
            .answers(Samples.class)
            .does(this::samples));
  }

  private Dataset dataset(Call call) {
    return services
        .datasets()
        .find(call.path("digest"))
        .orElseThrow(
            () ->
                new RequestFailure(
                    Outcome.NOT_FOUND, "There is no corpus " + call.path("digest") + "."));
  }

  private Answer samples(Call call) {
    Dataset dataset = dataset(call);
    if (call.query("reason").isPresent()) {
      // What was dropped is counted, not kept.
      return Answer.of(new Samples(List.of()));
    }
    List<Sample> samples = new ArrayList<>();
    for (JsonNode document : services.datasets().documents(dataset, call.integer("pageSize", 20))) {
      String text = document.path("text").asText();
      samples.add(
          new Sample(
              document.path("id").asText(),
              document.path("source").asText(),
              text.length() > SAMPLE_LENGTH ? text.substring(0, SAMPLE_LENGTH) : text,
              ""));
    }
    return Answer.of(new Samples(samples));
  }
}
