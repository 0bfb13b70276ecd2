package lyceum.connectors.settings;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import lyceum.core.signing.SigningKey;
import lyceum.core.signing.TrustedKeys;

/**
 * Who signs models and whose models may serve.
 *
 * @param key file of the private key, where models are made
 * @param trusted files of the public keys
 * @param required whether a model without a signature is refused
 */
public record SigningSettings(Path key, List<Path> trusted, boolean required) {
  public SigningSettings {
    trusted = List.copyOf(trusted);
  }

  /** The key to sign with; empty where there is no such file. */
  public Optional<SigningKey> signingKey() {
    return Files.exists(key) ? Optional.of(SigningKey.read(key)) : Optional.empty();
  }

  /** The keys to verify with; none where nothing is trusted and nothing required. */
  public TrustedKeys trustedKeys() {
    List<Path> files = trusted.stream().filter(file -> required || Files.exists(file)).toList();
    return files.isEmpty() && !required ? TrustedKeys.NONE : TrustedKeys.read(files, required);
  }
}
