package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The chart on a real control plane, whose nodes run nothing: installed, upgraded, rolled back, and
 * scheduled on GPUs. The tests build on each other.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class KubernetesIT {
  private static final Path CHART = Installation.repository().resolve("infra/helm/lyceum");
  private static final Duration ASKING = Duration.ofMinutes(4);
  private static final String NAMESPACE = "lyceum";

  private ControlPlane cluster;
  private String helm = "";

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    helm = BuiltTools.require("helm").resolve("helm").toString();
    cluster = ControlPlane.start(folder);
    cluster.addNode("small", 16, "64Gi", 0);
    cluster.kubectl("create", "namespace", NAMESPACE);
    // What the cluster refuses under its strictest rules would show here.
    cluster.kubectl(
        "label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted");
    cluster.secret(NAMESPACE);
    for (String volume : List.of("work", "console", "shared")) {
      cluster.addVolume(volume, volume.equals("shared") ? "shared" : "");
    }
  }

  @AfterAll
  void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  @Order(1)
  void install_everyPodRuns() {
    helm("install", "one", CHART.toString(), "--wait", "--timeout", "120s");

    assertThat(pods("one")).hasSize(3).allMatch(pod -> pod.endsWith("Running"));
    assertThat(cluster.kubectl("get", "pvc", "--namespace", NAMESPACE)).contains("Bound");
    // Else a release named lyceum gets LYCEUM_SERVING_PORT=tcp://... from its own service.
    assertThat(
            cluster.kubectl(
                "get",
                "pods",
                "--namespace",
                NAMESPACE,
                "--output",
                "jsonpath={.items[*].spec.enableServiceLinks}"))
        .isEqualTo("false false false");
  }

  @Test
  @Order(2)
  void upgrade_changesTheWorkers_andABadOneIsRolledBack() {
    helm(
        "upgrade",
        "one",
        CHART.toString(),
        "--set",
        "drainSeconds=90",
        "--wait",
        "--timeout",
        "120s");
    assertThat(grace()).isEqualTo("105");

    // No node of this cluster has a GPU.
    Installation.Outcome bad =
        helmOutcome(
            "upgrade",
            "one",
            CHART.toString(),
            "--set",
            "workers.all.gpus=1",
            "--wait",
            "--timeout",
            "10s");
    assertThat(bad.exitCode()).isNotZero();
    assertThat(pods("one")).anyMatch(pod -> pod.endsWith("Pending"));

    helm("rollback", "one", "2", "--wait", "--timeout", "120s");
    assertThat(pods("one")).hasSize(3).allMatch(pod -> pod.endsWith("Running"));
    assertThat(grace()).isEqualTo("105");
    assertThat(helm("history", "one")).contains("failed", "Rollback to 2", "deployed");
  }

  @Test
  @Order(3)
  void many_trainingWorkerWithoutAFreeNode_waitsUntilThereIsOne() throws Exception {
    cluster.addNode("gpu-1", 96, "768Gi", 8);
    helm(
        "install",
        "many",
        CHART.toString(),
        "--values",
        CHART.resolve("values-many.yaml").toString());

    Awaitility.await()
        .atMost(ASKING)
        .untilAsserted(
            () -> {
              assertThat(learning())
                  .hasSize(2)
                  .anyMatch(pod -> pod.endsWith("Running"))
                  .anyMatch(pod -> pod.endsWith("Pending"));
              assertThat(cluster.kubectl("get", "events", "--namespace", NAMESPACE))
                  .contains("Insufficient nvidia.com/gpu");
            });
    cluster.addNode("gpu-2", 96, "768Gi", 8);
    Awaitility.await()
        .atMost(ASKING)
        .untilAsserted(
            () -> assertThat(learning()).hasSize(2).allMatch(pod -> pod.endsWith("Running")));
  }

  @Test
  @Order(4)
  void modelServers_becomeMoreUnderLoad_andFewerAfterIt(@TempDir Path folder) throws Exception {
    cluster.addNode("large", 64, "256Gi", 0);
    try (PodMetrics metrics = new PodMetrics(folder, cluster)) {
      // Of the one CPU that a pod asks for; the chart aims at 70 %.
      metrics.use(950);
      Awaitility.await()
          .atMost(ASKING)
          .untilAsserted(() -> assertThat(modelServers()).isEqualTo(4));
      metrics.use(100);
      Awaitility.await()
          .atMost(ASKING)
          .untilAsserted(() -> assertThat(modelServers()).isEqualTo(1));
    }
  }

  @Test
  @Order(5)
  void uninstall_leavesTheFilesAlone() {
    helm("uninstall", "one", "--wait", "--timeout", "120s");

    Awaitility.await().atMost(ASKING).until(() -> pods("one").isEmpty());
    assertThat(cluster.kubectl("get", "pvc", "--namespace", NAMESPACE))
        .contains("one-work", "one-console");
  }

  private long modelServers() {
    return pods("many").stream()
        .filter(pod -> pod.contains("-serving-") && pod.endsWith("Running"))
        .count();
  }

  private List<String> learning() {
    return pods("many").stream().filter(pod -> pod.contains("worker-learning")).toList();
  }

  /** Name and phase of each pod of the release. */
  private List<String> pods(String release) {
    return cluster.pods(NAMESPACE).stream().filter(pod -> pod.startsWith(release + "-")).toList();
  }

  private String grace() {
    return cluster.kubectl(
        "get",
        "deployment",
        "one-worker-all",
        "--namespace",
        NAMESPACE,
        "--output",
        "jsonpath={.spec.template.spec.terminationGracePeriodSeconds}");
  }

  private String helm(String... arguments) {
    Installation.Outcome outcome = helmOutcome(arguments);
    assertThat(outcome.exitCode()).as("%s\n%s", outcome.out(), outcome.err()).isZero();
    return outcome.out();
  }

  private Installation.Outcome helmOutcome(String... arguments) {
    List<String> command = new ArrayList<>(List.of(helm));
    command.addAll(Arrays.asList(arguments));
    command.addAll(
        List.of("--kubeconfig", cluster.kubeconfig().toString(), "--namespace", NAMESPACE));
    return Installation.execute(ASKING, command, Map.of());
  }
}
