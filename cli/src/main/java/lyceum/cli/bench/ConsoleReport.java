package lyceum.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lyceum.core.LyceumException;

/**
 * What was found.
 *
 * @param runs seeded
 * @param waiting runs that wait for people
 * @param requests of each page
 */
record ConsoleReport(
    int runs,
    int waiting,
    int requests,
    List<PageLoads.Load> loads,
    List<LiveUpdates.Latency> latencies,
    LiveUpdates.Soak soak) {
  /** Milliseconds that a page may take, in nineteen of twenty loads. */
  static final double PAGE = 200;

  /** Milliseconds after which an open page has heard of a change. */
  static final double UPDATE = 1000;

  private static final String BEGIN = "<!-- console: made by lyceum bench, not by hand -->";
  private static final String END = "<!-- console: end -->";

  /** What is above its bound, in words. */
  List<String> above() {
    List<String> found = new ArrayList<>();
    for (PageLoads.Load load : loads) {
      if (load.p95() > PAGE) {
        found.add(name(load) + ": " + text(load.p95()) + " ms");
      }
    }
    for (LiveUpdates.Latency latency : latencies) {
      if (latency.p95() > UPDATE) {
        found.add(latency.event() + ": " + text(latency.p95()) + " ms");
      }
    }
    return found;
  }

  static String name(PageLoads.Load load) {
    return load.request().isEmpty() ? load.page() : "  " + load.request();
  }

  /** Puts the report into the page, in place of the last one. */
  void write(Path page, String command, LocalDate day) {
    try {
      String text = Files.readString(page);
      Matcher old =
          Pattern.compile(Pattern.quote(BEGIN) + ".*?" + Pattern.quote(END), Pattern.DOTALL)
              .matcher(text);
      String section = BEGIN + "\n" + markdown(command, day) + END;
      Files.writeString(
          page,
          old.find()
              ? old.replaceFirst(Matcher.quoteReplacement(section))
              : text.stripTrailing() + "\n\n" + section + "\n");
    } catch (IOException e) {
      throw LyceumException.resource("Cannot write " + page + ": " + e, e);
    }
  }

  String markdown(String command, LocalDate day) {
    StringBuilder text = new StringBuilder("## `lyceum bench console`\n\n");
    text.append(
        String.format(
            Locale.ROOT,
            "The console with %,d ended runs in Temporal and %,d runs in MLflow (seeded), two runs"
                + " that were really made and %d that wait for people. A page is what its script"
                + " asks for when it is opened, sent at once; what is measured is the time to the"
                + " last answer, on the same machine, over %d loads after five that are not"
                + " counted. *First* is the first of those five: nothing was kept yet, and code was"
                + " not compiled. The bound is %.0f ms.%n%n",
            runs,
            runs,
            waiting,
            requests,
            PAGE));
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("page", "first, ms", "median, ms", "95th percentile, ms"));
    for (PageLoads.Load load : loads) {
      if (load.request().isEmpty()) {
        rows.add(List.of(load.page(), text(load.first()), text(load.p50()), text(load.p95())));
      }
    }
    table(text, rows);
    text.append(
        "\n"
            + "From a server's answer to whoever changed something to the event at a page that is"
            + " open:\n\n");
    rows = new ArrayList<>();
    rows.add(List.of("event", "times", "median, ms", "95th percentile, ms", "longest, ms"));
    for (LiveUpdates.Latency latency : latencies) {
      rows.add(
          List.of(
              latency.event(),
              Integer.toString(latency.times()),
              text(latency.p50()),
              text(latency.p95()),
              text(latency.longest())));
    }
    table(text, rows);
    text.append(
        String.format(
            Locale.ROOT,
            "%nPages left open: %d of them, on %d runs, for %d s with up to two new metrics a"
                + " second in each run. An hour of one page is 7,200 looks at its run; here the"
                + " console took at most %,d looks and sent %,d events in a shorter time, so what a"
                + " look or an event leaves behind would show, and what time alone leaves would"
                + " not. Afterwards all were closed, and as many opened and closed again five"
                + " times. Heap after a collection:%n%n",
            soak.pages(),
            waiting,
            soak.seconds(),
            soak.looks(),
            soak.events()));
    rows = new ArrayList<>();
    rows.add(List.of("when", "heap, MB", "threads", "open files and connections"));
    rows.add(held("before", soak.before()));
    for (int i = 0; i < soak.samples().size(); i++) {
      rows.add(
          held(
              "open, " + (i + 1) + " of " + soak.samples().size() + " quarters",
              soak.samples().get(i)));
    }
    rows.add(held("all closed, after half a minute", soak.after()));
    table(text, rows);
    text.append(
        String.format(
            Locale.ROOT,
            "%n%s, by `%s`, on %d cores, %s %s, Java %s.%n",
            day,
            command,
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            Runtime.version()));
    return text.toString();
  }

  private static List<String> held(String when, LiveUpdates.Held held) {
    return List.of(
        when,
        text(held.heapMegabytes()),
        Long.toString(held.threads()),
        Long.toString(held.files()));
  }

  private static void table(StringBuilder text, List<List<String>> rows) {
    for (int i = 0; i < rows.size(); i++) {
      text.append("| ").append(String.join(" | ", rows.get(i))).append(" |\n");
      if (i == 0) {
        text.append("|---").append("|---:".repeat(rows.get(0).size() - 1)).append("|\n");
      }
    }
  }

  static String text(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
