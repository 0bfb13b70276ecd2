package lyceum.bench.comparison;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the numbers were measured on.
 *
 * @param cpu its name as the processor gives it
 * @param cores that this process may use
 * @param features instruction sets that matter to matrix products
 * @param memoryBytes of the machine; 0 where unknown
 * @param system operating system and its version
 * @param java version of the runtime
 */
public record Machine(
    String cpu, int cores, List<String> features, long memoryBytes, String system, String java) {
  private static final List<String> TELLING =
      List.of(
          "avx2",
          "fma",
          "avx512f",
          "avx512_vnni",
          "avx512_bf16",
          "avx512_fp16",
          "amx_bf16",
          "amx_int8");

  public Machine {
    features = List.copyOf(features);
  }

  /** The machine under this process. */
  public static Machine here() {
    String cpuinfo = text(Path.of("/proc/cpuinfo"));
    Set<String> flags = new TreeSet<>(List.of(field(cpuinfo, "flags").split(" ")));
    List<String> features = new ArrayList<>(TELLING);
    features.retainAll(flags);
    String cpu = field(cpuinfo, "model name");
    String memory = field(text(Path.of("/proc/meminfo")), "MemTotal").replaceAll("[^0-9]", "");
    return new Machine(
        cpu.isEmpty() ? System.getProperty("os.arch") : cpu,
        Runtime.getRuntime().availableProcessors(),
        features,
        memory.isEmpty() ? 0 : Long.parseLong(memory) << 10,
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        Runtime.version().toString());
  }

  /** One line for people. */
  public String line() {
    return "%s, %d cores (%s)%s, %s, Java %s"
        .formatted(
            cpu,
            cores,
            String.join(" ", features),
            memoryBytes == 0 ? "" : ", " + Math.round(memoryBytes / 1e9) + " GB",
            system,
            java);
  }

  private static String field(String text, String name) {
    return text.lines()
        .filter(line -> line.startsWith(name))
        .findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .orElse("");
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      // Not Linux.
      return "";
    }
  }
}
