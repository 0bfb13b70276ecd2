package lyceum.serving.seeded;

/** Breaks a rule on purpose. */
final class Exits {
  void leave() {
    System.exit(1);
  }
}
