package lyceum.application.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import lyceum.connectors.tracking.MlflowRuns;
import lyceum.connectors.tracking.TrackingSettings;
import org.junit.jupiter.api.Test;

class TrackingCurvesTest {
  private static void answer(HttpExchange exchange, String json) throws IOException {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Test
  void count_findsAPointRecordedTwice_alsoOnASecondPage() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/api/2.0/mlflow/runs/get",
        exchange ->
            answer(
                exchange,
                "{\"run\":{\"data\":{\"metrics\":[{\"key\":\"train/loss\",\"value\":1}]}}}"));
    server.createContext(
        "/api/2.0/mlflow/metrics/get-history",
        exchange ->
            answer(
                exchange,
                exchange.getRequestURI().getQuery().contains("page_token")
                    ? "{\"metrics\":[{\"step\":2,\"timestamp\":9}]}"
                    : "{\"metrics\":[{\"step\":1,\"timestamp\":1},{\"step\":2,\"timestamp\":2}],\"next_page_token\":\"p\"}"));
    server.start();
    try {
      TrackingCurves curves =
          new TrackingCurves(
              new MlflowRuns(
                  new TrackingSettings(
                      URI.create("http://127.0.0.1:" + server.getAddress().getPort()), "", "")));
      TrackingCurves.Count count = curves.count("run");
      assertThat(count.points()).isEqualTo(3);
      assertThat(count.repeated()).containsExactly("train/loss at step 2: 2 times");
    } finally {
      server.stop(0);
    }
  }
}
