package lyceum.console.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;

/**
 * A token that signs one person in as {@code admin}, once. It stands in a file that only the
 * installation's owner may read, and is another after each use and each start, so that there is
 * never a password by default.
 */
public final class LoginLink {
  /** Name of the file with the token. */
  public static final String FILE = "login-token";

  /** The user that the link signs in. */
  public static final String USER = "admin";

  private final Path file;
  private final Secrets secrets = new Secrets();
  private String hash = "";

  public LoginLink(Path file) {
    this.file = file;
    renew();
  }

  private void renew() {
    String token = secrets.next();
    try {
      Path folder = file.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      Path fresh =
          Files.createTempFile(
              folder,
              "login",
              ".new",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(fresh, token + "\n");
      Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot write the login token " + file + ": " + e, e);
    }
    hash = Sha256.of(token);
  }

  /** Whether this is the token; it is used up then. */
  public synchronized boolean redeem(String token) {
    boolean right = Secrets.same(Sha256.of(token), hash);
    if (right) {
      renew();
    }
    return right;
  }
}
