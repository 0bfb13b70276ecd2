package lyceum.web.seeded;

/** Breaks a rule on purpose. */
final class UsesCore {
  lyceum.core.Stage stage;
}
