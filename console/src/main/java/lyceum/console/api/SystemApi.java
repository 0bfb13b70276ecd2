package lyceum.console.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import lyceum.console.http.Answer;
import lyceum.console.http.Call;
import lyceum.console.http.Operation;
import lyceum.console.http.Requests;

/** The console itself: whether it lives and what it stands on answers. */
public final class SystemApi {
  private final Services services;
  private final Requests requests;
  private final Supplier<JsonNode> document;
  private final String version;

  /**
   * @param document the OpenAPI document
   */
  public SystemApi(
      Services services, Requests requests, Supplier<JsonNode> document, String version) {
    this.services = services;
    this.requests = requests;
    this.document = document;
    this.version = version;
  }

  record Alive(String status) {}

  /**
   * @param servers {@code ok}, or why not, by name
   */
  record Ready(boolean ready, Map<String, String> servers) {}

  record SettingsJson(
      String temporal,
      String mlflow,
      String storage,
      String serving,
      String version,
      String timeZone) {}

  public List<Operation> operations() {
    return List.of(
        Operation.get("getOpenApi", "/openapi.json", "This document.")
            .open()
            .answers(JsonNode.class)
            .does(call -> Answer.of(document.get())),
        Operation.get("getHealth", "/healthz", "Whether the console lives.")
            .open()
            .answers(Alive.class)
            .does(call -> Answer.of(new Alive("ok"))),
        Operation.get("getReadiness", "/readyz", "Whether the servers behind it answer.")
            .open()
            .answers(Ready.class)
            .also(503, Ready.class)
            .verb("status", "doctor")
            .does(this::ready),
        Operation.get("getConsoleMetrics", "/metrics", "Counts of requests, for Prometheus.")
            .answers(String.class)
            .does(call -> Answer.of(requests.text())),
        Operation.get("getSettings", "/settings", "Links to the servers, and the version.")
            .answers(SettingsJson.class)
            .verb("version")
            .does(this::settings));
  }

  private Answer ready(Call call) {
    Map<String, Runnable> checks = new TreeMap<>();
    checks.put("temporal", () -> services.temporal().check());
    checks.put("storage", () -> services.store().getDocument("lyceum-reachable"));
    checks.put("tracking", () -> services.tracked().lines());
    List<Callable<Map.Entry<String, String>>> questions = new ArrayList<>();
    checks.forEach((name, check) -> questions.add(() -> Map.entry(name, result(check))));
    Map<String, String> servers = new TreeMap<>();
    Names.together(questions).forEach(answer -> servers.put(answer.getKey(), answer.getValue()));
    boolean ready = servers.values().stream().allMatch("ok"::equals);
    return Answer.of(ready ? 200 : 503, new Ready(ready, servers));
  }

  private static String result(Runnable check) {
    try {
      check.run();
      return "ok";
    } catch (RuntimeException e) {
      // Without a login nobody learns addresses from here.
      return "does not answer";
    }
  }

  private Answer settings(Call call) {
    return Answer.of(
        new SettingsJson(
            services.temporalPages().map(Object::toString).orElse(""),
            services.settings().tracking().uri().toString(),
            services.settings().storage().endpoint().toString(),
            "http://"
                + services.settings().servingHost()
                + ":"
                + services.settings().servingPort()
                + "/v1",
            version,
            ZoneId.systemDefault().getId()));
  }
}
