package lyceum.bench.comparison;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lyceum.core.LyceumException;

/**
 * The page of measured numbers. Each bench owns what stands between its two markers, and nothing
 * else.
 */
public final class PerformancePage {
  private PerformancePage() {}

  /**
   * Puts the report in place of the bench's last one, or at the end of the page.
   *
   * @param page {@code docs/performance.md}; must exist
   * @param command what was typed, to be repeated by a reader
   * @throws LyceumException of category RESOURCE when the page cannot be read or written
   */
  public static void write(Path page, Report report, String command, LocalDate day) {
    try {
      Files.writeString(page, with(Files.readString(page), report, command, day));
    } catch (IOException e) {
      throw LyceumException.resource("Cannot write " + page + ": " + e, e);
    }
  }

  static String with(String page, Report report, String command, LocalDate day) {
    String begin = "<!-- " + report.bench() + ": made by lyceum bench, not by hand -->";
    String end = "<!-- " + report.bench() + ": end -->";
    String section =
        begin
            + "\n## `lyceum bench "
            + report.bench()
            + "`\n\n"
            + report.about()
            + "\n\n"
            + report.table()
            + "\nMedians of "
            + rounds(report)
            + " interleaved rounds, with their range. A ratio above 1 means that Lyceum is better. "
            + day
            + ", by `"
            + command
            + "`, on: "
            + report.machine().line()
            + ".\n"
            + end;
    Matcher old =
        Pattern.compile(Pattern.quote(begin) + ".*?" + Pattern.quote(end), Pattern.DOTALL)
            .matcher(page);
    return old.find()
        ? old.replaceFirst(Matcher.quoteReplacement(section))
        : page.stripTrailing() + "\n\n" + section + "\n";
  }

  private static int rounds(Report report) {
    return report.rows().isEmpty() ? 0 : report.rows().get(0).ours().values().size();
  }
}
