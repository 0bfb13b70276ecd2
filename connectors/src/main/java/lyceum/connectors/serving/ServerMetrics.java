package lyceum.connectors.serving;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lyceum.core.LatencyBucket;
import lyceum.core.ModelServer.Counted;

/** Reads the inference server's metrics (Prometheus' text format 0.0.4) of one model line. */
final class ServerMetrics {
  private static final Pattern LINE =
      Pattern.compile("lyceum:([a-z0-9_]+)\\{([^}]*)\\}\\s+([0-9.eE+-]+)");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  private ServerMetrics() {}

  /** One entry a version that the page knows of, by ascending version. */
  static List<Counted> read(String page, String modelLine) {
    SortedMap<Integer, Sums> versions = new TreeMap<>();
    page.lines()
        .map(LINE::matcher)
        .filter(Matcher::matches)
        .forEach(line -> add(versions, line, modelLine));
    List<Counted> counted = new ArrayList<>();
    versions.forEach(
        (version, sums) ->
            counted.add(
                new Counted(
                    version,
                    sums.answered,
                    sums.failed,
                    sums.latency.entrySet().stream()
                        .map(bound -> new LatencyBucket(bound.getKey(), bound.getValue()))
                        .toList())));
    return counted;
  }

  private static void add(SortedMap<Integer, Sums> versions, Matcher line, String modelLine) {
    Map<String, String> labels = new HashMap<>();
    Matcher label = LABEL.matcher(line.group(2));
    while (label.find()) {
      labels.put(label.group(1), label.group(2));
    }
    String generation = labels.getOrDefault("generation", "");
    if (!modelLine.equals(labels.get("model_name")) || !generation.matches("[0-9]{1,9}")) {
      return;
    }
    Sums sums = versions.computeIfAbsent(Integer.parseInt(generation), v -> new Sums());
    long count = Math.round(Double.parseDouble(line.group(3)));
    switch (line.group(1)) {
      case "request_success_total" -> sums.answered += count;
      // What the client asked wrongly is not the model's fault.
      case "request_failure_total" ->
          sums.failed += labels.getOrDefault("status", "5").startsWith("5") ? count : 0;
      case "e2e_request_latency_seconds_bucket" -> {
        String bound = labels.getOrDefault("le", "+Inf");
        sums.latency.merge(
            bound.equals("+Inf") ? Double.MAX_VALUE : Double.parseDouble(bound), count, Long::sum);
      }
      default -> {}
    }
  }

  private static final class Sums {
    private final SortedMap<Double, Long> latency = new TreeMap<>();
    private long answered;
    private long failed;
  }
}
