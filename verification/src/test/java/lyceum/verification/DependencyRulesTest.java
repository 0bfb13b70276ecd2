package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every rule holds over the product's classes, and every rule catches a class that breaks it. */
class DependencyRulesTest {
  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("lyceum");

  private static final Map<String, String> SEEDED =
      Map.ofEntries(
          Map.entry("CORE_IS_PLAIN_JAVA", "lyceum.core.seeded.UsesSlf4j"),
          Map.entry(
              "LEARNING_HALF_KNOWS_NO_TEMPORAL",
              "lyceum.model.seeded.UsesTemporal lyceum.serving.seeded.UsesContracts"),
          Map.entry(
              "TENSORFLOW_STAYS_IN_THE_LEARNING_HALF",
              "lyceum.data.seeded.UsesTensorFlow lyceum.console.seeded.UsesTensorFlow"),
          Map.entry("DATA_KNOWS_NO_MODEL", "lyceum.data.seeded.UsesTheModel"),
          Map.entry("MODEL_KNOWS_NO_NETWORK", "lyceum.model.seeded.OpensASocket"),
          Map.entry("CONTRACTS_KNOW_CORE_AND_TEMPORAL", "lyceum.contracts.seeded.UsesHttp"),
          Map.entry(
              "WORKFLOWS_KNOW_ONLY_CONTRACTS",
              "lyceum.workflows.seeded.ReadsAFile lyceum.workflows.seeded.LogsOnReplay"),
          Map.entry(
              "WORKFLOWS_TAKE_TIME_AND_CHANCE_FROM_TEMPORAL",
              "lyceum.workflows.seeded.ReadsTheClock lyceum.workflows.seeded.ThrowsDice"
                  + " lyceum.workflows.seeded.SeedsDice"),
          Map.entry("CONNECTORS_KNOW_NEITHER_HALF", "lyceum.connectors.seeded.UsesTemporal"),
          Map.entry("ACTIVITIES_SEE_ONLY_PORTS", "lyceum.activities.seeded.UsesAConnector"),
          Map.entry(
              "DOORS_KNOW_ONLY_CONTRACTS",
              "lyceum.cli.seeded.UsesWorkflows lyceum.console.seeded.UsesActivities"),
          Map.entry("APPLICATION_KNOWS_NO_DOOR", "lyceum.application.seeded.UsesWorkflows"),
          Map.entry("DOORS_DO_NOT_KNOW_EACH_OTHER", "lyceum.console.seeded.UsesCli"),
          Map.entry("AIRFLOW_ACTS_THROUGH_TEMPORAL", "lyceum.airflow.seeded.UsesConnectors"),
          Map.entry(
              "COORDINATOR_KNOWS_AIRFLOW_ALONE", "lyceum.airflow.coordinator.seeded.UsesTemporal"),
          Map.entry("TELEMETRY_KNOWS_NO_OTHER_MODULE", "lyceum.telemetry.seeded.UsesCore"),
          Map.entry("WEB_KNOWS_NO_OTHER_MODULE", "lyceum.web.seeded.UsesCore"),
          Map.entry("BENCH_KNOWS_THE_LEARNING_HALF", "lyceum.bench.seeded.UsesContracts"),
          Map.entry("NOTHING_LEANS_ON_BENCH", "lyceum.model.seeded.UsesBench"),
          Map.entry("SPARK_KNOWS_DATA", "lyceum.spark.seeded.UsesTemporal"),
          Map.entry("PACKAGES_ARE_NULL_MARKED", "lyceum.core.seeded.UsesSlf4j"),
          Map.entry(
              "ONLY_COMMANDS_PRINT", "lyceum.serving.seeded.Prints lyceum.serving.seeded.Exits"));

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void rule_product_holds(String name, ArchRule rule) {
    rule.check(PRODUCT);
  }

  @ParameterizedTest(name = "{0} sees {1}")
  @MethodSource("seeded")
  void rule_seededViolation_isCaught(String rule, String violation) throws Exception {
    JavaClasses seeded = new ClassFileImporter().importClasses(Class.forName(violation));
    assertThat(rule(rule).evaluate(seeded).hasViolation()).isTrue();
  }

  @Test
  void cycles_seededViolation_isCaught() {
    JavaClasses seeded =
        new ClassFileImporter()
            .importClasses(
                lyceum.core.seeded.chicken.Chicken.class, lyceum.core.seeded.egg.Egg.class);
    assertThat(DependencyRules.PACKAGES_HAVE_NO_CYCLES.evaluate(seeded).hasViolation()).isTrue();
  }

  /** A rule over classes that are not on the class path would pass without having looked. */
  @Test
  void product_everyModule_isLookedAt() {
    Set<String> modules =
        PRODUCT.stream()
            .map(type -> type.getPackageName().split("\\.")[1])
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(modules)
        .contains(
            "core",
            "data",
            "model",
            "web",
            "serving",
            "contracts",
            "workflows",
            "connectors",
            "activities",
            "worker",
            "application",
            "cli",
            "console",
            "bench",
            "spark");
  }

  static Stream<Arguments> rules() throws IllegalAccessException {
    Map<String, ArchRule> rules = new TreeMap<>();
    for (Field field : DependencyRules.class.getDeclaredFields()) {
      if (ArchRule.class.isAssignableFrom(field.getType())) {
        rules.put(field.getName(), (ArchRule) field.get(null));
      }
    }
    return rules.entrySet().stream().map(rule -> arguments(rule.getKey(), rule.getValue()));
  }

  static Stream<Arguments> seeded() {
    return new TreeMap<>(SEEDED)
        .entrySet().stream()
            .flatMap(
                entry ->
                    Arrays.stream(entry.getValue().split(" "))
                        .map(violation -> arguments(entry.getKey(), violation)));
  }

  private static ArchRule rule(String name) throws ReflectiveOperationException {
    return (ArchRule) DependencyRules.class.getDeclaredField(name).get(null);
  }
}
