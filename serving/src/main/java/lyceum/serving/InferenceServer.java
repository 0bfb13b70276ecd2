package lyceum.serving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.data.privacy.PersonalData;
import lyceum.web.TimedConnections;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server: chats, completions and embeddings in the OpenAI style under {@code /v1}, {@code
 * /health}, {@code /metrics}, and {@code /admin}, by which models are put in service. Each request
 * has a virtual thread that waits for the engine; how many there may be is bounded by {@link
 * ServerSettings#running} and {@link ServerSettings#waiting}.
 */
public final class InferenceServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(InferenceServer.class);

  /** Chats kept by their ids. */
  private static final int MOST_CONVERSATIONS = 10_000;

  private static final int MOST_CONNECTIONS = 4096;

  private final ServerSettings settings;
  private final Models models;
  private final Admission admission;
  private final Metrics metrics = new Metrics();
  private final Conversations conversations = new Conversations(MOST_CONVERSATIONS);
  private final ApiKeys keys;
  private final ExchangeLog log;
  private final InstantSource clock;
  private final WebServer server;
  private final ModelChanges changes;

  private InferenceServer(
      ServerSettings settings,
      EngineSetup setup,
      Optional<ServedModel> first,
      ExchangeLog log,
      Tracing tracing,
      InstantSource clock) {
    this.settings = settings;
    this.models = new Models(settings.models());
    this.keys = ApiKeys.of(settings.keys().map(ApiKeys::read).orElse(List.of()), System::nanoTime);
    this.admission = new Admission(settings.running(), settings.waiting(), keys.count() > 1);
    this.log = log;
    this.clock = clock;
    this.changes = new ModelChanges(models, setup, settings.placement().map(Placement::new));
    first.ifPresent(changes::put);
    Exchange.Services services =
        new Exchange.Services(models, admission, keys, metrics, conversations, log, tracing, clock);
    ChatCompletions chats = new ChatCompletions(services);
    Completions completions = new Completions(services);
    Embeddings embeddings = new Embeddings(services);
    HttpRouting.Builder routing =
        HttpRouting.builder()
            .post("/v1/chat/completions", chats::handle)
            .post("/v1/completions", completions::handle)
            .post("/v1/embeddings", embeddings::handle)
            .post("/v1/feedback", this::feedback)
            .delete("/v1/conversations/{id}", this::forget)
            .get("/v1/models", this::models)
            .get("/v1/models/{+name}", this::model)
            .get("/health", this::health)
            .get("/metrics", this::metrics)
            .get("/admin/model", this::adminGet)
            .post("/admin/model", this::adminPost)
            .get("/admin/models", this::adminModels)
            .post("/admin/promote", this::adminPromote)
            .post("/admin/leave", this::adminLeave)
            .post("/admin/remove", this::adminRemove)
            .any((request, response) -> send(response, notFound(request)))
            .error(ApiException.class, (request, response, e) -> refuse(response, e))
            .error(
                CloseConnectionException.class,
                (request, response, e) -> {
                  throw e;
                })
            .error(HttpException.class, (request, response, e) -> refuse(response, refused(e)))
            .error(Throwable.class, this::failed);
    WebServerConfig.Builder web =
        WebServer.builder()
            .host(settings.host())
            .port(settings.port())
            .maxPayloadSize(RequestBody.LONGEST_BODY)
            .maxTcpConnections(MOST_CONNECTIONS)
            .shutdownGracePeriod(settings.drain())
            // The process's own hook drains; a second one would cut it short.
            .shutdownHook(false)
            .featuresDiscoverServices(false)
            .directHandlers(transportErrors())
            .routing(routing);
    TimedConnections.limit(web, settings.patience(), settings.idle());
    this.server = web.build();
  }

  /** Starts to listen, with the usual engine, no log and no traces. */
  public static InferenceServer start(ServerSettings settings, Optional<ServedModel> first) {
    return start(
        settings, EngineSetup.of(settings.running()), first, ExchangeLog.NONE, Tracing.NONE);
  }

  /**
   * Starts to listen.
   *
   * @param setup of the engines of models that {@code /admin/model} brings
   * @param first served at once; without one requests are answered with 503 until there is one
   * @throws LyceumException RESOURCE when the port is taken, USER when the keys cannot be read
   */
  public static InferenceServer start(
      ServerSettings settings,
      EngineSetup setup,
      Optional<ServedModel> first,
      ExchangeLog log,
      Tracing tracing) {
    // Helidon logs that it could not bind and returns; the probe gives the reason before that.
    probe(settings);
    InferenceServer server =
        new InferenceServer(settings, setup, first, log, tracing, InstantSource.system());
    // Who asks for its health asks a server that answers.
    server.changes.follow();
    server.server.start();
    if (!server.server.isRunning()) {
      throw portTaken(settings, null);
    }
    LOG.info("Listening at {}", server.address());
    return server;
  }

  private static void probe(ServerSettings settings) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(settings.host(), settings.port()));
    } catch (IOException e) {
      throw portTaken(settings, e);
    }
  }

  private static LyceumException portTaken(ServerSettings settings, @Nullable IOException cause) {
    return new LyceumException(
        ErrorCategory.RESOURCE,
        "The port "
            + settings.port()
            + " on "
            + settings.host()
            + " cannot be listened on: another program has it, or the address is not this machine's."
            + " Stop that program or choose another with --port.",
        cause);
  }

  /** For example {@code http://127.0.0.1:8080}. */
  public URI address() {
    return URI.create("http://" + settings.host() + ":" + server.port());
  }

  /** The model put in service last. */
  public Optional<ServedModel> served() {
    return models.latest();
  }

  /** Puts the model in service; requests in flight finish on the one before. */
  public void swap(ServedModel next) {
    changes.put(next);
  }

  /** Requests that are worked on or wait. */
  public int present() {
    return admission.present();
  }

  /**
   * Takes no new connections, lets requests in flight finish for {@link ServerSettings#drain} at
   * most, then stops.
   */
  @Override
  public void close() {
    changes.close();
    server.stop();
    for (Models.Line line : models.lines()) {
      models.remove(line.stable().name());
    }
  }

  private void models(ServerRequest request, ServerResponse response) {
    keys.client(request);
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("object", "list");
    ArrayNode data = json.putArray("data");
    models.lines().forEach(line -> data.add(modelJson(line.stable())));
    send(response, 200, json);
  }

  private void model(ServerRequest request, ServerResponse response) {
    keys.client(request);
    String name = request.path().pathParameters().get("name");
    try (Models.Lease lease = models.lease(name, Optional.of(Models.Role.STABLE), 0)) {
      send(response, 200, modelJson(lease.model()));
    }
  }

  private static ObjectNode modelJson(ServedModel model) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", model.name());
    json.put("object", "model");
    json.put("created", model.loaded().getEpochSecond());
    json.put("owned_by", "lyceum");
    json.put("version", model.version());
    json.put("digest", model.digest());
    json.put("context_length", model.model().config().contextLength());
    return json;
  }

  private void health(ServerRequest request, ServerResponse response) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("status", "ok");
    json.put("serving", models.latest().isPresent());
    send(response, 200, json);
  }

  private void metrics(ServerRequest request, ServerResponse response) {
    response.header(HeaderNames.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    response.send(
        metrics.text(models.lines(), admission.present()).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Body: {@code {"request_id", "rating": "up" | "down", "edit", "comment"}}, one of the last three
   * at least.
   */
  private void feedback(ServerRequest request, ServerResponse response) {
    ApiKeys.Client client = keys.client(request);
    JsonNode json = JsonFields.object(RequestBody.read(request));
    String id = JsonFields.text(json, "request_id");
    if (!id.matches("[a-z]+-[0-9a-f-]{36}")) {
      throw ApiException.invalid(
          "request_id", "'request_id' is not the id of an answer of this server.");
    }
    Optional<String> rating = JsonFields.optionalText(json, "rating");
    if (rating.isPresent() && !List.of("up", "down").contains(rating.get())) {
      throw ApiException.invalid("rating", "'rating' is up or down, not '" + rating.get() + "'.");
    }
    Optional<String> edit = JsonFields.optionalText(json, "edit");
    Optional<String> comment = JsonFields.optionalText(json, "comment");
    if (rating.isEmpty() && edit.isEmpty() && comment.isEmpty()) {
      throw ApiException.invalid("rating", "Send a 'rating', an 'edit' or a 'comment'.");
    }
    ObjectNode entry = JsonNodeFactory.instance.objectNode();
    entry.put("schema", 1);
    entry.put("time", clock.instant().toString());
    entry.put("request_id", id);
    entry.put("client", client.name());
    rating.ifPresent(value -> entry.put("rating", value));
    edit.ifPresent(value -> entry.put("edit", PersonalData.removed(value)));
    comment.ifPresent(value -> entry.put("comment", PersonalData.removed(value)));
    log.append(ExchangeLog.Kind.FEEDBACK, entry);
    send(response, 200, JsonNodeFactory.instance.objectNode().put("kept", true));
  }

  private void forget(ServerRequest request, ServerResponse response) {
    ApiKeys.Client client = keys.client(request);
    String id = request.path().pathParameters().get("id");
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", id);
    json.put("deleted", conversations.forget(client.name(), id));
    send(response, 200, json);
  }

  private void adminGet(ServerRequest request, ServerResponse response) {
    authorize(request);
    send(response, 200, adminJson());
  }

  private ObjectNode adminJson() {
    return models
        .latest()
        .map(InferenceServer::generationJson)
        .orElseGet(() -> JsonNodeFactory.instance.objectNode().putNull("name"));
  }

  private static ObjectNode generationJson(ServedModel model) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("name", model.name());
    json.put("version", model.version());
    json.put("digest", model.digest());
    return json;
  }

  private void adminModels(ServerRequest request, ServerResponse response) {
    authorize(request);
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode list = json.putArray("models");
    for (Models.Line line : models.lines()) {
      ObjectNode entry = list.addObject();
      entry.set("stable", generationJson(line.stable()));
      line.canary()
          .ifPresent(m -> entry.set("canary", generationJson(m).put("percent", line.percent())));
      line.shadow()
          .ifPresent(
              m -> entry.set("shadow", generationJson(m).put("percent", line.shadowPercent())));
    }
    send(response, 200, json);
  }

  /**
   * Body: {@code {"directory", "name", "version", "digest" (optional), "draft" (folder, optional),
   * "role": "stable" | "canary" | "shadow", "percent"}}.
   */
  private void adminPost(ServerRequest request, ServerResponse response) {
    authorize(request);
    JsonNode json = JsonFields.object(RequestBody.read(request));
    Path directory = folder(json, "directory");
    Optional<Path> draft =
        json.hasNonNull("draft") ? Optional.of(folder(json, "draft")) : Optional.empty();
    String name = JsonFields.text(json, "name");
    long version = JsonFields.integer(json, "version", -1, 0, Integer.MAX_VALUE);
    if (version < 0) {
      throw ApiException.invalid("version", "'version' is missing; it is a number from 0 on.");
    }
    Models.Role role = role(json);
    double percent = JsonFields.number(json, "percent", 10, 0, 100);
    Optional<String> digest = JsonFields.optionalText(json, "digest");
    change(
        () ->
            changes.load(
                role,
                name,
                (int) version,
                digest,
                new Placement.Source(directory, draft),
                percent));
    send(response, 200, adminJson());
  }

  private static void change(Runnable change) {
    try {
      change.run();
    } catch (LyceumException e) {
      throw e.category() == ErrorCategory.USER
          ? ApiException.invalid(null, String.valueOf(e.getMessage()))
          : e;
    }
  }

  private static Path folder(JsonNode json, String field) {
    try {
      return Path.of(JsonFields.text(json, field));
    } catch (InvalidPathException e) {
      throw ApiException.invalid(field, "'" + field + "' is not a path: " + e.getMessage() + ".");
    }
  }

  private static Models.Role role(JsonNode json) {
    String role = json.path("role").asText("stable");
    try {
      return Models.Role.valueOf(role.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid("role", "'role' is stable, canary or shadow, not '" + role + "'.");
    }
  }

  /** Body: {@code {"name"}}: the canary answers everything from now on. */
  private void adminPromote(ServerRequest request, ServerResponse response) {
    authorize(request);
    String name = JsonFields.text(JsonFields.object(RequestBody.read(request)), "name");
    change(() -> changes.promote(name));
    send(response, 200, adminJson());
  }

  /** Body: {@code {"name", "role": "canary" | "shadow"}}: it takes no part any more. */
  private void adminLeave(ServerRequest request, ServerResponse response) {
    authorize(request);
    JsonNode json = JsonFields.object(RequestBody.read(request));
    String name = JsonFields.text(json, "name");
    Models.Role role = role(json);
    if (role == Models.Role.STABLE) {
      throw ApiException.invalid(
          "role", "'role' says who leaves, canary or shadow; /admin/remove takes all of them.");
    }
    change(() -> changes.leave(name, role));
    send(response, 200, adminJson());
  }

  /** Body: {@code {"name"}}: nothing answers under it any more. */
  private void adminRemove(ServerRequest request, ServerResponse response) {
    authorize(request);
    String name = JsonFields.text(JsonFields.object(RequestBody.read(request)), "name");
    change(() -> changes.remove(name));
    send(response, 200, adminJson());
  }

  private void authorize(ServerRequest request) {
    String expected =
        settings
            .adminToken()
            .orElseThrow(
                () ->
                    new ApiException(
                        403,
                        "permission_error",
                        null,
                        "no_admin_token",
                        "The server was started without LYCEUM_ADMIN_TOKEN, so nobody may administer it."));
    String given = request.headers().value(HeaderNames.AUTHORIZATION).orElse("");
    byte[] wanted = ("Bearer " + expected).getBytes(StandardCharsets.UTF_8);
    // Takes the same time wherever the two differ.
    if (!MessageDigest.isEqual(wanted, given.getBytes(StandardCharsets.UTF_8))) {
      throw new ApiException(
          401,
          "authentication_error",
          null,
          "invalid_admin_token",
          "The bearer token is missing or wrong.");
    }
  }

  static void send(ServerResponse response, int status, ObjectNode json) {
    response.status(Status.create(status));
    response.header(HeaderNames.CONTENT_TYPE, "application/json");
    response.send(json.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static void send(ServerResponse response, ApiException e) {
    e.retryAfter()
        .ifPresent(seconds -> response.header(HeaderNames.RETRY_AFTER, Long.toString(seconds)));
    if (e.status() == Status.REQUEST_TIMEOUT_408.code()) {
      // The rest of the request may never come.
      response.header(HeaderValues.CONNECTION_CLOSE);
    }
    send(response, e.status(), e.json());
  }

  private void refuse(ServerResponse response, ApiException e) {
    metrics.refused(e.status());
    send(response, e);
  }

  private static ApiException notFound(ServerRequest request) {
    return new ApiException(
        404,
        "invalid_request_error",
        null,
        "unknown_url",
        "There is nothing at "
            + request.prologue().method().text()
            + " "
            + request.path().path()
            + ". Chats are at POST /v1/chat/completions.");
  }

  private static ApiException refused(HttpException e) {
    String message = Optional.ofNullable(e.getMessage()).orElse(e.status().reasonPhrase());
    return new ApiException(e.status().code(), "invalid_request_error", null, null, message);
  }

  private void failed(ServerRequest request, ServerResponse response, Throwable e) {
    if (e instanceof UncheckedIOException) {
      throw new CloseConnectionException("The client went away.", e);
    }
    LOG.error("{} {} failed", request.prologue().method().text(), request.path().path(), e);
    refuse(response, ApiException.internal());
  }

  /** What never reaches a route, such as a broken request line, is refused in the same shape. */
  private static DirectHandlers transportErrors() {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
      handlers.addHandler(
          type,
          (request, event, status, headers, message) ->
              transportError(event, status, headers, message));
    }
    return handlers.build();
  }

  private static DirectHandler.TransportResponse transportError(
      DirectHandler.EventType event,
      Status status,
      io.helidon.http.ServerResponseHeaders headers,
      @Nullable String message) {
    String text = message == null || message.isBlank() ? status.reasonPhrase() : message;
    String kind = status.code() >= 500 ? "server_error" : "invalid_request_error";
    return DirectHandler.TransportResponse.builder()
        .status(status)
        .headers(headers)
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .keepAlive(event.keepAlive())
        .entity(new ApiException(status.code(), kind, null, null, text).json().toString())
        .build();
  }
}
