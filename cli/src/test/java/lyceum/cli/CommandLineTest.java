package lyceum.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Screen;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLineTest {
  @TempDir Path home;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    Screen screen =
        new Screen(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false,
            false,
            false,
            100);
    Map<String, String> environment =
        Map.of("LYCEUM_HOME", home.toString(), "LYCEUM_PORTS", "29300");
    return Main.commandLine(new Lyceum(screen, environment, repository())).execute(args);
  }

  private static Path repository() {
    return Path.of("").toAbsolutePath().getParent();
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void exitCodes_areListed_byName() {
    assertThat(run("help", "exit-codes")).isZero();
    for (ExitCode code : ExitCode.values()) {
      assertThat(out()).contains(Integer.toString(code.status())).contains(code.meaning());
    }
  }

  @Test
  void everyVerb_hasHelp_andADescription() {
    assertThat(run("--help")).isZero();
    Main.commandLine(
            new Lyceum(
                Screen.ofProcess(Map.of()), Map.of("LYCEUM_HOME", home.toString()), repository()))
        .getSubcommands()
        .forEach(
            (name, line) -> {
              if (!line.getCommandSpec().usageMessage().hidden()) {
                assertThat(line.getCommandSpec().usageMessage().description())
                    .as(name)
                    .isNotEmpty();
                assertThat(line.getUsageMessage()).as(name).contains("--help");
              }
            });
  }

  @Test
  void unknownVerb_isAUsageError_withASuggestion() {
    assertThat(run("stauts")).isEqualTo(ExitCode.USAGE.status());
    assertThat(err()).contains("stauts").contains("status");
    assertThat(out()).isEmpty();
  }

  @Test
  void unknownRecipe_isAUsageError_onOneLine() {
    assertThat(run("recipe", "validate", "no-such-recipe")).isEqualTo(ExitCode.USAGE.status());
    assertThat(err()).contains("no-such-recipe").doesNotContain("\tat ");
  }

  @Test
  void verbose_showsWhereItFailed() {
    run("-v", "recipe", "validate", "no-such-recipe");
    assertThat(err()).contains("\tat lyceum.");
  }

  @Test
  void serversDown_isAFailure_thatSaysHowToStartThem() {
    assertThat(run("run", "list")).isEqualTo(ExitCode.FAILURE.status());
    assertThat(err()).contains("127.0.0.1:29333").contains("./lyceum up");
    assertThat(out()).isEmpty();
  }

  @Test
  void status_withNothingRunning_isPending() {
    assertThat(run("status", "-o", "json")).isEqualTo(ExitCode.TIMED_OUT.status());
    assertThat(out()).contains("\"STORAGE\"").contains("\"STOPPED\"");
  }

  @Test
  void down_withNothingRunning_isFine() {
    assertThat(run("down")).isZero();
    assertThat(err()).contains("Nothing was running");
  }

  @Test
  void failures_haveTheExitCodeOfTheirKind() {
    assertThat(FailureReport.exitCode(LyceumException.user("x"))).isEqualTo(ExitCode.USAGE);
    assertThat(FailureReport.exitCode(LyceumException.external("x"))).isEqualTo(ExitCode.FAILURE);
    assertThat(FailureReport.exitCode(new RequestFailure(Outcome.CONFLICT, "x")))
        .isEqualTo(ExitCode.CONFLICT);
    assertThat(
            FailureReport.exitCode(
                new IllegalStateException(Status.PERMISSION_DENIED.asRuntimeException())))
        .isEqualTo(ExitCode.ACCESS);
    assertThat(FailureReport.exitCode(Status.NOT_FOUND.asRuntimeException()))
        .isEqualTo(ExitCode.NOT_FOUND);
    assertThat(FailureReport.exitCode(new IllegalStateException("x"))).isEqualTo(ExitCode.FAILURE);
  }

  @Test
  void dryRun_ofSmoke_printsThePlan_withoutServers() {
    assertThat(run("run", "start", "smoke", "--dry-run")).isZero();
    assertThat(out())
        .contains("pretraining")
        .contains("60 steps of 8 x 128 tokens")
        .contains("119.1k parameters");
  }

  @Test
  void completion_knowsNestedVerbs() {
    assertThat(run("completion")).isZero();
    assertThat(out()).contains("lyceum").contains("rollback").contains("quickstart");
  }
}
