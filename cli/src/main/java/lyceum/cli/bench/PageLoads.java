package lyceum.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import lyceum.core.LyceumException;

/** Asks what each page asks for, one page after the other, as a browser does. */
final class PageLoads {
  private static final int WARM_UP = 5;
  private static final String API = "/api/v1";
  private static final String LINE = "lyceum-smoke";

  private final ConsoleClient console;
  private final int requests;

  PageLoads(ConsoleClient console, int requests) {
    this.console = console;
    this.requests = requests;
  }

  /**
   * A page, or one of its requests.
   *
   * @param request empty for the whole page, whose requests are sent at once
   * @param first milliseconds of the first time, before anything was kept
   * @param p50 milliseconds
   * @param p95 milliseconds
   */
  record Load(String page, String request, double first, double p50, double p95) {}

  List<Load> measure(ConsoleSeed.Real real) {
    List<Load> loads = new ArrayList<>();
    for (Map.Entry<String, List<String>> page : pages(real).entrySet()) {
      List<String> paths = page.getValue();
      loads.add(load(page.getKey(), "", () -> together(paths)));
      if (paths.size() > 1) {
        for (String path : paths) {
          loads.add(load(page.getKey(), path, () -> console.get(path)));
        }
      }
    }
    return loads;
  }

  /** What each page asks for when it is opened. */
  private Map<String, List<String>> pages(ConsoleSeed.Real real) {
    String done = API + "/runs/" + real.done().getFirst();
    String waiting = API + "/runs/" + real.deciding().getFirst();
    String ranking = API + "/rankings/" + real.ranking().getFirst();
    String middle = API + "/runs/" + ConsoleSeed.seeded(999);
    String line = API + "/models/" + LINE;
    JsonNode corpora = console.read(API + "/datasets").path("items");
    Map<String, List<String>> pages = new LinkedHashMap<>();
    pages.put("the page itself", List.of("/"));
    pages.put("home", List.of(API + "/home"));
    pages.put("runs", List.of(API + "/runs?pageSize=50", API + "/recipes"));
    pages.put("runs, of a state", List.of(API + "/runs?pageSize=50&state=CANCELLED"));
    pages.put(
        "runs, of a recipe and a person",
        List.of(API + "/runs?pageSize=50&recipe=tiny&user=user-1"));
    pages.put("runs, by the beginning", List.of(API + "/runs?pageSize=50&q=seeded-0009"));
    pages.put("run, ended: curves", List.of(done, done + "/metrics"));
    pages.put("run, waiting: curves", List.of(waiting, waiting + "/metrics"));
    pages.put("run, without stages", List.of(middle, middle + "/metrics"));
    for (String tab :
        List.of("timeline", "checkpoints", "artifacts", "report", "settings", "logs")) {
      pages.put("run: " + tab, List.of(done + "/" + tab));
    }
    pages.put(
        "compare",
        List.of(
            API + "/runs?pageSize=50", API + "/runs:compare?ids=" + String.join(",", real.done())));
    pages.put("rankings", List.of(API + "/rankings"));
    pages.put("ranking", List.of(ranking + "/next", ranking + "/agreement"));
    pages.put("approvals", List.of(API + "/approvals"));
    pages.put("models", List.of(API + "/models"));
    pages.put("model", List.of(line, line + "/history"));
    pages.put("version", List.of(line + "/versions/champion", line + "/versions/champion/lineage"));
    pages.put("deployments", List.of(API + "/deployments"));
    pages.put("data sets", List.of(API + "/datasets"));
    if (!corpora.isEmpty()) {
      pages.put("data set", List.of(API + "/datasets/" + corpora.path(0).path("digest").asText()));
    }
    pages.put("start", List.of(API + "/recipes", API + "/recipes/tiny", API + "/recipes/schema"));
    pages.put("users and tokens", List.of(API + "/users", API + "/tokens"));
    pages.put("audit", List.of(API + "/audit"));
    return pages;
  }

  private Load load(String page, String request, Runnable ask) {
    double first = millis(ask);
    for (int i = 1; i < WARM_UP; i++) {
      ask.run();
    }
    double[] times = new double[requests];
    for (int i = 0; i < requests; i++) {
      times[i] = millis(ask);
    }
    return new Load(page, request, first, quantile(times, 0.5), quantile(times, 0.95));
  }

  private static double millis(Runnable ask) {
    long began = System.nanoTime();
    ask.run();
    return (System.nanoTime() - began) / 1e6;
  }

  /** The smallest value that so large a share is not above. */
  static double quantile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
  }

  private void together(List<String> paths) {
    if (paths.size() == 1) {
      console.get(paths.getFirst());
      return;
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> asked =
          paths.stream().map(path -> threads.submit(() -> console.get(path))).toList();
      for (Future<String> one : asked) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof LyceumException known
          ? known
          : LyceumException.internal("A page could not be asked for.", e);
    } catch (InterruptedException e) {
      throw ConsoleClient.interrupted(e);
    }
  }
}
