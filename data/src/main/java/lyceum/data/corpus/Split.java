package lyceum.data.corpus;

import java.math.BigInteger;
import lyceum.core.Sha256;

/**
 * Chooses validation documents by their text alone, so that the choice outlives reordering and new
 * sources.
 */
public final class Split {
  private Split() {}

  /**
   * Whether a document with this text belongs to the validation split.
   *
   * @param fraction expected share of documents for which this is true, 0..1
   */
  public static boolean isValidation(String text, double fraction) {
    long top53Bits =
        new BigInteger(Sha256.of(text).substring(0, 16), 16).shiftRight(11).longValueExact();
    return top53Bits * 0x1p-53 < fraction;
  }
}
