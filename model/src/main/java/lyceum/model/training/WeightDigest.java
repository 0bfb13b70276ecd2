package lyceum.model.training;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SortedMap;
import lyceum.model.format.FloatTensor;

/** SHA-256 of names, shapes and bits of weights. */
public final class WeightDigest {
  private WeightDigest() {}

  public static String of(SortedMap<String, FloatTensor> weights) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK carries SHA-256", e);
    }
    weights.forEach(
        (name, tensor) -> {
          digest.update((name + Arrays.toString(tensor.shape())).getBytes(StandardCharsets.UTF_8));
          ByteBuffer bytes = ByteBuffer.allocate(tensor.values().length * Float.BYTES);
          bytes.asFloatBuffer().put(tensor.values());
          digest.update(bytes);
        });
    return HexFormat.of().formatHex(digest.digest());
  }
}
