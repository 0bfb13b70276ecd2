package lyceum.cli.model;

import java.util.concurrent.Callable;
import lyceum.application.model.ModelLines;
import lyceum.cli.command.Lyceum;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.core.ArtifactRef;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.signing.ModelSignatures;
import lyceum.core.signing.TrustedKeys;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code lyceum model sign}. */
@Command(
    name = "sign",
    description = {
      "Sign a version with this installation's key, after its files were read and compared with their digests.",
      "For versions from before models were signed; later ones are signed when they are registered."
    })
final class ModelSignCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Parameters(index = "0", paramLabel = "LINE", description = "A model line.")
  private String line = "";

  @Parameters(index = "1", paramLabel = "VERSION", description = "A number or an alias.")
  private String version = "";

  ModelSignCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    Settings settings = lyceum.settings();
    ModelLines lines = lyceum.modelLines();
    String name = lines.resolve(line);
    ModelArtifact model = ModelLines.files(lines.version(name, version));
    ArtifactStore store = new MinioArtifactStore(settings.storage());
    for (ArtifactRef file : model.files().values()) {
      if (!store.isIntact(file)) {
        throw LyceumException.user(
            file.uri() + " is missing or has other bytes than its name says; it is not signed.");
      }
    }
    if (!new ModelSignatures(store, settings.signing().signingKey(), TrustedKeys.NONE)
        .sign(model)) {
      throw LyceumException.user(
          "There is no signing key at "
              + settings.signing().key()
              + ". ./lyceum up makes one; signing.key names another.");
    }
    lyceum.screen().say("Signed version " + version + " of " + name + " (" + model.digest() + ").");
    return 0;
  }
}
