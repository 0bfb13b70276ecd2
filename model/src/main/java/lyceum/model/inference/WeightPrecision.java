package lyceum.model.inference;

/** How a backend keeps a model's matrices in memory; all sums are taken in 32-bit floats. */
public enum WeightPrecision {
  /** As they were trained: 32 bits a weight. */
  F32,
  /** The upper 16 bits of the 32, rounded to the nearest even: 16 bits a weight. */
  BF16,
  /** 8-bit integers with a 32-bit scale for every 64 inputs of an output: 8.5 bits a weight. */
  INT8
}
