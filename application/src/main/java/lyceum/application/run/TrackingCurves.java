package lyceum.application.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lyceum.connectors.tracking.TrackingSettings;
import lyceum.contracts.Payloads;
import lyceum.core.LyceumException;

/** Reads metrics back from MLflow, point by point, to see whether any was recorded twice. */
public final class TrackingCurves {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int PAGE = 25_000;

  private final TrackingSettings settings;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  public TrackingCurves(TrackingSettings settings) {
    this.settings = settings;
  }

  /** Points of a run, and those steps of a metric that have more than one. */
  public record Count(long points, List<String> repeated) {}

  public Count count(String trackingRunId) {
    long points = 0;
    List<String> repeated = new ArrayList<>();
    JsonNode run = get("runs/get?run_id=" + encode(trackingRunId)).path("run");
    for (JsonNode metric : run.path("data").path("metrics")) {
      String key = metric.path("key").asText();
      Map<Long, Integer> seen = new HashMap<>();
      String token = "";
      do {
        JsonNode page =
            get(
                "metrics/get-history?run_id="
                    + encode(trackingRunId)
                    + "&metric_key="
                    + encode(key)
                    + "&max_results="
                    + PAGE
                    + (token.isEmpty() ? "" : "&page_token=" + encode(token)));
        for (JsonNode point : page.path("metrics")) {
          points++;
          seen.merge(point.path("step").asLong(), 1, Integer::sum);
        }
        token = page.path("next_page_token").asText("");
      } while (!token.isEmpty());
      seen.forEach(
          (step, times) -> {
            if (times > 1) {
              repeated.add(key + " at step " + step + ": " + times + " times");
            }
          });
    }
    return new Count(points, repeated);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private JsonNode get(String call) {
    String base = settings.uri().toString().replaceAll("/+$", "");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + "/api/2.0/mlflow/" + call))
            .timeout(PATIENCE)
            .GET();
    if (!settings.username().isEmpty()) {
      request.header(
          "Authorization",
          "Basic "
              + Base64.getEncoder()
                  .encodeToString(
                      (settings.username() + ":" + settings.password())
                          .getBytes(StandardCharsets.UTF_8)));
    }
    try {
      HttpResponse<String> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw LyceumException.external(
            "MLflow answered "
                + call
                + " with status "
                + answer.statusCode()
                + ": "
                + answer.body());
      }
      return Payloads.fromJson(answer.body(), JsonNode.class);
    } catch (IOException e) {
      throw LyceumException.external("MLflow at " + settings.uri() + " does not answer: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external("Interrupted.", e);
    }
  }
}
