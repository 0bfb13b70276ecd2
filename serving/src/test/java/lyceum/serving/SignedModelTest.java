package lyceum.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import lyceum.core.ModelArtifact;
import lyceum.core.signing.ModelSignature;
import lyceum.core.signing.SigningKey;
import lyceum.core.signing.TrustedKeys;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignedModelTest {
  private final SigningKey key = SigningKey.generate();
  private final EngineSetup trusting =
      EngineSetup.of(2).trusting(TrustedKeys.of(List.of(key.publicKey()), true));

  @TempDir Path folder;

  @BeforeEach
  void signedModel() throws IOException {
    TinyModels.write(folder, 1);
    String digest = load(EngineSetup.of(2)).digest();
    Files.writeString(folder.resolve(ModelSignature.FILE), key.sign(digest).toText());
  }

  @Test
  void load_signed_isServed_andTheSignatureIsNoFileOfTheModel() {
    assertThat(load(trusting).digest()).isEqualTo(load(EngineSetup.of(2)).digest());
  }

  @Test
  void load_oneBitOfTheWeightsChanged_isRefused() throws IOException {
    Path weights = folder.resolve(ModelArtifact.WEIGHTS);
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);

    assertThatThrownBy(() -> load(trusting)).hasMessageContaining("not those that were signed");
  }

  @Test
  void load_aFileMore_isRefused() throws IOException {
    Files.writeString(folder.resolve("generation_config.json"), "{}");

    assertThatThrownBy(() -> load(trusting)).hasMessageContaining("not those that were signed");
  }

  @Test
  void load_unsigned_isRefused() throws IOException {
    Files.delete(folder.resolve(ModelSignature.FILE));

    assertThatThrownBy(() -> load(trusting)).hasMessageContaining("is not signed");
  }

  @Test
  void load_signedByAStranger_isRefused() throws IOException {
    Files.writeString(
        folder.resolve(ModelSignature.FILE),
        SigningKey.generate().sign(load(EngineSetup.of(2)).digest()).toText());

    assertThatThrownBy(() -> load(trusting)).hasMessageContaining("not among those trusted");
  }

  private ServedModel load(EngineSetup setup) {
    return ServedModel.load(folder, "tiny", 1, Optional.empty(), Optional.empty(), setup);
  }
}
