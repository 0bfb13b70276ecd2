package lyceum.core.plan;

/** What computes a step. */
public enum Operations {
  /** The operations that come with Lyceum for Linux on x86-64. */
  NATIVE,
  /** TensorFlow's own, everywhere else and on GPUs. */
  STOCK
}
