package lyceum.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.model.format.FloatTensor;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

class ComputationTest {
  private static final int SIZE = 1 << 17;

  @Test
  void run_thousandsOfTimes_keepsNoNativeMemory() throws IOException {
    Assumptions.assumeTrue(
        Files.exists(Path.of("/proc/self/statm")), "resident memory is read from /proc");
    try (Computation computation = new Computation()) {
      Operand<TFloat32> input = computation.floats("x", SIZE);
      Operand<TFloat32> sum =
          computation.tf().math.add(input, computation.variable("v", new int[] {SIZE}));
      computation.assign("", new TreeMap<>(Map.of("v", FloatTensor.zeros(SIZE))));
      Feeds feeds = new Feeds().floats("x", new float[SIZE], SIZE);
      runs(computation, feeds, sum, 300);
      long before = residentPages();
      // Half a mebibyte in and out each time: a gigabyte and a half in all if any of it stayed.
      runs(computation, feeds, sum, 1500);
      assertThat((residentPages() - before) * 4096).isLessThan(200L << 20);
    }
  }

  private static void runs(
      Computation computation, Feeds feeds, Operand<TFloat32> fetch, int times) {
    for (int i = 0; i < times; i++) {
      computation.run(feeds, List.of(fetch), List.of());
    }
  }

  private static long residentPages() throws IOException {
    return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]);
  }

  @Test
  void read_ofTwoVariables_givesEachItsOwnValue() {
    try (Computation computation = new Computation()) {
      SortedMap<String, int[]> shapes =
          new TreeMap<>(Map.of("a", new int[] {2}, "b", new int[] {2}));
      computation.variables("p/", shapes);
      SortedMap<String, FloatTensor> values =
          new TreeMap<>(
              Map.of(
                  "a", new FloatTensor(new int[] {2}, new float[] {1, 2}),
                  "b", new FloatTensor(new int[] {2}, new float[] {3, 4})));
      computation.assign("p/", values);
      assertThat(computation.read("p/", shapes)).isEqualTo(values);
    }
  }

  @Test
  void variable_twiceUnderOneName_isRefused() {
    try (Computation computation = new Computation()) {
      computation.variable("v", new int[] {1});
      assertThatThrownBy(() -> computation.variable("v", new int[] {1}))
          .isInstanceOf(LyceumException.class)
          .hasMessageContaining("two variables named v");
    }
  }

  @Test
  void constructor_forADeviceThatIsNotThere_saysWhatItTakes() {
    assertThatThrownBy(() -> new Computation("gpu:99"))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("compute.devices names gpu:99, which this process does not have")
        .hasMessageContaining("-Pgpu");
  }
}
