package lyceum.serving.seeded;

/** Breaks a rule on purpose. */
final class Prints {
  void greet() {
    System.out.println("hello");
  }
}
