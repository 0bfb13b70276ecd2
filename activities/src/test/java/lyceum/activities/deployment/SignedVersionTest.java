package lyceum.activities.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lyceum.activities.RecordingTracker;
import lyceum.activities.lifecycle.ModelVersions;
import lyceum.connectors.storage.DirectoryArtifactStore;
import lyceum.core.ArtifactRef;
import lyceum.core.ModelArtifact;
import lyceum.core.signing.ModelSignature;
import lyceum.core.signing.ModelSignatures;
import lyceum.core.signing.SigningKey;
import lyceum.core.signing.TrustedKeys;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a registered version's signature holds, and what it does not let pass. */
class SignedVersionTest {
  @TempDir Path folder;
  private final SigningKey key = SigningKey.generate();
  private DirectoryArtifactStore store;
  private ModelSignatures signatures;

  @BeforeEach
  void open() {
    store = new DirectoryArtifactStore(folder);
    signatures =
        new ModelSignatures(
            store, Optional.of(key), TrustedKeys.of(List.of(key.publicKey()), true));
  }

  @Test
  void register_signs_soThatTheVersionPasses() {
    ModelArtifact model = model("weights");
    ModelVersions.register(
        new RecordingTracker(), signatures, "a-line", model, "tracking", Map.of());

    assertThatCode(() -> signatures.check("version 1", model)).doesNotThrowAnyException();
  }

  /** Someone who can write the registry points the version at other weights. */
  @Test
  void check_registryPointsAtOtherWeights_isRefused() {
    signatures.sign(model("weights"));

    assertThatThrownBy(() -> signatures.check("version 1", model("other weights")))
        .hasMessageContaining("version 1")
        .hasMessageContaining("is not signed");
  }

  /** Someone who can write the store as well moves a signature to other weights. */
  @Test
  void check_signatureCopiedToOtherWeights_isRefused() {
    signatures.sign(model("weights"));
    ModelArtifact other = model("other weights");
    byte[] signature =
        store.getDocument(ModelSignature.documentName(model("weights").digest())).orElseThrow();
    store.putDocument(ModelSignature.documentName(other.digest()), signature);

    assertThatThrownBy(() -> signatures.check("version 1", other))
        .hasMessageContaining("not those that were signed");
  }

  @Test
  void place_putsTheSignatureBesideTheFiles(@TempDir Path served) {
    ModelArtifact model = model("weights");
    signatures.sign(model);
    signatures.place(model, served);

    assertThat(TrustedKeys.signatureIn(served)).contains(key.sign(model.digest()));
  }

  private ModelArtifact model(String weights) {
    Map<String, ArtifactRef> files = new HashMap<>();
    for (String name :
        List.of(ModelArtifact.CONFIG, ModelArtifact.TOKENIZER, ModelArtifact.TOKENIZER_CONFIG)) {
      files.put(name, store.put(name.getBytes(StandardCharsets.UTF_8)));
    }
    files.put(ModelArtifact.WEIGHTS, store.put(weights.getBytes(StandardCharsets.UTF_8)));
    return ModelArtifact.of(files);
  }
}
