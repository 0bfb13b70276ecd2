package lyceum.worker;

import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.MinioArtifactStore;

/**
 * The inference server of an installation: {@link lyceum.serving.Main} with the installation's
 * object storage, to which the records of what was served are shipped.
 */
public final class ServingMain {
  private ServingMain() {}

  public static void main(String[] args) {
    System.exit(
        lyceum.serving.Main.run(args, () -> new MinioArtifactStore(Settings.load().storage())));
  }
}
