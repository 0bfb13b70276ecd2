package lyceum.application.dataset;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import lyceum.contracts.Payloads;
import lyceum.contracts.corpus.CorpusResult;
import lyceum.core.ArtifactStore;

/** Corpora that runs have made, as their stage records tell. */
public final class Datasets {
  private static final String FOLDER = "stages/corpus/";

  private final ArtifactStore store;

  public Datasets(ArtifactStore store) {
    this.store = store;
  }

  /**
   * One corpus.
   *
   * @param key of the corpus stage; names the corpus
   * @param runId of the run that made it
   */
  public record Dataset(String key, String runId, CorpusResult corpus) {}

  public List<Dataset> list() {
    return store.listDocuments(FOLDER).stream()
        .flatMap(name -> store.getDocument(name).stream())
        .map(Datasets::dataset)
        .toList();
  }

  /** The corpus under this key; empty where there is none. */
  public Optional<Dataset> find(String key) {
    return key.matches("[0-9a-f]{64}")
        ? store.getDocument(FOLDER + key + ".json").map(Datasets::dataset)
        : Optional.empty();
  }

  private static Dataset dataset(byte[] bytes) {
    JsonNode record = Payloads.fromJson(new String(bytes, StandardCharsets.UTF_8), JsonNode.class);
    return new Dataset(
        record.path("key").asText(),
        record.path("runId").asText(),
        Payloads.fromJson(record.path("resultJson").asText(), CorpusResult.class));
  }
}
