package lyceum.application.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lyceum.contracts.Payloads;
import lyceum.core.ArtifactRef;
import lyceum.core.ArtifactStore;

/** Checkpoints that trainings of a run have left in object storage. */
public final class RunCheckpoints {
  // checkpoints/<run>/<stage>-<phase>/<key>/step-<step>/manifest.json
  private static final Pattern MANIFEST =
      Pattern.compile("checkpoints/[^/]+/(([a-z]+)-[^/]+)/([^/]+)/step-([0-9]+)/manifest\\.json");

  private final ArtifactStore store;

  public RunCheckpoints(ArtifactStore store) {
    this.store = store;
  }

  /**
   * One checkpoint.
   *
   * @param id training and step
   * @param state weights, moments, position
   */
  public record Checkpoint(String id, String stage, long step, ArtifactRef state) {}

  /** The checkpoints of a run, training by training, steps ascending. */
  public List<Checkpoint> of(String runId) {
    List<Checkpoint> found = new ArrayList<>();
    for (String name : store.listDocuments("checkpoints/" + runId + "/")) {
      Matcher manifest = MANIFEST.matcher(name);
      if (!manifest.matches()) {
        continue;
      }
      long step = Long.parseLong(manifest.group(4));
      store
          .getDocument(name)
          .map(
              bytes -> Payloads.fromJson(new String(bytes, StandardCharsets.UTF_8), JsonNode.class))
          .ifPresent(
              json ->
                  found.add(
                      new Checkpoint(
                          manifest.group(1) + "@" + step,
                          manifest.group(2),
                          step,
                          Payloads.fromJson(json.path("state").toString(), ArtifactRef.class))));
    }
    return found;
  }
}
