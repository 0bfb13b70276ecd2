package lyceum.console.security;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who asks.
 *
 * @param roles with all that they include
 * @param via {@code session} or {@code token ID}
 * @param session of a browser; {@code null} for a token
 */
public record Principal(String user, Set<Role> roles, String via, @Nullable Session session) {
  public Principal {
    roles = Set.copyOf(roles);
  }

  /**
   * A browser's session.
   *
   * @param csrf must come back in a header with every change
   */
  public record Session(String idHash, String csrf) {
    /** Whether this is the session's token. */
    public boolean isCsrf(String given) {
      return Secrets.same(csrf, given);
    }
  }

  public boolean may(Role role) {
    return roles.contains(role);
  }
}
