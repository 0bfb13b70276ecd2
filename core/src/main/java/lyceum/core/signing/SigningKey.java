package lyceum.core.signing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Set;
import lyceum.core.LyceumException;

/**
 * The private key of whoever makes models; {@code openssl pkey} reads and writes the same files.
 */
public final class SigningKey {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final PrivateKey privateKey;
  private final PublicKey publicKey;

  private SigningKey(PrivateKey privateKey, PublicKey publicKey) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
  }

  /** A new key pair. */
  public static SigningKey generate() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      return new SigningKey(pair.getPrivate(), pair.getPublic());
    } catch (GeneralSecurityException e) {
      throw LyceumException.internal("This JDK makes no Ed25519 keys: " + e.getMessage(), e);
    }
  }

  /**
   * Reads the private key and, beside it, the public one.
   *
   * @param file PKCS#8 in PEM, readable by its owner alone
   * @throws LyceumException USER when one is missing, no key, of another pair, or open to others
   */
  public static SigningKey read(Path file) {
    try {
      if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        if (!OWNER_ONLY.containsAll(permissions)) {
          throw LyceumException.user(
              "The signing key "
                  + file
                  + " is open to others ("
                  + PosixFilePermissions.toString(permissions)
                  + "). Make it yours alone: chmod 600 "
                  + file);
        }
      }
      PrivateKey privateKey =
          KeyFactory.getInstance("Ed25519")
              .generatePrivate(new PKCS8EncodedKeySpec(Pem.decode(Files.readString(file), file)));
      SigningKey key = new SigningKey(privateKey, Pem.publicKey(publicFile(file)));
      String probe = "0".repeat(64);
      if (!TrustedKeys.verifies(key.publicKey, probe, key.sign(probe))) {
        throw LyceumException.user(
            publicFile(file)
                + " is not the public key of "
                + file
                + ". Write it anew: openssl pkey"
                + " -in "
                + file
                + " -pubout");
      }
      return key;
    } catch (IOException e) {
      throw LyceumException.user(
          "Cannot read the signing key "
              + file
              + ": "
              + e
              + ". Make one: openssl genpkey -algorithm ed25519",
          e);
    } catch (GeneralSecurityException e) {
      throw LyceumException.user(file + " holds no Ed25519 key: " + e.getMessage(), e);
    }
  }

  /** Writes both keys, the private one readable by its owner alone; neither may be there. */
  public void write(Path file) {
    try {
      if (file.getParent() != null) {
        Files.createDirectories(file.getParent());
      }
      if (Files.getFileStore(file.toAbsolutePath().getParent())
          .supportsFileAttributeView("posix")) {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      } else {
        Files.createFile(file);
      }
      Files.writeString(file, Pem.encode("PRIVATE KEY", privateKey.getEncoded()));
      Files.writeString(
          publicFile(file),
          Pem.encode("PUBLIC KEY", publicKey.getEncoded()),
          StandardOpenOption.CREATE_NEW);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot write the signing key " + file + ": " + e, e);
    }
  }

  /** Where the public key lies: beside the private one, with {@code .pub} at the end. */
  public static Path publicFile(Path file) {
    return file.resolveSibling(file.getFileName() + ".pub");
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  /**
   * Signs a model.
   *
   * @param modelDigest {@link lyceum.core.ModelArtifact#digest}
   */
  public ModelSignature sign(String modelDigest) {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(privateKey);
      signature.update(ModelSignature.message(modelDigest));
      return new ModelSignature(
          modelDigest,
          TrustedKeys.id(publicKey),
          Base64.getEncoder().encodeToString(signature.sign()));
    } catch (GeneralSecurityException e) {
      throw LyceumException.internal("Cannot sign " + modelDigest + ": " + e.getMessage(), e);
    }
  }
}
