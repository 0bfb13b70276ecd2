package lyceum.verification;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * Kubernetes' resource metrics API, as a metrics server would answer it: nothing runs in the pods,
 * so the test says how much CPU each of them uses.
 */
final class PodMetrics implements AutoCloseable {
  private static final String VERSION = "/apis/metrics.k8s.io/v1beta1";
  private static final Pattern PODS = Pattern.compile(VERSION + "/namespaces/([^/]+)/pods");
  private static final Pattern SELECTOR = Pattern.compile("(?:^|&)labelSelector=([^&]*)");
  private static final String PASSWORD = "changeit";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ControlPlane cluster;
  private final HttpsServer server;
  private volatile int milliCpus;

  PodMetrics(Path folder, ControlPlane cluster) throws IOException, GeneralSecurityException {
    this.cluster = cluster;
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(identity(folder)));
    server.createContext("/", this::answer);
    server.start();
    cluster.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: { name: metrics, namespace: kube-system }
        spec: { type: ExternalName, externalName: localhost }
        ---
        apiVersion: apiregistration.k8s.io/v1
        kind: APIService
        metadata: { name: v1beta1.metrics.k8s.io }
        spec:
          group: metrics.k8s.io
          version: v1beta1
          groupPriorityMinimum: 100
          versionPriority: 100
          insecureSkipTLSVerify: true
          service: { name: metrics, namespace: kube-system, port: %d }
        """
            .formatted(server.getAddress().getPort()));
  }

  private static SSLContext identity(Path folder) throws IOException, GeneralSecurityException {
    Path file = folder.resolve("metrics.p12");
    Installation.Outcome made =
        Installation.execute(
            Duration.ofMinutes(1),
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "metrics",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD),
            Map.of());
    assertThat(made.exitCode()).as("%s\n%s", made.out(), made.err()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  /** From now on each pod uses so many thousandths of a CPU. */
  void use(int milliCpus) {
    this.milliCpus = milliCpus;
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    Matcher pods = PODS.matcher(path);
    ObjectNode answer = JSON.createObjectNode();
    if (path.equals(VERSION)) {
      answer.put("kind", "APIResourceList").put("apiVersion", "v1");
      answer.put("groupVersion", "metrics.k8s.io/v1beta1");
      answer
          .putArray("resources")
          .addObject()
          .put("name", "pods")
          .put("singularName", "")
          .put("namespaced", true)
          .put("kind", "PodMetrics")
          .putArray("verbs")
          .add("get")
          .add("list");
    } else if (pods.matches()) {
      answer.put("kind", "PodMetricsList").put("apiVersion", "metrics.k8s.io/v1beta1");
      answer.putObject("metadata");
      answer.set("items", items(pods.group(1), exchange.getRequestURI().getRawQuery()));
    } else {
      exchange.sendResponseHeaders(404, -1);
      exchange.close();
      return;
    }
    byte[] bytes = JSON.writeValueAsBytes(answer);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private JsonNode items(String namespace, String query) throws IOException {
    Matcher selector = SELECTOR.matcher(query == null ? "" : query);
    JsonNode pods =
        JSON.readTree(
            cluster.kubectl(
                "get",
                "pods",
                "--namespace",
                namespace,
                "--selector",
                selector.find() ? URLDecoder.decode(selector.group(1), UTF_8) : "",
                "--output",
                "json"));
    var items = JSON.createArrayNode();
    for (JsonNode pod : pods.path("items")) {
      ObjectNode item = items.addObject();
      item.putObject("metadata")
          .put("name", pod.path("metadata").path("name").asText())
          .put("namespace", namespace)
          .set("labels", pod.path("metadata").path("labels"));
      item.put("timestamp", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
      item.put("window", "10s");
      var containers = item.putArray("containers");
      for (JsonNode container : pod.path("spec").path("containers")) {
        containers
            .addObject()
            .put("name", container.path("name").asText())
            .putObject("usage")
            .put("cpu", milliCpus + "m")
            .put("memory", "1Gi");
      }
    }
    return items;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
