package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The chart, linted, rendered, and compared with Kubernetes' own schemas. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HelmIT {
  private static final Path CHART = Installation.repository().resolve("infra/helm/lyceum");
  private static final Duration ASKING = Duration.ofMinutes(2);

  private String helm = "";
  private String validate = "";

  @BeforeAll
  void find() {
    List<Path> built = BuiltTools.require(List.of("helm", "kubernetes-validate"));
    helm = built.getFirst().resolve("helm").toString();
    validate = built.getLast().resolve("bin/kubernetes-validate").toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"values.yaml", "values-many.yaml"})
  void chart_lintsRendersAndFitsKubernetesSchemas(String values, @TempDir Path folder)
      throws Exception {
    Path file = CHART.resolve(values);
    succeed(helm, "lint", "--strict", CHART.toString(), "--values", file.toString());
    Path rendered = folder.resolve("rendered.yaml");
    String text =
        succeed(helm, "template", "lyceum", CHART.toString(), "--values", file.toString());
    Files.writeString(rendered, text);
    succeed(validate, "--strict", "-k", "1.34", rendered.toString());

    // Each queue is served by somebody.
    assertThat(text).contains("WORKFLOWS", "CONTROL", "DATA", "LEARNING");
    // What is served is kept, in a place that can be written to.
    String serving =
        Stream.of(text.split("\n---\n"))
            .filter(part -> part.contains("args: [serving"))
            .findFirst()
            .orElseThrow();
    assertThat(serving)
        .contains("{ name: LYCEUM_SERVING_LOG, value: /var/lib/lyceum-records }")
        .contains("{ name: records, mountPath: /var/lib/lyceum-records }");
    // A secret is referred to, never written.
    assertThat(text).contains("secretKeyRef").doesNotContain("kind: Secret");

    Path wrong = folder.resolve("wrong.yaml");
    Files.writeString(wrong, text.replaceFirst("terminationGracePeriodSeconds", "gracePeriod"));
    assertThat(run(validate, "--strict", "-k", "1.34", wrong.toString()).exitCode()).isNotZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "workers.all.queues={TRAINING}",
        "workers.all.replicas=-1",
        "existingSecret=",
        "console.replicas=2",
        "console.databaseUrl=postgresql://host/console",
        "work.accessMode=Anybody"
      })
  void wrongValues_areRefused(String set) {
    Installation.Outcome outcome = run(helm, "template", "lyceum", CHART.toString(), "--set", set);
    assertThat(outcome.exitCode()).isNotZero();
    assertThat(outcome.err()).contains("values don't meet the specifications of the schema");
  }

  @Test
  void buildId_isTheWorkers_andTheConsoleKeepsItsStateWhereItIsTold() {
    assertThat(template())
        .doesNotContain("LYCEUM_WORKER_BUILD_ID", "LYCEUM_CONSOLE_OIDC", "LYCEUM_CONSOLE_URL")
        .contains("persistentVolumeClaim: { claimName: lyceum-console }");

    String several =
        template(
            "workers.all.buildId=2026-12-01",
            "workers.all.tag=next",
            "console.databaseUrl=jdbc:postgresql://host/console",
            "console.replicas=2",
            "console.url=https://lyceum.example.org",
            "console.oidc.issuer=https://login.example.org");
    assertThat(several)
        .contains("{ name: LYCEUM_WORKER_BUILD_ID, value: \"2026-12-01\" }")
        .containsOnlyOnce("image: \"lyceum:next\"")
        .contains("{ name: LYCEUM_CONSOLE_URL, value: \"https://lyceum.example.org\" }")
        .contains("key: console-database-password", "key: console-oidc-secret")
        .doesNotContain("claimName: lyceum-console");
  }

  private String template(String... settings) {
    List<String> command = new ArrayList<>(List.of(helm, "template", "lyceum", CHART.toString()));
    for (String setting : settings) {
      command.addAll(List.of("--set", setting));
    }
    return succeed(command.toArray(String[]::new));
  }

  private static Installation.Outcome run(String... command) {
    return Installation.execute(ASKING, new ArrayList<>(List.of(command)), Map.of());
  }

  private static String succeed(String... command) {
    Installation.Outcome outcome = run(command);
    assertThat(outcome.exitCode()).as("%s\n%s", outcome.out(), outcome.err()).isZero();
    return outcome.out();
  }
}
