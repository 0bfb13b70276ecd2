package lyceum.data.tokenizer;

import java.util.Arrays;
import java.util.Objects;

/**
 * A chat in ids.
 *
 * @param ids the whole chat, from {@code <|bos|>} to the last turn's {@code <|end|>}
 * @param inLoss for each id, whether a model should learn to produce it: assistant content and the
 *     {@code <|end|>} after it
 */
@SuppressWarnings(
    "ArrayRecordComponent") // a boxed list would be ten times the size, and both arrays compare by
// content here
public record EncodedChat(int[] ids, boolean[] inLoss) {
  public EncodedChat {
    if (ids.length != inLoss.length) {
      throw new IllegalArgumentException(ids.length + " ids but " + inLoss.length + " mask values");
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EncodedChat(int[] otherIds, boolean[] otherInLoss)
        && Arrays.equals(ids, otherIds)
        && Arrays.equals(inLoss, otherInLoss);
  }

  @Override
  public int hashCode() {
    return Objects.hash(Arrays.hashCode(ids), Arrays.hashCode(inLoss));
  }

  @Override
  public String toString() {
    return "EncodedChat[ids=" + Arrays.toString(ids) + ", inLoss=" + Arrays.toString(inLoss) + "]";
  }
}
