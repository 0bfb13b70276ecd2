package lyceum.model.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import lyceum.core.Sha256;
import lyceum.core.recipe.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NativeLibraryTest {
  @ParameterizedTest
  @EnumSource(Precision.class)
  void peak_isMeasuredOnceAndKept(Precision precision) {
    Kernels kernels = Kernels.available().orElseThrow();
    double peak = kernels.peakFlops(precision);
    // No processor with AVX2 takes longer than a nanosecond for an operation.
    assertThat(peak).isGreaterThan(1e9).isEqualTo(kernels.peakFlops(precision));
  }

  @Test
  void library_isBuiltFromTheSources() throws IOException {
    Path sources = Path.of("native");
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(Files.readAllBytes(sources.resolve("CMakeLists.txt")));
    try (Stream<Path> files = Files.list(sources.resolve("src"))) {
      List<Path> sorted = files.sorted().toList();
      for (Path file : sorted) {
        all.write(Files.readAllBytes(file));
      }
    }
    try (InputStream recorded =
        Objects.requireNonNull(Kernels.class.getResourceAsStream("linux-x86_64/sources.sha256"))) {
      assertThat(Sha256.of(all.toByteArray()))
          .as("sources changed since the library was built; run model/native/build.sh")
          .isEqualTo(new String(recorded.readAllBytes(), StandardCharsets.UTF_8).strip());
    }
  }
}
