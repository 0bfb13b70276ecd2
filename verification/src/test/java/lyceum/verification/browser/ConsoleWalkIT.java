package lyceum.verification.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import lyceum.verification.Installation;
import lyceum.verification.Installation.Outcome;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** {@link ConsoleWalk} on real servers, from {@code up} to {@code down}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsoleWalkIT {
  private static final int PORTS = 28800;
  private static final Duration STARTING = Duration.ofMinutes(10);
  private static final Duration RUNNING = Duration.ofMinutes(12);
  private static final Duration ASKING = Duration.ofMinutes(2);

  private Chromium chromium;
  private Installation installation;

  @BeforeAll
  void up(@TempDir Path temporary) {
    chromium = Chromium.open();
    installation = new Installation(temporary.resolve("home"), PORTS);
    succeed(installation.run(STARTING, "up"));
    // What the walk's run is compared with, and what is rolled back to.
    succeed(installation.run(RUNNING, "run", "start", "--wait", "smoke"));
  }

  @AfterAll
  void down() {
    if (chromium != null) {
      chromium.close();
    }
    if (installation != null) {
      succeed(installation.run(ASKING, "down"));
    }
  }

  @Test
  void walk_fromLoginToRollback() throws IOException {
    URI console = console();
    String token = Files.readString(installation.home().resolve("console/login-token")).strip();
    new ConsoleWalk(chromium, console, token).go();
  }

  private URI console() throws IOException {
    Outcome status = succeed(installation.run(ASKING, "status", "-o", "json"));
    for (JsonNode server : new ObjectMapper().readTree(status.out())) {
      if (server.path("server").asText().equals("CONSOLE")) {
        return URI.create(server.path("address").asText());
      }
    }
    throw new AssertionError("No console among the servers: " + status.out());
  }

  private static Outcome succeed(Outcome outcome) {
    assertThat(outcome.exitCode()).as("%s%n%s", outcome.out(), outcome.err()).isZero();
    return outcome;
  }
}
