package lyceum.core.plan;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * Memory of this machine, or of the container that this process is confined to.
 *
 * @param total bytes
 * @param available bytes that programs could still take, caches given back
 */
public record MachineMemory(long total, long available) {
  private static final Path PROC = Path.of("/proc");
  private static final Path CGROUP = Path.of("/sys/fs/cgroup");

  /** As it is now. */
  public static MachineMemory here() {
    MachineMemory machine = read(PROC, CGROUP);
    if (machine.total > 0) {
      return machine;
    }
    // Neither Linux nor a container.
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new MachineMemory(system.getTotalMemorySize(), system.getFreeMemorySize());
  }

  /** The most memory that this process held at once, in bytes; 0 where the system does not say. */
  public static long peakOfThisProcess() {
    return kibibytes(PROC.resolve("self/status"), "VmHWM:").orElse(0);
  }

  /** The memory that this process holds now, in bytes; 0 where the system does not say. */
  public static long ofThisProcess() {
    return kibibytes(PROC.resolve("self/status"), "VmRSS:").orElse(0);
  }

  /** What the files of Linux say; 0 where there are none. */
  static MachineMemory read(Path proc, Path cgroup) {
    long total = kibibytes(proc.resolve("meminfo"), "MemTotal:").orElse(0);
    long available = kibibytes(proc.resolve("meminfo"), "MemAvailable:").orElse(0);
    OptionalLong limit = number(cgroup.resolve("memory.max"));
    OptionalLong used = number(cgroup.resolve("memory.current"));
    if (limit.isEmpty()) {
      limit = number(cgroup.resolve("memory/memory.limit_in_bytes"));
      used = number(cgroup.resolve("memory/memory.usage_in_bytes"));
    }
    if (limit.isPresent() && limit.getAsLong() < total) {
      long cache =
          value(cgroup.resolve("memory.stat"), "inactive_file")
              .orElse(value(cgroup.resolve("memory/memory.stat"), "total_inactive_file").orElse(0));
      long free = limit.getAsLong() - used.orElse(0) + cache;
      return new MachineMemory(limit.getAsLong(), Math.clamp(free, 0, available));
    }
    return new MachineMemory(total, available);
  }

  private static OptionalLong number(Path file) {
    try {
      return parsed(Files.readString(file).strip());
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  private static OptionalLong kibibytes(Path file, String key) {
    OptionalLong value = value(file, key);
    return value.isPresent() ? OptionalLong.of(value.getAsLong() << 10) : value;
  }

  /** The number behind a key at the beginning of a line. */
  private static OptionalLong value(Path file, String key) {
    try {
      for (String line : Files.readAllLines(file)) {
        String[] words = line.strip().split("\\s+");
        if (words.length > 1 && words[0].equals(key)) {
          return parsed(words[1]);
        }
      }
    } catch (IOException e) {
      return OptionalLong.empty();
    }
    return OptionalLong.empty();
  }

  private static OptionalLong parsed(String text) {
    return text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
  }
}
