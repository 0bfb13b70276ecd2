package lyceum.bench.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import lyceum.core.LyceumException;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final Measure SPEED = Measure.rate("speed", "MB/s");
  private static final Measure MEMORY = Measure.cost("memory", "MB");
  private static final Machine MACHINE =
      new Machine("CPU", 2, List.of("avx2"), 8_000_000_000L, "Linux 6", "25");

  private final List<String> turns = new ArrayList<>();

  /** Yields the speeds that it was given, one a round, and writes down when it was asked. */
  private final class Scripted implements Contestant {
    private final String name;
    private final Iterator<Double> speeds;

    Scripted(String name, Double... speeds) {
      this.name = name;
      this.speeds = List.of(speeds).iterator();
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Map<String, Double> round() {
      turns.add(name);
      return Map.of("speed", speeds.next(), "memory", 10.0 * name.length());
    }

    @Override
    public void close() {
      turns.add(name + " closed");
    }
  }

  private List<Row> rows() {
    Case of =
        new Case(
            "small",
            List.of(SPEED, MEMORY),
            () -> new Scripted("us", 0.0, 30.0, 90.0, 60.0),
            List.of(
                () -> new Scripted("slow", 0.0, 1.0, 1.0, 1.0),
                () -> new Scripted("quick", 0.0, 20.0, 40.0, 30.0)));
    return new Comparison(1, 3).run(List.of(of), line -> {});
  }

  @Test
  void run_takesTurns_andClosesAll() {
    rows();
    assertThat(turns)
        .containsExactly(
            "us",
            "slow",
            "quick",
            "us",
            "slow",
            "quick",
            "us",
            "slow",
            "quick",
            "us",
            "slow",
            "quick",
            "us closed",
            "slow closed",
            "quick closed");
  }

  @Test
  void ratio_isOfMedians_againstTheBestPeer_eitherWay() {
    List<Row> rows = rows();
    assertThat(rows.get(0).ours().values()).containsExactly(30.0, 90.0, 60.0);
    assertThat(rows.get(0).ratio()).hasValue(60.0 / 30.0);
    assertThat(rows.get(1).bestPeer().orElseThrow().contestant()).isEqualTo("slow");
    assertThat(rows.get(1).ratio()).hasValue(40.0 / 20.0);
  }

  @Test
  void median_ofAnEvenNumber_isBetweenTheMiddleTwo() {
    assertThat(new Rounds("us", List.of(4.0, 1.0, 2.0, 8.0)).median())
        .isCloseTo(3.0, Offset.offset(1e-12));
  }

  @Test
  void json_hasARatioForEveryCase() {
    Report report = new Report("speed", "About.", MACHINE, rows());
    assertThat(report.json().path("cases")).hasSize(2);
    assertThat(report.json().path("cases").get(0).path("ratio").asDouble()).isEqualTo(2.0);
    assertThat(report.json().path("cases").get(0).path("peers").get(1).path("rounds")).hasSize(3);
  }

  @Test
  void page_isWrittenBetweenItsMarkers_andOnlyThere() {
    Report report = new Report("speed", "Costs $1 \\ more.", MACHINE, rows());
    Report other = new Report("other", "About.", MACHINE, rows());
    LocalDate day = LocalDate.of(2026, 1, 2);
    String page = PerformancePage.with("# Performance\n\nWords.\n", other, "x", day);
    String first = PerformancePage.with(page, report, "./lyceum bench speed", day);
    String again =
        PerformancePage.with(
            first, report, "./lyceum bench speed --rounds 5", LocalDate.of(2026, 1, 3));
    assertThat(first).startsWith(page.stripTrailing()).contains("| small | speed ");
    assertThat(again)
        .isEqualTo(
            first.replaceAll(
                "2026-01-02, by `./lyceum bench speed`",
                "2026-01-03, by `./lyceum bench speed --rounds 5`"));
  }

  @Test
  void child_answersAJsonObjectALine() throws Exception {
    String script =
        "read setup; echo noise; echo '{\"name\": \"sh 1\"}'; while read q; do echo '{\"speed\": 2.5, \"text\": \"x\"}'; done";
    try (ChildContestant child =
        ChildContestant.start(
            List.of("sh", "-c", script), Map.of(), new ObjectMapper().createObjectNode())) {
      assertThat(child.name()).isEqualTo("sh 1");
      assertThat(child.round()).isEqualTo(Map.of("speed", 2.5));
    }
  }

  @Test
  void child_thatFails_showsTheEndOfItsLog() {
    assertThatThrownBy(
            () ->
                ChildContestant.start(
                    List.of("sh", "-c", "read setup; echo 'no such module' >&2; exit 3"),
                    Map.of(),
                    new ObjectMapper().createObjectNode()))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("no such module");
  }
}
