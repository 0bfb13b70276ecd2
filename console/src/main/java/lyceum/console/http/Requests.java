package lyceum.console.http;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests for Prometheus. */
public final class Requests {
  private record Count(LongAdder requests, LongAdder nanos) {}

  private final Map<String, Count> counts = new ConcurrentSkipListMap<>();
  private final AtomicInteger open = new AtomicInteger();

  void count(String operation, int status, long nanos) {
    Count count =
        counts.computeIfAbsent(
            "operation=\"" + operation + "\",status=\"" + status + "\"",
            key -> new Count(new LongAdder(), new LongAdder()));
    count.requests().increment();
    count.nanos().add(nanos);
  }

  void opened() {
    open.incrementAndGet();
  }

  void closed() {
    open.decrementAndGet();
  }

  /** Event connections that are open now. */
  public int openConnections() {
    return open.get();
  }

  /** Prometheus' text format. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append("# TYPE lyceum_console_requests_total counter\n");
    counts.forEach(
        (labels, count) ->
            text.append("lyceum_console_requests_total{")
                .append(labels)
                .append("} ")
                .append(count.requests().sum())
                .append('\n'));
    text.append("# TYPE lyceum_console_request_seconds_total counter\n");
    counts.forEach(
        (labels, count) ->
            text.append("lyceum_console_request_seconds_total{")
                .append(labels)
                .append("} ")
                .append(String.format(Locale.ROOT, "%.6f", count.nanos().sum() / 1e9))
                .append('\n'));
    return text.append("# TYPE lyceum_console_event_connections gauge\n")
        .append("lyceum_console_event_connections ")
        .append(open.get())
        .append('\n')
        .toString();
  }
}
