package lyceum.cli.stack;

import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import lyceum.connectors.settings.Settings;

/** Asks every server of an installation how it is. */
final class StackStatus {
  private final Installation installation;
  private final StateFolder folder;
  private final Launches launches;
  private final Health health = new Health();

  StackStatus(Installation installation) {
    this.installation = installation;
    this.folder = installation.folder();
    this.launches = new Launches(folder);
  }

  /** How every server is now. */
  List<ServerStatus> all() {
    Settings settings = installation.settings();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<ServerStatus>> asked = new ArrayList<>();
      for (Server server : Server.values()) {
        asked.add(CompletableFuture.supplyAsync(() -> status(server, settings), threads));
      }
      return asked.stream().map(CompletableFuture::join).toList();
    }
  }

  private ServerStatus status(Server server, Settings settings) {
    boolean managed = installation.manages(server);
    Optional<Running> running = managed ? launches.running(server) : Optional.empty();
    Optional<String> answer =
        managed && running.isEmpty() && !ComposeStack.contains(folder, server)
            ? Optional.empty()
            : switch (server) {
              case STORAGE ->
                  health.storage(settings.storage().endpoint())
                      ? Optional.of("")
                      : Optional.empty();
              case TEMPORAL -> health.temporal(settings.temporalAddress());
              case TRACKING -> health.tracking(settings.tracking().uri());
              case SERVING ->
                  health
                      .serving(LocalStack.servingAddress(settings))
                      .map(models -> LastServed.text(settings));
              case CONSOLE ->
                  health.console(URI.create(installation.address(Server.CONSOLE)))
                      ? Optional.of("")
                      : Optional.empty();
              case WORKER ->
                  health.worker(settings, Instant.now().minusSeconds(90))
                      ? Optional.of("")
                      : Optional.empty();
            };
    String address =
        switch (server) {
          case STORAGE -> settings.storage().endpoint().toString();
          case TEMPORAL -> settings.temporalAddress();
          case TRACKING -> settings.tracking().uri().toString();
          case SERVING -> LocalStack.servingAddress(settings) + "/v1";
          case CONSOLE -> installation.address(Server.CONSOLE);
          case WORKER -> "";
        };
    ServerStatus.State state =
        answer.isPresent()
            ? ServerStatus.State.HEALTHY
            : running.isPresent() ? ServerStatus.State.UNHEALTHY : ServerStatus.State.STOPPED;
    String version =
        answer.filter(text -> !text.isEmpty()).orElse(running.map(Running::version).orElse(""));
    String note =
        switch (state) {
          case HEALTHY -> "";
          case UNHEALTHY -> "does not answer; see " + folder.log(server);
          case STOPPED ->
              managed
                  ? "./lyceum up starts it"
                  : "does not answer; the address comes from the settings";
        };
    return new ServerStatus(
        server,
        state,
        managed,
        running.map(Running::pid).orElse(0L),
        address,
        version,
        running.map(r -> r.began().toEpochMilli()).orElse(0L),
        state == ServerStatus.State.HEALTHY ? link(server, settings) : "",
        note);
  }

  private String link(Server server, Settings settings) {
    return switch (server) {
      case TEMPORAL -> Links.temporal(installation, settings);
      case TRACKING -> settings.tracking().uri().toString();
      case STORAGE ->
          installation.manages(Server.STORAGE)
              ? "http://127.0.0.1:" + installation.ports().storageConsole()
              : "";
      case CONSOLE -> Links.console(installation);
      case SERVING, WORKER -> "";
    };
  }
}
