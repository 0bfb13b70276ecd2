package lyceum.console.seeded;

/** Breaks a rule on purpose. */
final class UsesTensorFlow {
  org.tensorflow.Graph graph;
}
