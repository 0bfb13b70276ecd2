package lyceum.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.concurrent.Callable;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.contracts.Payloads;
import lyceum.contracts.lifecycle.LifecycleStatus;
import lyceum.core.LyceumException;
import picocli.CommandLine.Command;

/**
 * {@code lyceum warm-up}: loads what most verbs load, so that the launcher can keep the loaded
 * classes for the next start. Changes nothing and needs no server.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  WarmUpCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() throws JsonProcessingException {
    Json.text(lyceum.stack().status());
    Payloads.mapper()
        .readValue(
            "{\"runId\":\"r\",\"recipe\":\"r\",\"modelLine\":\"m\",\"requestedBy\":\"p\",\"paused\":false,\"trackingRunId\":\"t\",\"stages\":[]}",
            LifecycleStatus.class);
    try (TemporalConnection connection = TemporalConnection.open(lyceum.settings(), "lyceum-cli")) {
      connection.check();
    } catch (RequestFailure | LyceumException e) {
      // No server runs while the launcher builds, and none is needed to load the classes.
      return ExitCode.OK.status();
    }
    return ExitCode.OK.status();
  }
}
