package lyceum.core.signing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;

/** The signatures of the models in a store. */
public final class ModelSignatures {
  private final ArtifactStore store;
  private final Optional<SigningKey> key;
  private final TrustedKeys trusted;

  /**
   * @param key to sign with, where models are made
   */
  public ModelSignatures(ArtifactStore store, Optional<SigningKey> key, TrustedKeys trusted) {
    this.store = store;
    this.key = key;
    this.trusted = trusted;
  }

  /**
   * Signs the model, where there is a key to sign with. Signing it again changes nothing: the
   * signature of the same model with the same key is the same.
   *
   * @return whether there is a key
   */
  public boolean sign(ModelArtifact model) {
    key.ifPresent(
        signing ->
            store.putDocument(
                ModelSignature.documentName(model.digest()),
                signing.sign(model.digest()).toText().getBytes(StandardCharsets.UTF_8)));
    return key.isPresent();
  }

  /** The model's signature, empty when it has none. */
  public Optional<ModelSignature> of(ModelArtifact model) {
    return store
        .getDocument(ModelSignature.documentName(model.digest()))
        .map(bytes -> ModelSignature.parse(new String(bytes, StandardCharsets.UTF_8)));
  }

  /**
   * Holds the model against its signature.
   *
   * @param what is named when it is refused
   * @throws LyceumException USER as {@link TrustedKeys#check} says
   */
  public void check(String what, ModelArtifact model) {
    trusted.check(what, model.digest(), of(model));
  }

  /** Puts the signature, where there is one, beside the model's files for whoever serves them. */
  public void place(ModelArtifact model, Path folder) {
    Optional<ModelSignature> signature = of(model);
    if (signature.isEmpty()) {
      return;
    }
    try {
      Path fresh = Files.createTempFile(folder, ModelSignature.FILE, ".new");
      Files.writeString(fresh, signature.get().toText());
      Files.move(
          fresh,
          folder.resolve(ModelSignature.FILE),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw LyceumException.resource(
          "Cannot write the model's signature into " + folder + ": " + e, e);
    }
  }
}
