package lyceum.application.dataset;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPInputStream;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.contracts.Payloads;
import lyceum.contracts.corpus.CorpusResult;
import lyceum.core.LyceumException;

/** Corpora that runs have made, as their stage records tell. */
public final class Datasets {
  private static final String FOLDER = "stages/corpus/";

  private static final int SAMPLED_BYTES = 1 << 20;

  private final MinioArtifactStore store;
  private final Map<String, Dataset> read = new ConcurrentHashMap<>();

  public Datasets(MinioArtifactStore store) {
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
    List<Dataset> found = new ArrayList<>();
    for (String name : store.listDocuments(FOLDER)) {
      // The record under a key is the same for ever.
      Dataset known = read.get(name);
      if (known == null) {
        known = store.getDocument(name).map(Datasets::dataset).orElse(null);
      }
      if (known != null) {
        read.put(name, known);
        found.add(known);
      }
    }
    return found;
  }

  /** The corpus under this key; empty where there is none. */
  public Optional<Dataset> find(String key) {
    return key.matches("[0-9a-f]{64}")
        ? store.getDocument(FOLDER + key + ".json").map(Datasets::dataset)
        : Optional.empty();
  }

  /** Some documents of a corpus: the first that fit into a megabyte of the file. */
  public List<JsonNode> documents(Dataset dataset, int most) {
    byte[] head = store.head(dataset.corpus().trainDocuments(), SAMPLED_BYTES);
    List<JsonNode> documents = new ArrayList<>();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(new ByteArrayInputStream(head)), StandardCharsets.UTF_8))) {
      String line = reader.readLine();
      while (line != null && documents.size() < most) {
        documents.add(Payloads.fromJson(line, JsonNode.class));
        line = reader.readLine();
      }
    } catch (EOFException e) {
      // The file goes on; what was whole is shown.
      return documents;
    } catch (IOException e) {
      throw LyceumException.external(
          "The documents of corpus " + dataset.key() + " cannot be read.", e);
    }
    return documents;
  }

  private static Dataset dataset(byte[] bytes) {
    JsonNode record = Payloads.fromJson(new String(bytes, StandardCharsets.UTF_8), JsonNode.class);
    return new Dataset(
        record.path("key").asText(),
        record.path("runId").asText(),
        Payloads.fromJson(record.path("resultJson").asText(), CorpusResult.class));
  }
}
