package lyceum.cli.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessesTest {
  @TempDir Path folder;
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void endWhatIsLeft() {
    started.forEach(process -> process.descendants().forEach(ProcessHandle::destroyForcibly));
    started.forEach(Process::destroyForcibly);
  }

  private Running start(String script) {
    Process process =
        Processes.startDetached(
            List.of("sh", "-c", script), Map.of("EXTRA", "there"), folder, folder.resolve("log"));
    started.add(process);
    return Running.of(process.toHandle(), "1", "sh");
  }

  @Test
  void stop_endsTheWholeTree_alsoWhatItsParentHasLeft() throws IOException {
    Path pids = folder.resolve("pids");
    // The inner shell's child loses its parent; only the group still knows it.
    Running running =
        start("sh -c 'sleep 300 & echo $! >>pids' ; sleep 300 & echo $! >>pids; wait");
    Awaitility.await().until(() -> Files.exists(pids) && Files.readAllLines(pids).size() == 2);
    List<Long> children = Files.readAllLines(pids).stream().map(Long::parseLong).toList();

    assertThat(Processes.stop(running, Duration.ofSeconds(10))).isTrue();

    assertThat(running.isAlive()).isFalse();
    for (long child : children) {
      assertThat(ProcessHandle.of(child).filter(p -> p.isAlive() && !Running.isZombie(child)))
          .isEmpty();
    }
  }

  @Test
  void stop_processThatIgnoresTheRequest_isKilled() {
    Running running = start("trap '' TERM; while :; do sleep 1; done");
    Awaitility.await()
        .until(
            () -> ProcessHandle.of(running.pid()).map(p -> p.descendants().count()).orElse(0L) > 0);
    assertThat(Processes.stop(running, Duration.ofMillis(500))).isFalse();
    assertThat(running.isAlive()).isFalse();
  }

  /** As a killed process of many threads is for a moment; the others hold its ports. */
  @Test
  void firstThreadEnded_isNoZombieWhileAnotherRuns() {
    Running running =
        start(
            "exec python3 -c 'import ctypes, threading, time;"
                + " threading.Thread(target=time.sleep, args=(300,)).start();"
                + " ctypes.CDLL(None).pthread_exit(None)'");
    Path stat = Path.of("/proc", Long.toString(running.pid()), "stat");
    Awaitility.await().until(() -> Files.readString(stat).contains(") Z "));
    assertThat(running.isAlive()).isTrue();
    Processes.kill(running);
    assertThat(running.isAlive()).isFalse();
  }

  @Test
  void pidOfAnotherProcess_isNeverTouched() {
    Running real = start("sleep 300");
    Running stale = new Running(real.pid(), real.began().minusSeconds(3600), "1", "sh");
    assertThat(stale.isAlive()).isFalse();
    assertThat(Processes.stop(stale, Duration.ofSeconds(1))).isTrue();
    Processes.kill(stale);
    assertThat(real.isAlive()).isTrue();
    Processes.kill(real);
    assertThat(real.isAlive()).isFalse();
  }

  @Test
  void pidFile_readsBack_andABrokenOneIsNone() throws IOException {
    Path file = folder.resolve("a.pid");
    Running running = start("sleep 300");
    running.write(file);
    assertThat(Running.read(file)).contains(running);
    Files.writeString(file, "pid=12");
    assertThat(Running.read(file)).isEmpty();
    assertThat(Running.read(folder.resolve("none.pid"))).isEmpty();
  }

  @Test
  void startDetached_appendsToTheLog_withTheVariables() {
    Path log = folder.resolve("log");
    start("echo value: $EXTRA");
    Awaitility.await().until(() -> LogTail.lines(log, 0, 5).contains("value: there"));
  }

  @Test
  void logTail_givesTheLastLinesAfterAPosition() throws IOException {
    Path log = folder.resolve("long");
    Files.write(log, IntStream.range(0, 20_000).mapToObj(i -> "line " + i).toList());
    long position = LogTail.position(log);
    Files.writeString(log, "new 1\n\nnew 2\n", java.nio.file.StandardOpenOption.APPEND);
    assertThat(LogTail.lines(log, position, 10)).containsExactly("new 1", "new 2");
    assertThat(LogTail.lines(log, 0, 3)).containsExactly("line 19999", "new 1", "new 2");
    assertThat(LogTail.lines(folder.resolve("missing"), 0, 3)).isEmpty();
  }

  @Test
  void takenPort_isNotFree_andItsHolderIsKnown() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(PortHolder.isFree(socket.getLocalPort())).isFalse();
      assertThat(PortHolder.of(socket.getLocalPort()).pid())
          .isEqualTo(ProcessHandle.current().pid());
    }
  }

  @Test
  void procNetLine_isReadOnlyWhereItListensOnThePort() {
    String line =
        "   0: 0100007F:4351 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000 100 0 0 10 0";
    assertThat(PortHolder.listeningInode(line, 0x4351)).contains("12345");
    assertThat(PortHolder.listeningInode(line, 0x4352)).isEmpty();
    assertThat(PortHolder.listeningInode(line.replace(" 0A ", " 01 "), 0x4351)).isEmpty();
  }

  @Test
  void version_isTheFirstNumberThatAProgramSays() {
    assertThat(Tools.versionIn("temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"))
        .isEqualTo("1.5.1");
    assertThat(Tools.versionIn("mlflow, version 3.17.2")).isEqualTo("3.17.2");
    assertThat(Tools.versionIn("minio version DEVELOPMENT.GOGET (commit-id=x)\nRuntime: go1.26.8"))
        .isEqualTo("DEVELOPMENT.GOGET");
    assertThat(Tools.versionIn("")).isEqualTo("unknown");
  }

  @Test
  void onPath_findsTheFirstProgram_notAFolderOfThatName() throws IOException {
    Path first = Files.createDirectories(folder.resolve("first/tool"));
    Path second = Files.createDirectories(folder.resolve("second"));
    Path program = Files.writeString(second.resolve("tool"), "#!/bin/sh\n");
    assertThat(program.toFile().setExecutable(true)).isTrue();
    assertThat(Programs.onPath("tool", first.getParent() + ":" + second)).contains(program);
    assertThat(Programs.onPath("none", second.toString())).isEmpty();
  }
}
