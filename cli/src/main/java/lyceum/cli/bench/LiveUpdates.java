package lyceum.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lyceum.connectors.tracking.MlflowRuns;
import lyceum.connectors.tracking.MlflowTracker;
import lyceum.core.LyceumException;
import lyceum.core.Tracker.Metric;

/**
 * How soon an open page hears of what happens, and what it costs the console to keep pages open.
 */
final class LiveUpdates {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String KEY = "bench/live";
  private static final int ROUNDS = 5;

  /** Of the console's heap after a collection, in {@code jcmd GC.heap_info} of any collector. */
  private static final Pattern USED =
      Pattern.compile(
          "(?m)^\\s*(?:garbage-first heap|def new generation|tenured"
              + " generation|PSYoungGen|ParOldGen|ZHeap)\\b.*?\\bused (\\d+)([KM])");

  private final ObjectMapper json = new ObjectMapper();
  private final ConsoleClient console;
  private final MlflowTracker tracker;
  private final MlflowRuns tracked;
  private final long consolePid;
  private final AtomicLong step = new AtomicLong(System.currentTimeMillis());

  LiveUpdates(ConsoleClient console, MlflowTracker tracker, MlflowRuns tracked, long consolePid) {
    this.console = console;
    this.tracker = tracker;
    this.tracked = tracked;
    this.consolePid = consolePid;
  }

  /**
   * From the server's answer to who changed something to the event at an open page.
   *
   * @param p50 milliseconds
   * @param p95 milliseconds
   */
  record Latency(String event, int times, double p50, double p95, double longest) {}

  List<Latency> latencies(String runId, int times) {
    try (Page page = new Page(runId)) {
      String stage = stage(runId);
      double[] metrics = new double[times];
      for (int i = 0; i < times; i++) {
        long at = step.incrementAndGet();
        log(stage, at);
        metrics[i] =
            page.await(
                event -> event.kind().equals("metrics") && event.data().contains("\"step\":" + at));
      }
      double[] states = new double[times];
      for (int i = 0; i < times; i++) {
        boolean pause = i % 2 == 0;
        console.post(
            "/api/v1/runs/" + runId + (pause ? ":pause" : ":resume"), "{\"reason\":\"bench\"}");
        states[i] =
            page.await(event -> event.kind().equals("status") && paused(event.data()) == pause);
      }
      return List.of(
          latency("a metric in MLflow", metrics), latency("a pause or a resumption", states));
    }
  }

  private boolean paused(String view) {
    try {
      return json.readTree(view).path("state").asText().equals("PAUSED");
    } catch (IOException e) {
      throw LyceumException.internal("An event is no JSON: " + view, e);
    }
  }

  private static Latency latency(String what, double[] millis) {
    return new Latency(
        what,
        millis.length,
        PageLoads.quantile(millis, 0.5),
        PageLoads.quantile(millis, 0.95),
        PageLoads.quantile(millis, 1));
  }

  /** The tracking run of one of the stages. */
  private String stage(String runId) {
    String link = console.read("/api/v1/runs/" + runId).path("links").path("mlflow").asText();
    String parent = link.substring(link.lastIndexOf('/') + 1);
    return tracked.nested(parent).getFirst().runId();
  }

  private void log(String stage, long at) {
    tracker.logMetrics(stage, List.of(new Metric(KEY, at % 97, at, at)));
  }

  /** What the console's process holds. */
  record Held(double heapMegabytes, long threads, long files) {}

  /**
   * What was seen while pages stood open and after they were closed.
   *
   * @param pages open at the same time
   * @param seconds for which they were
   * @param looks that the console took at their runs; one page takes 7,200 in an hour
   * @param events that the pages got
   * @param samples of what the console held, after a collection, evenly over the time
   * @param before anything was open
   * @param after all were closed and as many had been opened and closed again, five times
   */
  record Soak(
      int pages,
      long seconds,
      long looks,
      long events,
      Held before,
      List<Held> samples,
      Held after) {}

  /**
   * Keeps pages of these runs open, several of each, with a new metric in each run twice a second.
   */
  Soak soak(List<String> runIds, int pagesOfEach, Duration time) {
    List<String> stages = runIds.stream().map(this::stage).toList();
    Held before = held();
    List<Page> pages = new ArrayList<>();
    List<Held> samples = new ArrayList<>();
    long began = System.nanoTime();
    long events = 0;
    try {
      for (String runId : runIds) {
        for (int i = 0; i < pagesOfEach; i++) {
          pages.add(new Page(runId));
        }
      }
      int quarters = 4;
      for (int quarter = 1; quarter <= quarters; quarter++) {
        long until = began + time.toNanos() * quarter / quarters;
        while (System.nanoTime() < until) {
          stages.forEach(stage -> log(stage, step.incrementAndGet()));
          Thread.sleep(500);
        }
        samples.add(held());
      }
      for (Page page : pages) {
        events += page.seen();
      }
    } catch (InterruptedException e) {
      throw ConsoleClient.interrupted(e);
    } finally {
      pages.forEach(Page::close);
    }
    long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();
    // The console takes up to 500 connections, and one that was closed counts until its next beat.
    for (int round = 0; round < ROUNDS; round++) {
      List<Page> many = new ArrayList<>();
      for (String runId : runIds) {
        for (int i = 0; i < pagesOfEach; i++) {
          many.add(new Page(runId));
        }
      }
      many.forEach(Page::close);
    }
    // Closing is noticed with the next event or beat, and a watcher lingers for who reconnects.
    try {
      Thread.sleep(Duration.ofSeconds(30));
    } catch (InterruptedException e) {
      throw ConsoleClient.interrupted(e);
    }
    return new Soak(
        pages.size(), seconds, 2 * seconds * runIds.size(), events, before, samples, held());
  }

  private Held held() {
    String process = Long.toString(consolePid);
    command("GC.run", process);
    Matcher used = USED.matcher(command("GC.heap_info", process));
    double megabytes = 0;
    while (used.find()) {
      megabytes += Double.parseDouble(used.group(1)) / (used.group(2).equals("K") ? 1024 : 1);
    }
    try (Stream<Path> files = Files.list(Path.of("/proc", process, "fd"))) {
      long threads =
          Files.readAllLines(Path.of("/proc", process, "status")).stream()
              .filter(line -> line.startsWith("Threads:"))
              .mapToLong(line -> Long.parseLong(line.substring(8).strip()))
              .findFirst()
              .orElse(0);
      return new Held(megabytes, threads, files.count());
    } catch (IOException e) {
      throw LyceumException.resource("The console's process cannot be looked at: " + e, e);
    }
  }

  private static String command(String what, String process) {
    try {
      Process jcmd =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), process, what)
              .redirectErrorStream(true)
              .start();
      String said =
          new String(jcmd.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      if (jcmd.waitFor() != 0) {
        throw LyceumException.internal("jcmd " + what + " failed: " + said);
      }
      return said;
    } catch (IOException e) {
      throw LyceumException.resource("jcmd cannot be run: " + e, e);
    } catch (InterruptedException e) {
      throw ConsoleClient.interrupted(e);
    }
  }

  private record Event(String kind, String data, long nanos) {}

  /** A page of a run, open. */
  private final class Page implements AutoCloseable {
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final AtomicLong seen = new AtomicLong();
    private final Stream<String> lines;

    Page(String runId) {
      lines = console.events("/api/v1/runs/" + runId + "/events");
      Thread.ofVirtual().start(this::read);
      await(event -> event.kind().equals("status"));
    }

    private void read() {
      StringBuilder kind = new StringBuilder();
      try {
        lines.forEach(
            line -> {
              if (line.startsWith("event: ")) {
                kind.setLength(0);
                kind.append(line.substring(7));
              } else if (line.startsWith("data: ")) {
                seen.incrementAndGet();
                // Only the newest are of interest; nobody reads them while pages merely stand open.
                while (events.size() > 100) {
                  events.poll();
                }
                events.add(new Event(kind.toString(), line.substring(6), System.nanoTime()));
              }
            });
      } catch (RuntimeException closed) {
        events.add(new Event("closed", "", System.nanoTime()));
      }
    }

    long seen() {
      return seen.get();
    }

    /** Milliseconds from now until such an event comes. */
    double await(Predicate<Event> wanted) {
      long began = System.nanoTime();
      try {
        while (true) {
          Event event = events.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
          if (event == null) {
            throw LyceumException.internal("No event came within " + PATIENCE + ".");
          }
          if (wanted.test(event)) {
            return Math.max(0, event.nanos() - began) / 1e6;
          }
        }
      } catch (InterruptedException e) {
        throw ConsoleClient.interrupted(e);
      }
    }

    @Override
    public void close() {
      lines.close();
    }
  }
}
