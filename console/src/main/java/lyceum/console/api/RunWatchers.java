package lyceum.console.api;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import lyceum.application.run.Curves;
import lyceum.application.run.Pace;
import lyceum.application.run.RunEvent;
import lyceum.application.run.RunView;
import lyceum.connectors.tracking.MlflowRuns;
import lyceum.console.http.EventSink;
import lyceum.console.http.Problem;
import lyceum.contracts.Payloads;
import lyceum.contracts.lifecycle.StageState;
import lyceum.contracts.lifecycle.StageStatus;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches runs for as long as somebody looks: one thread a run, however many look, and none when
 * nobody does.
 */
public final class RunWatchers {
  private static final Logger logger = LoggerFactory.getLogger(RunWatchers.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration BEAT = Duration.ofSeconds(10);
  private static final int MOST = 500;
  private static final int BUFFER = 500;
  // A server that is started again must not end the watching.
  private static final int SILENT_POLLS = 120;
  // Who reconnects within this long misses nothing.
  private static final int LINGERING_POLLS = 10;

  private final Services services;
  private final Map<String, Watcher> watchers = new HashMap<>();
  private int followers;

  public RunWatchers(Services services) {
    this.services = services;
  }

  /**
   * @param seq 0 for one that is not kept
   */
  private record Event(String kind, long seq, String data) {}

  record MetricJson(String stage, String key, long step, Instant time, @Nullable Double value) {}

  /** Threads that watch now. */
  public synchronized int threads() {
    return watchers.size();
  }

  /** Connections that look now. */
  public synchronized int followers() {
    return followers;
  }

  /**
   * Sends what happens in the run until it is over or the client goes away.
   *
   * @param lastEventId of the last event that the client has seen; empty for a new one
   */
  void follow(String runId, String lastEventId, EventSink sink) {
    RunView now = services.runs().view(runId);
    Follower follower = new Follower();
    Watcher watcher = join(runId, follower, lastEventId, json(now, new Pace()));
    try {
      sink.beat();
      while (true) {
        Event event = follower.queue.poll(BEAT.toMillis(), TimeUnit.MILLISECONDS);
        if (event == null) {
          sink.beat();
        } else if (event == Follower.END) {
          return;
        } else {
          sink.send(event.kind(), event.seq() == 0 ? "" : watcher.id(event.seq()), event.data());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      leave(watcher, follower);
    }
  }

  private synchronized Watcher join(
      String runId, Follower follower, String lastEventId, RunJson.View now) {
    if (followers >= MOST) {
      throw Problem.thrown(
          503, "too_many_connections", "There are " + MOST + " event connections already.");
    }
    Watcher watcher = watchers.get(runId);
    if (watcher == null) {
      watcher = new Watcher(runId);
      watchers.put(runId, watcher);
      Thread.ofVirtual().name("watch " + runId).start(watcher);
    }
    followers++;
    watcher.join(follower, lastEventId, Payloads.toJson(now));
    return watcher;
  }

  private synchronized void leave(Watcher watcher, Follower follower) {
    followers--;
    watcher.leave(follower);
  }

  private synchronized boolean retire(Watcher watcher) {
    if (watcher.isIdle()) {
      watchers.remove(watcher.runId, watcher);
      return true;
    }
    return false;
  }

  private synchronized void over(Watcher watcher) {
    watchers.remove(watcher.runId, watcher);
    watcher.end();
  }

  /** The run as the API tells it. */
  RunJson.View json(RunView run, Pace pace) {
    Map<String, URI> links = new TreeMap<>();
    services
        .temporalPages()
        .ifPresent(
            pages ->
                links.put(
                    "temporal",
                    URI.create(
                        pages
                            + "/namespaces/"
                            + services.settings().temporalNamespace()
                            + "/workflows/"
                            + run.runId())));
    if (!run.trackingRunId().isEmpty()) {
      try {
        links.put("mlflow", URI.create(services.tracker().runUrl(run.trackingRunId())));
      } catch (LyceumException e) {
        logger.debug("No link to MLflow for {}", run.runId(), e);
      }
    }
    return RunJson.View.of(run, links, pace);
  }

  /** One connection. */
  private static final class Follower {
    static final Event END = new Event("end", 0, "{}");
    static final Event RESET = new Event("reset", 0, "{}");

    final BlockingQueue<Event> queue = new ArrayBlockingQueue<>(BUFFER + 10);

    void offer(Event event) {
      if (!queue.offer(event)) {
        // One that reads too slowly begins anew.
        queue.clear();
        queue.add(RESET);
        queue.add(event);
      }
    }
  }

  /** Looks at one run, again and again. */
  private final class Watcher implements Runnable {
    private final String runId;
    private final String name = UUID.randomUUID().toString().substring(0, 8);
    private final Set<Follower> followers = new HashSet<>();
    private final Deque<Event> kept = new ArrayDeque<>();
    private final Pace pace = new Pace();
    private final Map<String, Curves.Newest> metrics = new HashMap<>();
    private long seq;
    private String status = "";
    private boolean baseline;
    private long logged = System.currentTimeMillis();
    private int idle;

    Watcher(String runId) {
      this.runId = runId;
    }

    String id(long number) {
      return name + "-" + number;
    }

    synchronized void join(Follower follower, String lastEventId, String now) {
      idle = 0;
      followers.add(follower);
      List<Event> missed = missed(lastEventId);
      if (missed == null) {
        follower.offer(Follower.RESET);
      } else {
        missed.forEach(follower::offer);
      }
      follower.offer(new Event("status", 0, now));
    }

    /** Events after this one; {@code null} when they are not known any more. */
    private @Nullable List<Event> missed(String lastEventId) {
      if (lastEventId.isEmpty()) {
        return List.of();
      }
      String number = lastEventId.startsWith(name + "-") ? lastEventId.substring(9) : "";
      if (!number.matches("[0-9]{1,18}")) {
        return null;
      }
      long last = Long.parseLong(number);
      if (last > seq || (!kept.isEmpty() && kept.getFirst().seq() > last + 1)) {
        return null;
      }
      return kept.stream().filter(event -> event.seq() > last).toList();
    }

    synchronized void leave(Follower follower) {
      followers.remove(follower);
    }

    synchronized boolean isIdle() {
      return followers.isEmpty() && ++idle > LINGERING_POLLS;
    }

    synchronized void end() {
      followers.forEach(follower -> follower.offer(Follower.END));
    }

    private synchronized void tell(String kind, Object data) {
      Event event = new Event(kind, ++seq, Payloads.toJson(data));
      kept.addLast(event);
      if (kept.size() > BUFFER) {
        kept.removeFirst();
      }
      followers.forEach(follower -> follower.offer(event));
    }

    @Override
    public void run() {
      int silent = 0;
      try {
        while (!retire(this)) {
          try {
            if (look()) {
              return;
            }
            silent = 0;
          } catch (RuntimeException e) {
            logger.debug("Run {} could not be looked at", runId, e);
            if (++silent > SILENT_POLLS) {
              logger.warn("Run {} is not watched any longer: {}", runId, e.getMessage());
              return;
            }
          }
          Thread.sleep(POLL);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        over(this);
      }
    }

    /** Returns whether the run is over. */
    private boolean look() {
      RunView run = services.runs().view(runId);
      run.steps()
          .values()
          .forEach(
              step -> {
                if (step.progress() != null) {
                  pace.see(step.progress(), services.clock().instant());
                }
              });
      RunJson.View view = json(run, pace);
      String text = Payloads.toJson(view);
      boolean changed = !text.equals(status);
      if (changed) {
        logs(run);
      }
      if (!run.trackingRunId().isEmpty()) {
        metrics(run.trackingRunId());
      }
      if (changed) {
        status = text;
        tell("status", view);
      }
      return run.state().isOver();
    }

    private void metrics(String trackingRunId) {
      List<MetricJson> fresh = new ArrayList<>();
      for (Curves.Newest newest : services.curves().newest(trackingRunId)) {
        Curves.Newest before = metrics.put(newest.stage() + "\n" + newest.key(), newest);
        if (baseline && !newest.equals(before)) {
          MlflowRuns.Point point = newest.point();
          fresh.add(
              new MetricJson(
                  newest.stage(),
                  newest.key(),
                  point.step(),
                  Instant.ofEpochMilli(point.atMillis()),
                  RunJson.finite(point.value())));
        }
      }
      baseline = true;
      if (!fresh.isEmpty()) {
        tell("metrics", fresh);
      }
    }

    private void logs(RunView run) {
      long newest = logged;
      for (StageStatus stage : run.stages()) {
        boolean mayHaveNews =
            stage.state() != StageState.PENDING
                && (stage.finishedAtMillis() == 0 || stage.finishedAtMillis() >= logged);
        if (!mayHaveNews) {
          continue;
        }
        for (RunEvent event : services.runs().events(runId, stage.stage())) {
          if (event.atMillis() > logged) {
            newest = Math.max(newest, event.atMillis());
            tell("log", RunApi.line(event));
          }
        }
      }
      logged = newest;
    }
  }
}
