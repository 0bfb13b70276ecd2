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
import org.junit.jupiter.api.Test;

class NativeLibraryTest {
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
