package lyceum.console;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import lyceum.console.api.DatasetApi;
import lyceum.console.api.DeploymentApi;
import lyceum.console.api.ModelApi;
import lyceum.console.api.PlaygroundApi;
import lyceum.console.api.RecipeApi;
import lyceum.console.api.RecipeDoor;
import lyceum.console.api.ReviewApi;
import lyceum.console.api.RunApi;
import lyceum.console.api.RunWatchers;
import lyceum.console.api.ScheduleApi;
import lyceum.console.api.Services;
import lyceum.console.api.SessionApi;
import lyceum.console.api.SourcePolicy;
import lyceum.console.api.SystemApi;
import lyceum.console.api.UserApi;
import lyceum.console.http.Access;
import lyceum.console.http.Api;
import lyceum.console.http.KeptAnswers;
import lyceum.console.http.OpenApi;
import lyceum.console.http.Operation;
import lyceum.console.http.Requests;
import lyceum.console.security.AuditLog;
import lyceum.console.security.LoginLimit;
import lyceum.console.security.LoginLink;
import lyceum.console.security.OidcLogin;
import lyceum.console.security.Role;
import lyceum.console.security.Sessions;
import lyceum.console.security.Tokens;
import lyceum.console.security.Users;
import lyceum.console.store.Database;

/** The console with all its parts, built by constructor. */
final class Console implements AutoCloseable {
  private static final String VERSION = "0.1.0";

  private final Database database;
  private final Services services;
  private final Users users;
  private final Tokens tokens;
  private final RunWatchers watchers;
  private final Requests requests = new Requests();
  private final List<Operation> operations;
  private final ConsoleServer server;

  private Console(ConsoleSettings settings, Services services, InstantSource clock) {
    this.services = services;
    boolean embedded = settings.databaseUrl().isEmpty();
    database =
        embedded
            ? Database.file(settings.folder().resolve("console.db"))
            : Database.open(
                settings.databaseUrl(), settings.databaseUser(), settings.databasePassword());
    users = new Users(database, clock);
    tokens = new Tokens(database, clock);
    Sessions sessions = new Sessions(database, clock);
    AuditLog audit = new AuditLog(database, clock);
    Optional<LoginLink> link = Optional.empty();
    if (embedded || users.list().isEmpty()) {
      if (users.find(LoginLink.USER).isEmpty()) {
        users.add(LoginLink.USER, "", EnumSet.of(Role.ADMIN));
      }
      link = Optional.of(new LoginLink(settings.folder().resolve(LoginLink.FILE)));
    }
    Optional<OidcLogin> oidc = settings.oidc().map(one -> new OidcLogin(one, users, clock));
    SessionApi sessionApi =
        new SessionApi(users, sessions, new LoginLimit(clock), link, oidc, settings.isSecure());
    RecipeDoor door = new RecipeDoor(services.recipes(), new SourcePolicy(settings.sources()));
    watchers = new RunWatchers(services);
    URI serving =
        URI.create(
            "http://"
                + services.settings().servingHost()
                + ":"
                + services.settings().servingPort()
                + "/v1");
    List<Operation> all = new ArrayList<>();
    all.addAll(sessionApi.operations());
    all.addAll(new UserApi(users, tokens, audit).operations());
    all.addAll(new RecipeApi(services, door).operations());
    all.addAll(new RunApi(services, door, watchers).operations());
    all.addAll(new ReviewApi(services).operations());
    all.addAll(new DatasetApi(services).operations());
    all.addAll(new ModelApi(services).operations());
    all.addAll(new DeploymentApi(services).operations());
    all.addAll(new ScheduleApi(services, door).operations());
    all.addAll(new PlaygroundApi(serving, settings.servingKey()).operations());
    all.addAll(new SystemApi(services, requests, this::document, VERSION).operations());
    operations = List.copyOf(all);
    Api api =
        new Api(
            operations,
            new Access(sessions, tokens),
            audit,
            new KeptAnswers(database, clock),
            requests);
    server =
        ConsoleServer.start(
            settings,
            api,
            oidc.map(login -> new OidcPages(login, sessionApi, settings.isSecure())));
  }

  /**
   * A listening console.
   *
   * @throws lyceum.core.LyceumException RESOURCE when the port is taken
   */
  static Console start(ConsoleSettings settings, Services services, InstantSource clock) {
    return new Console(settings, services, clock);
  }

  private JsonNode document() {
    return OpenApi.document(operations, VERSION);
  }

  URI address() {
    return server.address();
  }

  List<Operation> operations() {
    return operations;
  }

  Users users() {
    return users;
  }

  Tokens tokens() {
    return tokens;
  }

  RunWatchers watchers() {
    return watchers;
  }

  Requests requests() {
    return requests;
  }

  @Override
  public void close() {
    server.close();
    services.temporal().close();
    database.close();
  }
}
