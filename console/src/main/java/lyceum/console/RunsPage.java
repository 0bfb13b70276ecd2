package lyceum.console;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import lyceum.contracts.lifecycle.LifecycleStatus;
import lyceum.contracts.lifecycle.StageStatus;

/**
 * The page of runs: one row a run, with the rail of its stages and the places where more is told.
 */
final class RunsPage {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT);

  private RunsPage() {}

  /**
   * @param nextPageToken empty where there is no older page
   * @param now running runs are told how long they run by it
   */
  static String html(List<RunView> runs, String nextPageToken, Instant now) {
    StringBuilder page = new StringBuilder(4096);
    page.append(
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Runs · Lyceum</title>
        <link rel="stylesheet" href="/style.css">
        </head>
        <body>
        <header><h1>Lyceum</h1><p>Runs that go on, then runs that ended, newest first. Times are UTC.</p></header>
        <main>
        """);
    if (runs.isEmpty()) {
      page.append(
          "<p class=\"empty\">No run yet. <code>./lyceum run start --recipe tiny</code> starts one.</p>\n");
    }
    for (RunView run : runs) {
      article(page, run, now);
    }
    if (!nextPageToken.isEmpty()) {
      page.append("<p><a href=\"/?page_token=")
          .append(escape(nextPageToken))
          .append("\">Older runs</a></p>\n");
    }
    return page.append("</main>\n</body>\n</html>\n").toString();
  }

  private static void article(StringBuilder page, RunView view, Instant now) {
    RunSummary run = view.run();
    LifecycleStatus status = view.status();
    String state = status != null && status.paused() ? "paused" : word(run.state());
    page.append("<article>\n<h2>")
        .append(escape(run.runId()))
        .append("</h2>\n<p class=\"facts\"><b class=\"")
        .append(state.replace(' ', '-'))
        .append("\">")
        .append(state)
        .append("</b>");
    if (status != null) {
      fact(page, "recipe", status.recipe());
      fact(page, "model line", status.modelLine());
      fact(page, "by", status.requestedBy());
    }
    fact(page, "started", TIME.format(run.startedAt().atOffset(ZoneOffset.UTC)));
    Instant end = run.finishedAt() == null ? now : run.finishedAt();
    fact(
        page,
        run.finishedAt() == null ? "runs for" : "took",
        duration(Duration.between(run.startedAt(), end)));
    page.append("</p>\n");
    if (status == null) {
      page.append("<p class=\"note\">").append(escape(view.note())).append("</p>\n");
    } else {
      rail(page, status.stages(), now);
    }
    page.append("<p class=\"links\"><a href=\"/api/v1/runs/")
        .append(escape(run.runId()))
        .append("\">JSON</a>");
    for (Map.Entry<String, URI> link : new TreeMap<>(view.links()).entrySet()) {
      page.append(" <a href=\"")
          .append(escape(link.getValue().toString()))
          .append("\">")
          .append(escape(link.getKey()))
          .append("</a>");
    }
    page.append("</p>\n</article>\n");
  }

  private static void rail(StringBuilder page, List<StageStatus> stages, Instant now) {
    page.append("<ol class=\"rail\">\n");
    for (StageStatus stage : stages) {
      String state = word(stage.state());
      page.append("<li class=\"")
          .append(state)
          .append("\"><span>")
          .append(stage.stage().noun())
          .append("</span> <small>")
          .append(state);
      if (stage.startedAtMillis() > 0) {
        long end = stage.finishedAtMillis() > 0 ? stage.finishedAtMillis() : now.toEpochMilli();
        page.append(' ')
            .append(duration(Duration.ofMillis(Math.max(0, end - stage.startedAtMillis()))));
      }
      page.append("</small>");
      if (!stage.note().isEmpty()) {
        page.append("<small class=\"why\">").append(escape(stage.note())).append("</small>");
      }
      page.append("</li>\n");
    }
    page.append("</ol>\n");
  }

  private static void fact(StringBuilder page, String name, String value) {
    page.append(" <span>").append(name).append(" <i>").append(escape(value)).append("</i></span>");
  }

  private static String word(Enum<?> state) {
    return state.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String duration(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds < 60) {
      return seconds + " s";
    }
    return seconds < 3600
        ? seconds / 60 + " min " + seconds % 60 + " s"
        : seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
  }

  /** Text as it may stand in an element or in a quoted attribute. */
  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
