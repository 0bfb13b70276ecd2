package lyceum.core.seeded;

/** Breaks a rule on purpose. */
final class UsesSlf4j {
  final org.slf4j.Logger logger = org.slf4j.LoggerFactory.getLogger("core");
}
