package lyceum.model.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.Test;

/** What the others learn, and how soon, when the process of a rank dies or stands still. */
class DeadRankTest {
  @Test
  void await_afterARankWasKilled_failsOnAllOthersAndNamesIt() throws Exception {
    assertThat(secondsToFail(Process::destroyForcibly)).isLessThan(5);
  }

  @Test
  void await_afterARankStoodStill_failsOnAllOthersAndNamesIt() throws Exception {
    // Two seconds without a sign of life are what the group waits for.
    assertThat(secondsToFail(DeadRankTest::stop)).isBetween(1.5, 10.0);
  }

  private static void stop(Process process) {
    try {
      new ProcessBuilder("kill", "-STOP", Long.toString(process.pid())).start().waitFor();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private interface Blow {
    void strike(Process process);
  }

  private static double secondsToFail(Blow blow) throws Exception {
    try (Rendezvous meeting =
        Rendezvous.open(Ranks.anyPort(), 3, Ranks.TOKEN, Ranks.PATIENCE, Ranks.random())) {
      Process process =
          new ProcessBuilder(
                  ProcessHandle.current().info().command().orElseThrow(),
                  "-Xmx64m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  SummingRank.class.getName(),
                  Integer.toString(meeting.address().getPort()),
                  "2")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      AtomicLong struck = new AtomicLong();
      try {
        Thread killer =
            Thread.ofPlatform()
                .start(
                    () -> {
                      while (meeting.present() < 3) {
                        Thread.onSpinWait();
                      }
                      try {
                        Thread.sleep(500);
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                      struck.set(System.nanoTime());
                      blow.strike(process);
                    });
        List<Double> seconds =
            Ranks.each(
                meeting,
                List.of(0, 1),
                group -> {
                  float[] numbers = new float[1_000_000];
                  try {
                    while (true) {
                      group.allReduce(MemorySegment.ofArray(numbers)).await();
                    }
                  } catch (LyceumException e) {
                    assertThat(e.category()).isEqualTo(ErrorCategory.EXTERNAL);
                    assertThat(e).hasMessageContaining("Rank 2 of 3").hasMessageContaining("gone");
                    return (System.nanoTime() - struck.get()) / 1e9;
                  }
                });
        killer.join();
        return Math.max(seconds.get(0), seconds.get(1));
      } finally {
        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      }
    }
  }
}
