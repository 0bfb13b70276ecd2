package lyceum.core.signing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SigningTest {
  private static final String MODEL = Sha256.of("a model");
  private static final String TAMPERED = Sha256.of("a model with other weights");

  @TempDir Path folder;

  private final SigningKey key = SigningKey.generate();
  private final TrustedKeys trusted = TrustedKeys.of(List.of(key.publicKey()), true);

  @Test
  void check_whatWasSigned_passes() {
    assertThatCode(() -> check(trusted, MODEL, key.sign(MODEL))).doesNotThrowAnyException();
  }

  @Test
  void check_otherFiles_areRefused() {
    assertThatThrownBy(() -> check(trusted, TAMPERED, key.sign(MODEL)))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("version 3 of a-line")
        .hasMessageContaining("not those that were signed");
  }

  @Test
  void check_signatureMovedToOtherFiles_isFalse() {
    ModelSignature signature = key.sign(MODEL);
    ModelSignature moved = new ModelSignature(TAMPERED, signature.keyId(), signature.signature());

    assertThatThrownBy(() -> check(trusted, TAMPERED, moved)).hasMessageContaining("is false");
  }

  @Test
  void check_flippedBits_areFalse() {
    ModelSignature signature = key.sign(MODEL);
    byte[] bytes = Base64.getDecoder().decode(signature.signature());
    for (int bit = 0; bit < bytes.length * 8; bit += 7) {
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
      ModelSignature flipped =
          new ModelSignature(MODEL, signature.keyId(), Base64.getEncoder().encodeToString(bytes));
      assertThatThrownBy(() -> check(trusted, MODEL, flipped)).hasMessageContaining("is false");
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
    }
  }

  @Test
  void check_anotherKey_isRefusedByItsId() {
    SigningKey stranger = SigningKey.generate();

    assertThatThrownBy(() -> check(trusted, MODEL, stranger.sign(MODEL)))
        .hasMessageContaining(TrustedKeys.id(stranger.publicKey()));
  }

  @Test
  void check_unsigned_isRefusedOnlyWhereRequired() {
    assertThatThrownBy(() -> trusted.check("version 3 of a-line", MODEL, Optional.empty()))
        .hasMessageContaining("is not signed")
        .hasMessageContaining("lyceum model sign");
    assertThatCode(
            () ->
                TrustedKeys.of(List.of(key.publicKey()), false)
                    .check("version 3 of a-line", MODEL, Optional.empty()))
        .doesNotThrowAnyException();
  }

  @Test
  void check_false_isRefusedWhereNoneIsRequired() {
    TrustedKeys lenient = TrustedKeys.of(List.of(key.publicKey()), false);

    assertThatThrownBy(() -> check(lenient, TAMPERED, key.sign(MODEL)))
        .hasMessageContaining("not those that were signed");
  }

  @Test
  void required_withoutAKey_isRefused() {
    assertThatThrownBy(() -> TrustedKeys.of(List.of(), true))
        .hasMessageContaining("signing.trusted");
  }

  @Test
  void write_readBack_signsTheSame_andIsTheOwnersAlone() throws IOException {
    Path file = folder.resolve("keys/signing.pem");
    key.write(file);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(SigningKey.read(file).sign(MODEL)).isEqualTo(key.sign(MODEL));
    TrustedKeys read = TrustedKeys.read(List.of(SigningKey.publicFile(file)), true);
    assertThatCode(() -> check(read, MODEL, key.sign(MODEL))).doesNotThrowAnyException();
    assertThatThrownBy(() -> key.write(file)).isInstanceOf(LyceumException.class);
  }

  @Test
  void read_keyOpenToOthers_isRefused() throws IOException {
    Path file = folder.resolve("signing.pem");
    key.write(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

    assertThatThrownBy(() -> SigningKey.read(file)).hasMessageContaining("chmod 600");
  }

  @Test
  void read_publicKeyOfAnotherPair_isRefused() throws IOException {
    Path file = folder.resolve("signing.pem");
    key.write(file);
    Path other = folder.resolve("other.pem");
    SigningKey.generate().write(other);
    Files.copy(
        SigningKey.publicFile(other),
        SigningKey.publicFile(file),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);

    assertThatThrownBy(() -> SigningKey.read(file)).hasMessageContaining("is not the public key");
  }

  @Test
  void parse_ofText_isTheSame() {
    ModelSignature signature = key.sign(MODEL);

    assertThat(ModelSignature.parse(signature.toText())).isEqualTo(signature);
  }

  @Test
  void parse_anythingElse_isAUserError() {
    String text = key.sign(MODEL).toText();
    for (int cut = 0; cut < text.length() - 1; cut++) {
      String damaged = text.substring(0, cut);
      assertThatThrownBy(() -> ModelSignature.parse(damaged)).isInstanceOf(LyceumException.class);
    }
    assertThatThrownBy(() -> ModelSignature.parse(text.replace("digest ", "digest x")))
        .isInstanceOf(LyceumException.class);
    assertThatThrownBy(() -> ModelSignature.parse(text.replace("ed25519 ", "ed25519 *")))
        .isInstanceOf(LyceumException.class);
    assertThatThrownBy(() -> ModelSignature.parse(text + "\nmore"))
        .isInstanceOf(LyceumException.class);
  }

  private static void check(TrustedKeys keys, String digest, ModelSignature signature) {
    keys.check("version 3 of a-line", digest, Optional.of(signature));
  }
}
