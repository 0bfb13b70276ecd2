package lyceum.verification;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import java.net.URI;
import java.util.Set;
import org.jspecify.annotations.NullMarked;

/**
 * The arrows between the modules and the habits every class keeps, each as a rule that can fail.
 */
final class DependencyRules {
  private static final String ANNOTATIONS = "org.jspecify.annotations..";

  /** Core's nouns are shared by everything, so they may pull in nothing. */
  static final ArchRule CORE_IS_PLAIN_JAVA =
      classes()
          .that()
          .resideInAPackage("lyceum.core..")
          .should()
          .onlyDependOnClassesThat()
          // The JDK's too: the machine's memory and HMAC have no other place there.
          .resideInAnyPackage(
              "java..", "com.sun.management..", "javax.crypto..", ANNOTATIONS, "lyceum.core..");

  /** How a model is made can be read, run and tested without knowing what keeps it running. */
  static final ArchRule LEARNING_HALF_KNOWS_NO_TEMPORAL =
      noClasses()
          .that()
          .resideInAnyPackage("lyceum.data..", "lyceum.model..", "lyceum.serving..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.temporal..",
              "lyceum.contracts..",
              "lyceum.workflows..",
              "lyceum.activities..",
              "lyceum.connectors..",
              "lyceum.worker..");

  /**
   * Text work runs on machines without TensorFlow, and so do the workflow workers and the doors.
   */
  static final ArchRule TENSORFLOW_STAYS_IN_THE_LEARNING_HALF =
      noClasses()
          .that()
          .resideInAnyPackage(
              "lyceum.core..",
              "lyceum.data..",
              "lyceum.contracts..",
              "lyceum.workflows..",
              "lyceum.connectors..",
              "lyceum.application..",
              "lyceum.cli..",
              "lyceum.console..",
              "lyceum.spark..",
              "lyceum.airflow..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.tensorflow..", "org.bytedeco..");

  /** The data module stands below the model. */
  static final ArchRule DATA_KNOWS_NO_MODEL =
      noClasses()
          .that()
          .resideInAPackage("lyceum.data..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("lyceum.model..", "lyceum.serving..");

  /**
   * Training and inference see tensors and files; what travels is the activities' business. The one
   * exception is the ranks of a training, which add their gradients over sockets of their own.
   */
  static final ArchRule MODEL_KNOWS_NO_NETWORK =
      noClasses()
          .that()
          .resideInAPackage("lyceum.model..")
          .and()
          .resideOutsideOfPackage("lyceum.model.parallel..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                      "java.net..", "java.nio.channels..", "io.helidon..", "lyceum.serving..")
                  .and(DescribedPredicate.not(JavaClass.Predicates.equivalentTo(URI.class)))
                  .and(DescribedPredicate.not(fileChannel())));

  /**
   * What client and worker share carries records and interfaces, and nothing that either would not
   * want.
   */
  static final ArchRule CONTRACTS_KNOW_CORE_AND_TEMPORAL =
      classes()
          .that()
          .resideInAPackage("lyceum.contracts..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              ANNOTATIONS,
              "io.temporal..",
              "com.google.protobuf..",
              "com.fasterxml.jackson..",
              "lyceum.core..",
              "lyceum.contracts..");

  /**
   * Workflow code is replayed, so it may reach nothing that answers differently the second time.
   */
  static final ArchRule WORKFLOWS_KNOW_ONLY_CONTRACTS =
      classes()
          .that()
          .resideInAPackage("lyceum.workflows..")
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                      "java.lang..",
                      "java.util..",
                      "java.time..",
                      ANNOTATIONS,
                      "io.temporal..",
                      "lyceum.core..",
                      "lyceum.contracts..",
                      "lyceum.workflows..")
                  .or(JavaClass.Predicates.equivalentTo(URI.class))
                  // Workflow.getLogger hands one out; the factory stays out of reach.
                  .or(JavaClass.Predicates.equivalentTo(org.slf4j.Logger.class)));

  /**
   * Time, chance and threads come from Temporal; package rules cannot see methods, so these are
   * named.
   */
  static final ArchRule WORKFLOWS_TAKE_TIME_AND_CHANCE_FROM_TEMPORAL =
      noClasses()
          .that()
          .resideInAPackage("lyceum.workflows..")
          .should(
              ArchConditions.callMethodWhere(
                  call("java.util.UUID", "randomUUID")
                      .or(
                          call(
                              "java.lang.System",
                              "currentTimeMillis",
                              "nanoTime",
                              "getenv",
                              "getProperty"))
                      .or(call("java.lang.Math", "random"))
                      .or(
                          call(
                              "java.lang.Thread",
                              "sleep",
                              "start",
                              "ofVirtual",
                              "ofPlatform",
                              "startVirtualThread"))
                      .or(call("java.util.Collections", "shuffle"))
                      .or(nowOfJavaTime())))
          .orShould(
              dependOnClassesThat(
                  resideInAnyPackage("java.util.random..")
                      .or(
                          HasName.Predicates.nameMatching(
                              "java\\.util\\.(Random|SplittableRandom|concurrent\\.(ThreadLocalRandom"
                                  + "|Executors?|ExecutorService|CompletableFuture|ForkJoinPool))"))
                      .as("sources of chance and of threads")));

  /** An adapter to the outside serves both halves and knows neither. */
  static final ArchRule CONNECTORS_KNOW_NEITHER_HALF =
      noClasses()
          .that()
          .resideInAPackage("lyceum.connectors..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.temporal..",
              "lyceum.contracts..",
              "lyceum.workflows..",
              "lyceum.activities..",
              "lyceum.data..",
              "lyceum.model..",
              "lyceum.serving..");

  /**
   * Activities see object storage and tracking through core's ports, so that a test can hand them
   * others.
   */
  static final ArchRule ACTIVITIES_SEE_ONLY_PORTS =
      noClasses()
          .that()
          .resideInAPackage("lyceum.activities..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "lyceum.connectors..", "lyceum.workflows..", "io.minio..", "org.mlflow..");

  /** The doors talk to what runs, and hold none of it. */
  static final ArchRule DOORS_KNOW_ONLY_CONTRACTS =
      noClasses()
          .that()
          .resideInAnyPackage("lyceum.cli..", "lyceum.console..", "lyceum.airflow..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "lyceum.workflows..",
              "lyceum.activities..",
              "lyceum.data..",
              "lyceum.model..",
              "lyceum.serving..",
              "lyceum.worker..",
              "lyceum.spark..");

  /** What every door does serves them all and knows none, nor what runs. */
  static final ArchRule APPLICATION_KNOWS_NO_DOOR =
      noClasses()
          .that()
          .resideInAPackage("lyceum.application..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "lyceum.cli..",
              "lyceum.console..",
              "lyceum.airflow..",
              "lyceum.workflows..",
              "lyceum.activities..",
              "lyceum.data..",
              "lyceum.model..",
              "lyceum.serving..",
              "lyceum.worker..",
              "lyceum.spark..",
              "io.helidon..",
              "picocli..");

  /** The command and the console are two doors to one thing. */
  static final ArchRule DOORS_DO_NOT_KNOW_EACH_OTHER =
      noClasses()
          .that()
          .resideInAPackage("lyceum.console..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("lyceum.cli..");

  /** Airflow's operators act through Temporal only, and read recipes as the command does. */
  static final ArchRule AIRFLOW_ACTS_THROUGH_TEMPORAL =
      noClasses()
          .that()
          .resideInAPackage("lyceum.airflow..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("lyceum.connectors..", "lyceum.cli..", "lyceum.console..")
                  .and(
                      DescribedPredicate.not(
                          JavaClass.Predicates.resideInAPackage("lyceum.connectors.recipe.."))));

  /** Airflow's own SDK will take this package's place; it knows nothing of what the tasks do. */
  static final ArchRule COORDINATOR_KNOWS_AIRFLOW_ALONE =
      classes()
          .that()
          .resideInAPackage("lyceum.airflow.coordinator..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              ANNOTATIONS,
              "org.msgpack..",
              "org.slf4j..",
              "com.fasterxml.jackson..",
              "lyceum.core..",
              "lyceum.airflow.coordinator..");

  /** Every process may be traced, so what traces it may pull in nothing of what it does. */
  static final ArchRule TELEMETRY_KNOWS_NO_OTHER_MODULE =
      noClasses()
          .that()
          .resideInAPackage("lyceum.telemetry..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("lyceum..")
                  .and(
                      DescribedPredicate.not(
                          JavaClass.Predicates.resideInAPackage("lyceum.telemetry.."))));

  /** Both servers stand on it, and neither brings the other along. */
  static final ArchRule WEB_KNOWS_NO_OTHER_MODULE =
      noClasses()
          .that()
          .resideInAPackage("lyceum.web..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("lyceum..")
                  .and(
                      DescribedPredicate.not(
                          JavaClass.Predicates.resideInAPackage("lyceum.web.."))));

  /** What is measured is how models are made and served, not what keeps that running. */
  static final ArchRule BENCH_KNOWS_THE_LEARNING_HALF =
      noClasses()
          .that()
          .resideInAPackage("lyceum.bench..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.temporal..",
              "lyceum.contracts..",
              "lyceum.workflows..",
              "lyceum.activities..",
              "lyceum.connectors..",
              "lyceum.worker..",
              "lyceum.application..",
              "lyceum.cli..",
              "lyceum.console..",
              "lyceum.spark..",
              "lyceum.airflow..");

  /** Measuring is no part of the product's own way. */
  static final ArchRule NOTHING_LEANS_ON_BENCH =
      noClasses()
          .that()
          .resideOutsideOfPackage("lyceum.bench..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("lyceum.bench..");

  /** Spark's JVM shares the operators of the data module and nothing else. */
  static final ArchRule SPARK_KNOWS_DATA =
      classes()
          .that()
          .resideInAPackage("lyceum.spark..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              ANNOTATIONS,
              "org.slf4j..",
              "org.apache.spark..",
              "scala..",
              "lyceum.core..",
              "lyceum.data..",
              "lyceum.spark..");

  /**
   * A package can be read alone or after those it uses, never only together with those that use it.
   */
  static final ArchRule PACKAGES_HAVE_NO_CYCLES =
      slices().matching("lyceum.(**)").should().beFreeOfCycles();

  /** Nullness is stated once a package, and the compiler holds everyone to it. */
  static final ArchRule PACKAGES_ARE_NULL_MARKED =
      classes().that().resideInAPackage("lyceum..").should(resideInANullMarkedPackage());

  /** A library speaks through results, exceptions and its logger. */
  static final ArchRule ONLY_COMMANDS_PRINT =
      noClasses()
          .that(areNotCommands())
          .should(ACCESS_STANDARD_STREAMS)
          .orShould(ArchConditions.callMethodWhere(call("java.lang.System", "exit", "halt")));

  private DependencyRules() {}

  /** Calls of one of these methods of the class. */
  private static DescribedPredicate<JavaMethodCall> call(String owner, String... methods) {
    Set<String> names = Set.of(methods);
    return DescribedPredicate.describe(
        owner + "." + names,
        call ->
            call.getTargetOwner().getFullName().equals(owner)
                && names.contains(call.getTarget().getName()));
  }

  private static DescribedPredicate<JavaMethodCall> nowOfJavaTime() {
    return DescribedPredicate.describe(
        "a clock of java.time",
        call ->
            call.getTargetOwner().getPackageName().startsWith("java.time")
                && (call.getTarget().getName().equals("now")
                    || call.getTarget().getName().startsWith("system")));
  }

  private static DescribedPredicate<JavaClass> fileChannel() {
    return JavaClass.Predicates.resideInAPackage("java.nio.channels")
        .and(HasName.Predicates.nameMatching("java\\.nio\\.channels\\.FileChannel(\\$MapMode)?"));
  }

  private static DescribedPredicate<JavaClass> areNotCommands() {
    return DescribedPredicate.describe(
        "are neither in cli nor have a main method",
        type ->
            !type.getPackageName().startsWith("lyceum.cli")
                && outermost(type).getMethods().stream()
                    .noneMatch(
                        method ->
                            method.getName().equals("main")
                                && method.getModifiers().contains(JavaModifier.STATIC)));
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(DependencyRules::outermost).orElse(type);
  }

  private static ArchCondition<JavaClass> resideInANullMarkedPackage() {
    return new ArchCondition<>("reside in a package that is @NullMarked") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
          events.add(
              SimpleConditionEvent.violated(
                  type,
                  "Package "
                      + type.getPackageName()
                      + " of "
                      + type.getSimpleName()
                      + " is not @NullMarked"));
        }
      }
    };
  }
}
