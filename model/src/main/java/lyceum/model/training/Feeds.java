package lyceum.model.training;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Values for the inputs of a {@link Computation}, by input name. The arrays are not copied before
 * the run.
 */
public final class Feeds {
  private sealed interface Value {}

  private record Ints(int[] values, long[] shape) implements Value {}

  private record Floats(float[] values, long[] shape) implements Value {}

  private final Map<String, Value> values = new LinkedHashMap<>();

  public Feeds ints(String input, int[] values, long... shape) {
    this.values.put(input, new Ints(values, shape));
    return this;
  }

  public Feeds floats(String input, float[] values, long... shape) {
    this.values.put(input, new Floats(values, shape));
    return this;
  }

  public Feeds scalar(String input, double value) {
    return floats(input, new float[] {(float) value});
  }

  public Feeds all(Feeds others) {
    values.putAll(others.values);
    return this;
  }

  /** Hands each value over as a tensor, which the receiver closes. */
  void forEach(BiConsumer<String, Tensor> receiver) {
    values.forEach((input, value) -> receiver.accept(input, tensor(value)));
  }

  private static Tensor tensor(Value value) {
    return switch (value) {
      case Ints(int[] ints, long[] shape) ->
          TInt32.tensorOf(Shape.of(shape), DataBuffers.of(ints, true, false));
      case Floats(float[] floats, long[] shape) ->
          TFloat32.tensorOf(Shape.of(shape), DataBuffers.of(floats, true, false));
    };
  }
}
