package lyceum.console.security;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import java.util.concurrent.Semaphore;
import lyceum.core.LyceumException;

/**
 * Argon2id with the parameters that OWASP's password storage page names: 19 MiB, 2 rounds, 1 lane.
 */
final class Passwords {
  static final int SHORTEST = 12;
  private static final int LONGEST = 200;
  private static final int KIBIBYTES = 19_456;
  private static final Argon2Function ARGON =
      Argon2Function.getInstance(KIBIBYTES, 2, 1, 32, Argon2.ID);

  // Each takes 19 MiB for a moment; a flood of logins must not take all memory.
  private final Semaphore turns = new Semaphore(2, true);
  private final String nobody;

  Passwords() {
    nobody = hash("nobody has this password");
  }

  /**
   * @throws LyceumException USER for a password that is too short or too long
   */
  String hash(String password) {
    if (password.length() < SHORTEST || password.length() > LONGEST) {
      throw LyceumException.user(
          "A password has between "
              + SHORTEST
              + " and "
              + LONGEST
              + " characters; this has "
              + password.length()
              + ".");
    }
    turns.acquireUninterruptibly();
    try {
      return Password.hash(password).addRandomSalt(16).with(ARGON).getResult();
    } finally {
      turns.release();
    }
  }

  boolean matches(String password, String hash) {
    if (password.length() > LONGEST) {
      return false;
    }
    turns.acquireUninterruptibly();
    try {
      return Password.check(password, hash).with(Argon2Function.getInstanceFromHash(hash));
    } finally {
      turns.release();
    }
  }

  /** Takes as long as {@link #matches}, so that the time does not tell which users there are. */
  void matchNobody(String password) {
    matches(password, nobody);
  }
}
