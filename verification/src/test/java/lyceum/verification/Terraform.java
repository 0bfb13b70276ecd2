package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Terraform on a copy of the repository's configurations, with providers from the mirror that
 * {@code infra/tools/build.sh} fills.
 */
final class Terraform {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final String program;
  private final Path root;
  private final Map<String, String> environment = new TreeMap<>();

  /**
   * @param folder where the copy goes
   * @param mirrors filesystem mirrors of providers
   */
  Terraform(Path folder, List<Path> mirrors) {
    this.program = BuiltTools.program("LYCEUM_TERRAFORM", "terraform");
    this.root = folder.resolve("terraform");
    copy(Installation.repository().resolve("terraform"), root);
    StringBuilder settings =
        new StringBuilder("disable_checkpoint = true\nprovider_installation {\n");
    for (Path mirror : mirrors) {
      settings.append("  filesystem_mirror {\n    path = \"").append(mirror).append("\"\n  }\n");
    }
    Path file = folder.resolve("terraform.rc");
    try {
      Files.writeString(file, settings.append("}\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    environment.put("TF_CLI_CONFIG_FILE", file.toString());
    environment.put("TF_IN_AUTOMATION", "1");
    environment.put("TF_CLI_ARGS", "-no-color");
  }

  /** The mirror in which the folder of a built provider lies. */
  static Path mirrorOf(Path provider) {
    Path mirror = provider;
    // HOST/NAMESPACE/TYPE/VERSION/PLATFORM lie below it.
    for (int level = 0; level < 5; level++) {
      mirror = Objects.requireNonNull(mirror.getParent());
    }
    return mirror;
  }

  Terraform with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** A folder of the copy. */
  Path folder(String name) {
    return root.resolve(name);
  }

  /** The command in a folder of the copy, for a process that the test itself holds. */
  ProcessBuilder process(String folder, String... arguments) {
    ProcessBuilder builder =
        new ProcessBuilder(command(folder, arguments))
            .directory(root.toFile())
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    return builder;
  }

  Installation.Outcome run(String folder, String... arguments) {
    return Installation.execute(PATIENCE, command(folder, arguments), environment);
  }

  /** Runs it and demands that it ends well. */
  String succeed(String folder, String... arguments) {
    Installation.Outcome outcome = run(folder, arguments);
    assertThat(outcome.exitCode())
        .as("terraform %s\n%s\n%s", List.of(arguments), outcome.out(), outcome.err())
        .isZero();
    return outcome.out();
  }

  /** Whether what is there differs from what is written: Terraform's detailed exit status 2. */
  boolean differs(String folder) {
    Installation.Outcome outcome = run(folder, "plan", "-input=false", "-detailed-exitcode");
    assertThat(outcome.exitCode())
        .as("terraform plan\n%s\n%s", outcome.out(), outcome.err())
        .isIn(0, 2);
    return outcome.exitCode() == 2;
  }

  /** The value of an output. */
  JsonNode output(String folder, String name) throws IOException {
    return new ObjectMapper().readTree(succeed(folder, "output", "-json", name));
  }

  private List<String> command(String folder, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(program);
    command.add("-chdir=" + root.resolve(folder));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Without what a run of Terraform leaves in the folder. */
  private static void copy(Path from, Path to) {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        String relative = from.relativize(path).toString();
        if (relative.contains(".terraform") || relative.contains(".tfstate")) {
          continue;
        }
        Path target = to.resolve(relative);
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
