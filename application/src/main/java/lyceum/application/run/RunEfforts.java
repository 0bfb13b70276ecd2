package lyceum.application.run;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lyceum.contracts.Payloads;
import lyceum.contracts.lifecycle.Effort;
import lyceum.core.ArtifactStore;
import lyceum.core.Stage;

/**
 * What the trainings of a run have cost, attempts that were killed included; each writes it down in
 * object storage as it goes.
 */
public final class RunEfforts {
  // checkpoints/<run>/<stage>-<phase>/<key>/effort/<attempt>.json
  private static final Pattern EFFORT =
      Pattern.compile("checkpoints/[^/]+/([a-z]+)-([^/]+)/[^/]+/effort/[^/]+\\.json");

  private final ArtifactStore store;

  public RunEfforts(ArtifactStore store) {
    this.store = store;
  }

  /**
   * One training.
   *
   * @param phase tells apart the trainings of a stage, for example {@code reward}
   */
  public record Training(Stage stage, String phase, Effort effort) {}

  /** Each training of the run, in the order of the stages; none of a stage that was reused. */
  public List<Training> of(String runId) {
    SortedMap<Stage, SortedMap<String, List<Effort>>> attempts = new TreeMap<>();
    for (String name : store.listDocuments("checkpoints/" + runId + "/")) {
      Matcher training = EFFORT.matcher(name);
      if (training.matches()) {
        List<Effort> efforts =
            attempts
                .computeIfAbsent(Stage.ofNoun(training.group(1)), stage -> new TreeMap<>())
                .computeIfAbsent(training.group(2), phase -> new ArrayList<>());
        store
            .getDocument(name)
            .map(
                bytes -> Payloads.fromJson(new String(bytes, StandardCharsets.UTF_8), Effort.class))
            .ifPresent(efforts::add);
      }
    }
    List<Training> trainings = new ArrayList<>();
    attempts.forEach(
        (stage, phases) ->
            phases.forEach(
                (phase, efforts) ->
                    trainings.add(new Training(stage, phase, Effort.sum(efforts)))));
    return trainings;
  }
}
