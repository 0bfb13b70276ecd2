package lyceum.core.signing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;

/**
 * Whose models may serve.
 *
 * @param byId public keys by {@link #id}
 * @param required whether a model without a signature is refused; a wrong one always is
 */
public record TrustedKeys(Map<String, PublicKey> byId, boolean required) {
  /** Nobody's signature is asked for: for models from a folder of one's own. */
  public static final TrustedKeys NONE = new TrustedKeys(Map.of(), false);

  public TrustedKeys {
    byId = Map.copyOf(byId);
    if (required && byId.isEmpty()) {
      throw LyceumException.user(
          "Signatures are required, but no public key is trusted. Name one in signing.trusted.");
    }
  }

  public static TrustedKeys of(Collection<PublicKey> keys, boolean required) {
    Map<String, PublicKey> byId = new TreeMap<>();
    keys.forEach(key -> byId.put(id(key), key));
    return new TrustedKeys(byId, required);
  }

  /**
   * The public keys in these files.
   *
   * @throws LyceumException USER when one cannot be read
   */
  public static TrustedKeys read(List<Path> files, boolean required) {
    return of(files.stream().map(Pem::publicKey).toList(), required);
  }

  /** The first 16 hexadecimal digits of the key's sha256. */
  public static String id(PublicKey key) {
    return Sha256.of(key.getEncoded()).substring(0, 16);
  }

  /**
   * Holds a model against its signature.
   *
   * @param what is named when it is refused, for example {@code version 3 of lyceum-tiny}
   * @param modelDigest of the files as they are
   * @throws LyceumException USER when the signature is missing though required, of another model,
   *     by a key that is not trusted, or false
   */
  public void check(String what, String modelDigest, Optional<ModelSignature> signature) {
    if (signature.isEmpty()) {
      if (required) {
        throw LyceumException.user(
            what
                + " ("
                + modelDigest
                + ") is not signed, and signing.required is true. If it is yours, sign it:"
                + " lyceum model sign");
      }
      return;
    }
    if (byId.isEmpty()) {
      return;
    }
    ModelSignature given = signature.get();
    if (!given.digest().equals(modelDigest)) {
      throw LyceumException.user(
          what
              + " has the digest "
              + modelDigest
              + ", and its signature is for "
              + given.digest()
              + ". Its files are not those that were signed.");
    }
    PublicKey key = byId.get(given.keyId());
    if (key == null) {
      throw LyceumException.user(
          what
              + " is signed with the key "
              + given.keyId()
              + ", which is not among those trusted "
              + new TreeMap<>(byId).keySet()
              + ". If it should be, add its public key to signing.trusted.");
    }
    if (!verifies(key, modelDigest, given)) {
      throw LyceumException.user(
          "The signature of " + what + " (" + modelDigest + ") is false. Do not serve it.");
    }
  }

  /** The signature in a model's folder, empty when there is none. */
  public static Optional<ModelSignature> signatureIn(Path folder) {
    Path file = folder.resolve(ModelSignature.FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          ModelSignature.parse(new String(Files.readAllBytes(file), StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw LyceumException.resource("Cannot read " + file + ": " + e, e);
    }
  }

  static boolean verifies(PublicKey key, String modelDigest, ModelSignature signature) {
    try {
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(key);
      verifier.update(ModelSignature.message(modelDigest));
      return verifier.verify(Base64.getDecoder().decode(signature.signature()));
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
