package lyceum.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import lyceum.cli.outcome.ExitCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shell script that finds a JDK and builds. */
class LauncherTest {
  private static final Path LAUNCHER = Path.of("").toAbsolutePath().getParent().resolve("lyceum");

  @TempDir Path folder;

  private record Outcome(int status, String output) {}

  private static Outcome run(Map<String, String> variables, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(variables);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Outcome(process.exitValue(), output);
  }

  @Test
  void script_isPosix() throws Exception {
    for (String shell : List.of("/bin/dash", "/bin/bash", "/bin/sh")) {
      if (Files.isExecutable(Path.of(shell))) {
        assertThat(run(Map.of(), shell, "-n", LAUNCHER.toString())).isEqualTo(new Outcome(0, ""));
      }
    }
  }

  @Test
  void unbuiltCopyWithoutSources_saysSo() throws Exception {
    Path copy = Files.copy(LAUNCHER, folder.resolve("lyceum"));
    assertThat(copy.toFile().setExecutable(true)).isTrue();
    Outcome outcome =
        run(
            Map.of(
                "JAVA_HOME",
                System.getProperty("java.home"),
                "LYCEUM_HOME",
                folder.resolve("home").toString(),
                "LYCEUM_NO_BUILD",
                ""),
            copy.toString(),
            "version");
    assertThat(outcome.status()).isEqualTo(ExitCode.USAGE.status());
    assertThat(outcome.output()).contains("neither a build nor the sources");
  }

  @Test
  void mavenThatIsNoProgram_isRefused() throws Exception {
    Path copy = Files.copy(LAUNCHER, folder.resolve("lyceum"));
    assertThat(copy.toFile().setExecutable(true)).isTrue();
    Files.writeString(folder.resolve("pom.xml"), "<project/>");
    Outcome outcome =
        run(
            Map.of(
                "JAVA_HOME",
                System.getProperty("java.home"),
                "LYCEUM_MVN",
                "/nowhere/mvn",
                "LYCEUM_NO_BUILD",
                ""),
            copy.toString(),
            "version");
    assertThat(outcome.status()).isNotZero();
    assertThat(outcome.output()).contains("/nowhere/mvn");
  }

  @Test
  void throughALink_findsItsRepository() throws Exception {
    assumeTrue(
        Files.exists(LAUNCHER.resolveSibling("cli/target/cli-0.1.0.jar")),
        "the command's jar is packaged after the unit tests of the first build");
    Path link = Files.createSymbolicLink(folder.resolve("l"), LAUNCHER);
    Outcome outcome =
        run(
            Map.of("JAVA_HOME", System.getProperty("java.home"), "LYCEUM_NO_BUILD", "1"),
            link.toString(),
            "recipe",
            "list");
    assertThat(outcome.output()).contains("smoke");
    assertThat(outcome.status()).isZero();
  }
}
