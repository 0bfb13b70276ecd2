package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
 * Terraform's module of a cluster on a real control plane, whose nodes run nothing, next to the
 * chart on the same one. The tests build on each other.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TerraformClusterIT {
  private static final String MODULE = "modules/cluster";
  private static final String ENVIRONMENT = "environments/cluster";
  private static final Path CHART = Installation.repository().resolve("infra/helm/lyceum");
  private static final Duration ASKING = Duration.ofMinutes(3);
  private static final ObjectMapper JSON = new ObjectMapper();

  private ControlPlane cluster;
  private Terraform terraform;
  private String helm = "";

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    List<Path> built = BuiltTools.require(List.of("terraform-provider-kubernetes", "helm"));
    Path mirror = Terraform.mirrorOf(built.getFirst());
    terraform = new Terraform(folder, List.of(mirror));
    helm = built.get(1).resolve("helm").toString();
    cluster = ControlPlane.start(folder);
    cluster.addNode("small", 64, "256Gi", 0);
    for (String volume : List.of("work-1", "work-2", "console-1", "console-2")) {
      cluster.addVolume(volume, "");
    }

    Path environment = Files.createDirectories(terraform.folder(ENVIRONMENT));
    Files.writeString(
        environment.resolve("main.tf"),
        """
        provider "kubernetes" {
          config_path = "%s"
        }

        variable "cluster" {
          type    = any
          default = {}
        }

        module "cluster" {
          source = "../../modules/cluster"

          image        = { repository = "lyceum", tag = "0.1.0" }
          temporal     = { address = "temporal-frontend.temporal:7233" }
          storage      = { endpoint = "http://minio.storage:9000" }
          tracking_uri = "http://mlflow.tracking:5000"
          quota        = { "requests.cpu" = "64" }
          workers      = try(var.cluster.workers, null)
          serving      = try(var.cluster.serving, {})
          console      = try(var.cluster.console, {})
        }
        """
            .formatted(cluster.kubeconfig()));
    terraform.succeed(ENVIRONMENT, "init", "-input=false");
  }

  @AfterAll
  void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  @Order(1)
  void module_passesItsOwnTests() {
    terraform.succeed(MODULE, "init", "-input=false");
    assertThat(terraform.succeed(MODULE, "test")).contains("0 failed");
  }

  @Test
  @Order(2)
  void apply_everyPodRuns_andThePlanAfterItIsEmpty() {
    apply();
    cluster.secret("lyceum");

    Awaitility.await()
        .atMost(ASKING)
        .untilAsserted(
            () ->
                assertThat(cluster.pods("lyceum"))
                    .hasSize(3)
                    .allMatch(pod -> pod.endsWith("Running")));
    assertThat(terraform.differs(ENVIRONMENT)).isFalse();
    assertThat(cluster.kubectl("get", "resourcequota", "--namespace", "lyceum"))
        .contains("requests.cpu");
  }

  @Test
  @Order(3)
  void objects_areThoseOfTheChart() throws Exception {
    cluster.kubectl("create", "namespace", "chart");
    helm("install", "lyceum", CHART.toString());

    for (String kind :
        List.of(
            "deployment",
            "service",
            "persistentvolumeclaim",
            "networkpolicy",
            "poddisruptionbudget")) {
      assertThat(objects(kind, "lyceum")).as(kind).isEqualTo(objects(kind, "chart"));
    }
  }

  @Test
  @Order(4)
  void drift_isFoundAndRepaired() {
    cluster.kubectl("delete", "service", "lyceum-serving", "--namespace", "lyceum");
    cluster.kubectl(
        "scale", "deployment", "lyceum-worker-all", "--replicas=3", "--namespace", "lyceum");
    cluster.kubectl(
        "label",
        "namespace",
        "lyceum",
        "pod-security.kubernetes.io/enforce=privileged",
        "--overwrite");

    assertThat(terraform.differs(ENVIRONMENT)).isTrue();
    apply();
    assertThat(terraform.differs(ENVIRONMENT)).isFalse();
    assertThat(cluster.kubectl("get", "namespace", "lyceum", "--output", "json"))
        .contains("\"pod-security.kubernetes.io/enforce\": \"restricted\"");
  }

  @Test
  @Order(5)
  void many_areThoseOfTheChart_andTrainingRunsOnNodesWithGpus() throws Exception {
    cluster.addNode("gpu-1", 96, "768Gi", 8);
    terraform.with(
        "TF_VAR_cluster",
        """
        {
          workers = {
            workflows = { queues = ["WORKFLOWS", "CONTROL"], replicas = 2, requests = { cpu = "1", memory = "1Gi" }, limits = { memory = "2Gi" }, build_id = "b1", tag = "0.1.1" }
            data      = { queues = ["DATA"], replicas = 2, requests = { cpu = "4", memory = "8Gi" }, limits = { memory = "16Gi" } }
            learning = {
              queues        = ["LEARNING"]
              gpus          = 8
              requests      = { cpu = "16", memory = "128Gi" }
              limits        = { memory = "256Gi" }
              node_selector = { "lyceum/pool" = "gpu" }
              tolerations   = [{ key = "nvidia.com/gpu", operator = "Exists", effect = "NoSchedule" }]
            }
          }
          serving = { autoscaling = {} }
          console = {
            url            = "https://lyceum.example.org"
            temporal_pages = "https://temporal.example.org"
            database_url   = "jdbc:postgresql://postgres.databases:5432/lyceum_console"
            replicas       = 2
            oidc           = { issuer = "https://login.example.org" }
          }
        }
        """);
    apply();
    Awaitility.await()
        .atMost(ASKING)
        .untilAsserted(
            () ->
                assertThat(cluster.pods("lyceum"))
                    .filteredOn(pod -> pod.contains("learning"))
                    .hasSize(1)
                    .allMatch(pod -> pod.endsWith("Running")));
    assertThat(terraform.differs(ENVIRONMENT)).isFalse();

    helm(
        "upgrade",
        "lyceum",
        CHART.toString(),
        "--values",
        CHART.resolve("values-many.yaml").toString(),
        "--set",
        "work.storageClass=,work.accessMode=ReadWriteOnce,work.size=20Gi",
        "--set",
        "workers.workflows.buildId=b1,workers.workflows.tag=0.1.1",
        "--set",
        "workers.data.replicas=2,workers.learning.replicas=1",
        "--set",
        "console.url=https://lyceum.example.org,console.temporalPages=https://temporal.example.org",
        "--set",
        "console.oidc.issuer=https://login.example.org");
    for (String kind : List.of("deployment", "horizontalpodautoscaler")) {
      assertThat(objects(kind, "lyceum")).as(kind).isEqualTo(objects(kind, "chart"));
    }
  }

  @Test
  @Order(6)
  void destroy_leavesNothing() {
    terraform.succeed(ENVIRONMENT, "destroy", "-auto-approve", "-input=false");
    assertThat(terraform.succeed(ENVIRONMENT, "state", "list")).isBlank();
    assertThat(cluster.kubectl("get", "namespaces", "--output", "name"))
        .doesNotContain("namespace/lyceum");
  }

  private void apply() {
    terraform.succeed(ENVIRONMENT, "apply", "-auto-approve", "-input=false");
  }

  private void helm(String... arguments) {
    List<String> command = new ArrayList<>(List.of(helm));
    command.addAll(List.of(arguments));
    command.addAll(
        List.of("--kubeconfig", cluster.kubeconfig().toString(), "--namespace", "chart"));
    Installation.Outcome outcome = Installation.execute(ASKING, command, Map.of());
    assertThat(outcome.exitCode()).as("%s\n%s", outcome.out(), outcome.err()).isZero();
  }

  /**
   * What the API server made of the objects of a kind, by name: what they ask for, without what
   * says who made them, or the order of what has none.
   */
  private Map<String, JsonNode> objects(String kind, String namespace) throws IOException {
    Map<String, JsonNode> objects = new TreeMap<>();
    JsonNode answer =
        JSON.readTree(cluster.kubectl("get", kind, "--namespace", namespace, "--output", "json"));
    for (JsonNode object : answer.path("items")) {
      ObjectNode spec = object.path("spec").deepCopy();
      // Given by the cluster; behavior is the usual one, which the provider asks it to write down.
      spec.remove(List.of("clusterIP", "clusterIPs", "volumeName", "behavior"));
      if (spec.path("template").path("metadata") instanceof ObjectNode metadata) {
        metadata.remove("creationTimestamp");
        // The chart names its version and itself, Terraform neither.
        if (metadata.path("labels") instanceof ObjectNode labels) {
          labels.remove(List.of("app.kubernetes.io/version", "app.kubernetes.io/managed-by"));
        }
      }
      JsonNode pod = spec.path("template").path("spec");
      for (JsonNode container : pod.path("containers")) {
        sort((ArrayNode) container.path("env"), "name");
        sort((ArrayNode) container.path("volumeMounts"), "mountPath");
        container.path("env").forEach(TerraformClusterIT::withoutDefault);
        // The provider says what the API would have taken.
        container.path("volumeMounts").forEach(mount -> remove(mount, "mountPropagation", "None"));
        remove(container.path("securityContext"), "privileged", "false");
      }
      remove(pod, "shareProcessNamespace", "false");
      if (pod.path("volumes") instanceof ArrayNode volumes) {
        sort(volumes, "name");
      }
      objects.put(object.path("metadata").path("name").asText(), spec);
    }
    return objects;
  }

  /** A key of a Secret that must be there: said or not, it is the same. */
  private static void withoutDefault(JsonNode variable) {
    if (variable.path("valueFrom").path("secretKeyRef") instanceof ObjectNode key
        && !key.path("optional").asBoolean()) {
      key.remove("optional");
    }
  }

  private static void remove(JsonNode node, String field, String usual) {
    if (node instanceof ObjectNode object && object.path(field).asText().equals(usual)) {
      object.remove(field);
    }
  }

  private static void sort(ArrayNode array, String key) {
    List<JsonNode> sorted = new ArrayList<>();
    array.forEach(sorted::add);
    sorted.sort(Comparator.comparing(node -> node.path(key).asText()));
    array.removeAll();
    array.addAll(sorted);
  }
}
