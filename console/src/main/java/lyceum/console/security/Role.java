package lyceum.console.security;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import lyceum.core.LyceumException;

/** What a user may do. Everybody may look; an admin may do everything. */
public enum Role {
  /** Looks, and talks to models. */
  VIEWER,
  /** Ranks pairs of answers. */
  RATER,
  /** Starts and steers runs. */
  OPERATOR,
  /** Decides about promotions and rollbacks. */
  APPROVER,
  /** Manages users, and does all the rest. */
  ADMIN;

  /** All that these roles include. */
  public static Set<Role> closure(Collection<Role> roles) {
    if (roles.contains(ADMIN)) {
      return EnumSet.allOf(Role.class);
    }
    Set<Role> all = EnumSet.of(VIEWER);
    all.addAll(roles);
    return all;
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Comma-separated, for a column. */
  static String text(Collection<Role> roles) {
    return new TreeSet<>(roles).stream().map(Role::word).collect(Collectors.joining(","));
  }

  static Set<Role> parse(String text) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String word : text.split(",")) {
      if (!word.isBlank()) {
        roles.add(of(word.strip()));
      }
    }
    return roles;
  }

  /**
   * @throws LyceumException USER for a word that is no role
   */
  public static Role of(String word) {
    return Arrays.stream(values())
        .filter(role -> role.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                LyceumException.user(
                    "'"
                        + word
                        + "' is no role. There are "
                        + Arrays.stream(values()).map(Role::word).toList()
                        + "."));
  }
}
