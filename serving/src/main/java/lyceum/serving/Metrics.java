package lyceum.serving;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import lyceum.model.inference.Engine;
import lyceum.model.inference.EngineCounters;

/**
 * What is measured, in Prometheus' text format (version 0.0.4), under vLLM's names with {@code
 * lyceum:} in front, so that dashboards made for it need one change. All intervals are taken from
 * one monotonic clock; the time to the first token begins when the request's body was read.
 */
final class Metrics {
  private static final double[] SECONDS = {
    .001, .0025, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10, 30, 60
  };
  private static final double[] TOKEN_SECONDS = {
    .0005, .001, .0025, .005, .01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1, 2.5
  };
  private static final double[] TOKENS = {1, 4, 16, 64, 128, 256, 512, 1024, 2048, 4096, 8192};

  private static final Map<String, String> HELP =
      Map.of(
          "time_to_first_token_seconds", "From the request to its first token.",
          "inter_token_latency_seconds", "From a token to the next one.",
          "e2e_request_latency_seconds", "From the request to its last token.",
          "request_queue_time_seconds", "From the request to the first work on it.",
          "request_prefill_time_seconds", "From the first work to the first token.",
          "request_decode_time_seconds", "From the first token to the last.",
          "request_prompt_tokens", "Tokens of the prompt.",
          "request_generation_tokens", "Tokens of the answer.");

  /** A histogram of one name and its labels. */
  private static final class Histogram {
    private final double[] bounds;
    private final LongAdder[] counts;
    private final LongAdder micros = new LongAdder();

    Histogram(double[] bounds) {
      this.bounds = bounds;
      this.counts = new LongAdder[bounds.length + 1];
      Arrays.setAll(counts, i -> new LongAdder());
    }

    void add(double value) {
      int bucket = 0;
      while (bucket < bounds.length && value > bounds[bucket]) {
        bucket++;
      }
      counts[bucket].increment();
      micros.add(Math.round(value * 1e6));
    }
  }

  private final Map<String, Map<String, Histogram>> histograms = new ConcurrentHashMap<>();
  private final Map<String, Map<String, LongAdder>> counters = new ConcurrentHashMap<>();

  private static String labels(ServedModel model) {
    return "model_name=\"" + model.name() + "\",generation=\"" + model.version() + "\"";
  }

  void seconds(String name, ServedModel model, double seconds) {
    observe(name, model, seconds, name.startsWith("inter_token") ? TOKEN_SECONDS : SECONDS);
  }

  void tokens(String name, ServedModel model, int tokens) {
    observe(name, model, tokens, TOKENS);
  }

  private void observe(String name, ServedModel model, double value, double[] bounds) {
    histograms
        .computeIfAbsent(name, n -> new ConcurrentHashMap<>())
        .computeIfAbsent(labels(model), l -> new Histogram(bounds))
        .add(value);
  }

  /** A request that was answered to its end. */
  void finished(ServedModel model, String reason) {
    count("request_success_total", labels(model) + ",finished_reason=\"" + reason + "\"");
  }

  /** An answer that a shadow gave as well. */
  void shadow(ServedModel model, boolean same) {
    count("shadow_answers_total", labels(model) + ",same=\"" + same + "\"");
  }

  /** A request that was refused or failed. */
  void refused(int status) {
    count("request_failure_total", "status=\"" + status + "\"");
  }

  private void count(String name, String labels) {
    counters
        .computeIfAbsent(name, n -> new ConcurrentHashMap<>())
        .computeIfAbsent(labels, l -> new LongAdder())
        .increment();
  }

  /**
   * The page.
   *
   * @param present requests that are worked on or wait
   */
  String text(List<Models.Line> lines, int present) {
    StringBuilder page = new StringBuilder();
    engines(page, lines);
    head(page, "num_requests_present", "gauge", "Requests that are worked on or wait.");
    page.append("lyceum:num_requests_present ").append(present).append('\n');
    new TreeMap<>(counters)
        .forEach(
            (name, byLabels) -> {
              head(page, name, "counter", "Requests by how they ended.");
              new TreeMap<>(byLabels)
                  .forEach((labels, count) -> line(page, name, labels, count.sum()));
            });
    new TreeMap<>(histograms).forEach((name, byLabels) -> histogram(page, name, byLabels));
    return page.toString();
  }

  private static void histogram(StringBuilder page, String name, Map<String, Histogram> byLabels) {
    head(page, name, "histogram", HELP.getOrDefault(name, name));
    new TreeMap<>(byLabels)
        .forEach(
            (labels, histogram) -> {
              long sum = 0;
              for (int b = 0; b < histogram.counts.length; b++) {
                sum += histogram.counts[b].sum();
                String bound = b < histogram.bounds.length ? plain(histogram.bounds[b]) : "+Inf";
                line(page, name + "_bucket", labels + ",le=\"" + bound + "\"", sum);
              }
              line(page, name + "_sum", labels, histogram.micros.sum() / 1e6);
              line(page, name + "_count", labels, sum);
            });
  }

  /** What is read from an engine when the page is asked for. */
  private record Reading(
      String name, String type, String help, java.util.function.ToDoubleFunction<Engine> value) {}

  private static final List<Reading> READINGS =
      List.of(
          new Reading(
              "num_requests_running", "gauge", "Sequences worked on.", e -> e.load().running()),
          new Reading(
              "num_requests_waiting", "gauge", "Sequences that wait.", e -> e.load().waiting()),
          new Reading(
              "kv_cache_usage_perc",
              "gauge",
              "Share of the key-value blocks that sequences hold.",
              e -> (double) e.load().blocksUsed() / e.load().blocks()),
          new Reading(
              "prompt_tokens_total",
              "counter",
              "Tokens of prompts.",
              e -> e.counters().promptTokens()),
          new Reading(
              "generation_tokens_total",
              "counter",
              "Tokens generated.",
              e -> e.counters().generatedTokens()),
          new Reading(
              "prefix_cache_queries_total",
              "counter",
              "Tokens of prompts that were looked for in the prefix cache.",
              e -> e.counters().promptTokens()),
          new Reading(
              "prefix_cache_hits_total",
              "counter",
              "Tokens of prompts that the prefix cache held.",
              e -> e.counters().cachedTokens()),
          new Reading(
              "num_preemptions_total",
              "counter",
              "Sequences that had to give their blocks back.",
              e -> e.counters().preemptions()),
          new Reading(
              "spec_decode_num_drafts_total",
              "counter",
              "Drafts checked.",
              e -> e.counters().drafts()),
          new Reading(
              "spec_decode_num_draft_tokens_total",
              "counter",
              "Tokens drafted.",
              e -> e.counters().draftedTokens()),
          new Reading(
              "spec_decode_num_accepted_tokens_total",
              "counter",
              "Drafted tokens that were taken.",
              e -> e.counters().acceptedTokens()),
          new Reading(
              "forward_seconds_total",
              "counter",
              "Time within forward passes.",
              e -> e.counters().nanos() / 1e9));

  private static void engines(StringBuilder page, List<Models.Line> lines) {
    List<ServedModel> models = lines.stream().flatMap(line -> line.all().stream()).toList();
    for (Reading reading : READINGS) {
      head(page, reading.name, reading.type, reading.help);
      for (ServedModel model : models) {
        line(page, reading.name, labels(model), reading.value.applyAsDouble(model.engine()));
      }
    }
    head(page, "iteration_tokens_total", "histogram", "Tokens of a forward pass.");
    for (ServedModel model : models) {
      long[] counts = model.engine().counters().stepRows();
      long sum = 0;
      for (int b = 0; b < counts.length; b++) {
        sum += counts[b];
        String bound =
            b < EngineCounters.ROW_BUCKETS.length
                ? Integer.toString(EngineCounters.ROW_BUCKETS[b])
                : "+Inf";
        line(page, "iteration_tokens_total_bucket", labels(model) + ",le=\"" + bound + "\"", sum);
      }
      line(page, "iteration_tokens_total_sum", labels(model), model.engine().counters().rows());
      line(page, "iteration_tokens_total_count", labels(model), sum);
    }
  }

  private static void head(StringBuilder page, String name, String type, String help) {
    page.append("# HELP lyceum:").append(name).append(' ').append(help).append('\n');
    page.append("# TYPE lyceum:").append(name).append(' ').append(type).append('\n');
  }

  private static void line(StringBuilder page, String name, String labels, double value) {
    page.append("lyceum:")
        .append(name)
        .append('{')
        .append(labels)
        .append("} ")
        .append(plain(value))
        .append('\n');
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%s", value);
  }
}
