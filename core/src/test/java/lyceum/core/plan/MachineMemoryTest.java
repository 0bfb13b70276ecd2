package lyceum.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineMemoryTest {
  @TempDir Path proc;
  @TempDir Path cgroup;

  private void meminfo() throws IOException {
    Files.writeString(
        proc.resolve("meminfo"),
        "MemTotal:       16777216 kB\nMemFree:          123456 kB\nMemAvailable:    8388608 kB\n");
  }

  @Test
  void read_ofAMachine_isWhatTheKernelSays() throws IOException {
    meminfo();
    assertThat(MachineMemory.read(proc, cgroup)).isEqualTo(new MachineMemory(16L << 30, 8L << 30));
    Files.writeString(cgroup.resolve("memory.max"), "max\n");
    assertThat(MachineMemory.read(proc, cgroup).total()).isEqualTo(16L << 30);
  }

  @Test
  void read_inAContainer_isItsLimitWithoutCaches() throws IOException {
    meminfo();
    Files.writeString(cgroup.resolve("memory.max"), (4L << 30) + "\n");
    Files.writeString(cgroup.resolve("memory.current"), (3L << 30) + "\n");
    Files.writeString(cgroup.resolve("memory.stat"), "anon 5\ninactive_file " + (1L << 30) + "\n");
    assertThat(MachineMemory.read(proc, cgroup)).isEqualTo(new MachineMemory(4L << 30, 2L << 30));
  }

  @Test
  void read_inAContainerOfTheOlderKind_isItsLimitToo() throws IOException {
    meminfo();
    Path memory = Files.createDirectory(cgroup.resolve("memory"));
    Files.writeString(memory.resolve("memory.limit_in_bytes"), (4L << 30) + "\n");
    Files.writeString(memory.resolve("memory.usage_in_bytes"), (3L << 30) + "\n");
    assertThat(MachineMemory.read(proc, cgroup)).isEqualTo(new MachineMemory(4L << 30, 1L << 30));
  }

  @Test
  void here_hasMoreThanThisProcessHolds() {
    MachineMemory here = MachineMemory.here();
    assertThat(here.total()).isGreaterThan(MachineMemory.ofThisProcess()).isPositive();
    assertThat(here.available()).isBetween(1L, here.total());
    // In this order: what is held grows between two looks, the peak never falls.
    long held = MachineMemory.ofThisProcess();
    assertThat(MachineMemory.peakOfThisProcess()).isGreaterThanOrEqualTo(held);
  }
}
