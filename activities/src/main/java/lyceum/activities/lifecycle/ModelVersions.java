package lyceum.activities.lifecycle;

import java.util.Map;
import java.util.TreeMap;
import lyceum.contracts.Payloads;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.Tracker;
import lyceum.core.signing.ModelSignatures;

/** How a model stands in the registry: one version a distinct model, its files named in a tag. */
public final class ModelVersions {
  private static final String MODEL_TAG = "lyceum.model";
  private static final String DIGEST_TAG = "lyceum.digest";

  private ModelVersions() {}

  /** Signs and registers the model, or finds the version that it has; adds the tags to it. */
  public static Tracker.Version register(
      Tracker tracker,
      ModelSignatures signatures,
      String modelLine,
      ModelArtifact model,
      String trackingRunId,
      Map<String, String> tags) {
    signatures.sign(model);
    Map<String, String> all = new TreeMap<>(tags);
    all.put(MODEL_TAG, Payloads.toJson(model));
    all.put(DIGEST_TAG, model.digest());
    all.put("lyceum.weights_sha256", model.weightsSha256());
    Tracker.Version version =
        tracker.registerVersion(
            modelLine,
            model.digest(),
            model.file(ModelArtifact.WEIGHTS).uri().toString(),
            trackingRunId,
            all);
    tracker.setVersionTags(modelLine, version.version(), tags);
    return version;
  }

  /** The files of a registered version. */
  public static ModelArtifact model(Tracker.Version version) {
    String json = version.tags().get(MODEL_TAG);
    if (json == null) {
      throw LyceumException.user(
          "Version "
              + version.version()
              + " of "
              + version.modelLine()
              + " was not registered by Lyceum: it has no tag "
              + MODEL_TAG
              + ". Promote another version.");
    }
    return Payloads.fromJson(json, ModelArtifact.class);
  }
}
