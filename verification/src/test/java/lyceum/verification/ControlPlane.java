package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Kubernetes without machines: etcd, API server, controllers and scheduler, and kwok, which plays
 * the kubelet of every node and says of each pod that it runs.
 */
final class ControlPlane implements AutoCloseable {
  private static final Duration ASKING = Duration.ofMinutes(3);
  private static final String TOKEN = "lyceum-test-token";

  private final Deque<ServerProcess> parts = new ArrayDeque<>();
  private final Path folder;
  private final Path kubeconfig;
  private final String kubectl;

  private ControlPlane(Path folder, String kubectl) {
    this.folder = folder;
    this.kubeconfig = folder.resolve("kubeconfig");
    this.kubectl = kubectl;
  }

  /** Starts one in the folder; skips the test where a part of it is not built. */
  static ControlPlane start(Path folder) throws IOException, GeneralSecurityException {
    List<Path> built = BuiltTools.require(List.of("etcd", "kubernetes", "kwok"));
    ControlPlane plane = new ControlPlane(folder, built.get(1).resolve("kubectl").toString());
    try {
      plane.start(built.get(0), built.get(1), built.get(2));
      return plane;
    } catch (Throwable e) {
      plane.close();
      throw e;
    }
  }

  private void start(Path etcd, Path kubernetes, Path kwok)
      throws IOException, GeneralSecurityException {
    int storePort = ServerProcess.freePort();
    String store = "http://127.0.0.1:" + storePort;
    String peers = "http://127.0.0.1:" + ServerProcess.freePort();
    run(
        "etcd",
        () -> ServerProcess.listens(storePort),
        etcd.resolve("etcd").toString(),
        "--data-dir=" + folder.resolve("etcd"),
        "--listen-client-urls=" + store,
        "--advertise-client-urls=" + store,
        "--listen-peer-urls=" + peers,
        "--initial-advertise-peer-urls=" + peers,
        "--initial-cluster=default=" + peers,
        "--unsafe-no-fsync");

    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair pair = generator.generateKeyPair();
    Path key =
        Files.writeString(folder.resolve("accounts.pem"), pem("PRIVATE KEY", pair.getPrivate()));
    Path publicKey =
        Files.writeString(folder.resolve("accounts.pub"), pem("PUBLIC KEY", pair.getPublic()));
    Path tokens =
        Files.writeString(folder.resolve("tokens"), TOKEN + ",admin,admin,system:masters\n");
    int port = ServerProcess.freePort();
    Path certificates = Files.createDirectory(folder.resolve("certificates"));
    Files.writeString(
        kubeconfig,
        """
        apiVersion: v1
        kind: Config
        clusters: [{ name: test, cluster: { server: "https://127.0.0.1:%d", certificate-authority: %s } }]
        users: [{ name: admin, user: { token: %s } }]
        contexts: [{ name: test, context: { cluster: test, user: admin } }]
        current-context: test
        """
            .formatted(port, certificates.resolve("apiserver.crt"), TOKEN));
    run(
        "kube-apiserver",
        () -> kubectlOutcome("get", "--raw", "/readyz").exitCode() == 0,
        kubernetes.resolve("kube-apiserver").toString(),
        "--etcd-servers=" + store,
        "--bind-address=127.0.0.1",
        "--secure-port=" + port,
        "--cert-dir=" + certificates,
        "--token-auth-file=" + tokens,
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-key-file=" + publicKey,
        "--service-account-signing-key-file=" + key,
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=RBAC",
        // Pods get no tokens: nothing runs in them.
        "--disable-admission-plugins=ServiceAccount");
    run(
        "kube-controller-manager",
        () -> true,
        kubernetes.resolve("kube-controller-manager").toString(),
        "--kubeconfig=" + kubeconfig,
        "--service-account-private-key-file=" + key,
        "--bind-address=127.0.0.1",
        "--secure-port=" + ServerProcess.freePort(),
        "--leader-elect=false",
        // Minutes by default, so that a short peak moves nothing.
        "--horizontal-pod-autoscaler-sync-period=2s",
        "--horizontal-pod-autoscaler-initial-readiness-delay=1s",
        "--horizontal-pod-autoscaler-cpu-initialization-period=1s",
        "--horizontal-pod-autoscaler-downscale-stabilization=4s");
    run(
        "kube-scheduler",
        () -> true,
        kubernetes.resolve("kube-scheduler").toString(),
        "--kubeconfig=" + kubeconfig,
        "--bind-address=127.0.0.1",
        "--secure-port=" + ServerProcess.freePort(),
        "--leader-elect=false");
    run(
        "kwok",
        () -> true,
        kwok.resolve("kwok").toString(),
        "--kubeconfig=" + kubeconfig,
        "--manage-all-nodes=true");
  }

  private void run(String name, BooleanSupplier isWell, String... command) {
    parts.push(ServerProcess.start(name, folder, Map.of(), isWell, List.of(command)));
  }

  Path kubeconfig() {
    return kubeconfig;
  }

  /** Adds a node of this size, with a taint where it has GPUs. */
  void addNode(String name, int cpus, String memory, int gpus) throws IOException {
    String taint =
        gpus > 0
            ? "taints: [{ key: nvidia.com/gpu, value: present, effect: NoSchedule }]"
            : "taints: []";
    apply(
        """
        apiVersion: v1
        kind: Node
        metadata:
          name: %s
          labels: { lyceum/pool: %s, kubernetes.io/os: linux }
          annotations: { node.alpha.kubernetes.io/ttl: "0" }
        spec: { %s }
        status:
          capacity: &size { cpu: "%d", memory: %s, pods: "100", nvidia.com/gpu: "%d" }
          allocatable: *size
        """
            .formatted(name, gpus > 0 ? "gpu" : "cpu", taint, cpus, memory, gpus));
  }

  /** A volume of a class, as nobody makes one on demand here. */
  void addVolume(String name, String storageClass) throws IOException {
    apply(
        """
        apiVersion: v1
        kind: PersistentVolume
        metadata: { name: %s }
        spec:
          capacity: { storage: 500Gi }
          accessModes: [ReadWriteOnce, ReadWriteMany]
          storageClassName: "%s"
          hostPath: { path: /nowhere }
        """
            .formatted(name, storageClass));
  }

  /** The Secret that an installation in the namespace refers to. */
  void secret(String namespace) {
    kubectl(
        "create",
        "secret",
        "generic",
        "lyceum",
        "--namespace",
        namespace,
        "--from-literal=storage-access-key=a",
        "--from-literal=storage-secret-key=b",
        "--from-literal=admin-token=c");
  }

  /** Name and phase of each pod of the namespace. */
  List<String> pods(String namespace) {
    return kubectl(
            "get",
            "pods",
            "--namespace",
            namespace,
            "--output",
            "jsonpath={range .items[*]}{.metadata.name}{\" \"}{.status.phase}{\"\\n\"}{end}")
        .lines()
        .toList();
  }

  void apply(String manifest) throws IOException {
    Path file = Files.createTempFile(folder, "manifest", ".yaml");
    Files.writeString(file, manifest);
    kubectl("apply", "-f", file.toString());
  }

  /** What kubectl prints; fails the test when it fails. */
  String kubectl(String... arguments) {
    Installation.Outcome outcome = kubectlOutcome(arguments);
    assertThat(outcome.exitCode()).as("%s\n%s", outcome.out(), outcome.err()).isZero();
    return outcome.out();
  }

  private Installation.Outcome kubectlOutcome(String... arguments) {
    List<String> command = new ArrayList<>(List.of(kubectl, "--kubeconfig", kubeconfig.toString()));
    command.addAll(List.of(arguments));
    return Installation.execute(ASKING, command, Map.of());
  }

  private static String pem(String what, Key key) {
    byte[] newline = "\n".getBytes(StandardCharsets.US_ASCII);
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(what, Base64.getMimeEncoder(64, newline).encodeToString(key.getEncoded()), what);
  }

  @Override
  public void close() {
    while (!parts.isEmpty()) {
      parts.pop().close();
    }
  }
}
