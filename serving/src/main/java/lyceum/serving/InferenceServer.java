package lyceum.serving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server: chats in the OpenAI style under {@code /v1}, {@code /health}, and {@code
 * /admin/model}, by which another model is put in service. Each request has a virtual thread; those
 * that generate are bounded by {@link ServerSettings#running}.
 */
public final class InferenceServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(InferenceServer.class);

  /** Longest request in bytes; a context of a million tokens fits. */
  private static final int LONGEST_BODY = 8 << 20;

  private final ServerSettings settings;
  private final ModelSlot slot;
  private final Admission admission;
  private final WebServer server;

  /** Loading takes memory for two models; one load at a time keeps it at two. */
  private final ReentrantLock loading = new ReentrantLock();

  private InferenceServer(
      ServerSettings settings, Optional<ServedModel> first, InstantSource clock) {
    this.settings = settings;
    this.slot = new ModelSlot(first);
    this.admission = new Admission(settings.running(), settings.waiting());
    ChatCompletions chats = new ChatCompletions(slot, admission, clock);
    HttpRouting.Builder routing =
        HttpRouting.builder()
            .post("/v1/chat/completions", chats::handle)
            .get("/v1/models", this::models)
            .get("/v1/models/{name}", this::model)
            .get("/health", this::health)
            .get("/admin/model", this::adminGet)
            .post("/admin/model", this::adminPost)
            .any((request, response) -> send(response, notFound(request)))
            .error(ApiException.class, (request, response, e) -> send(response, e))
            .error(
                CloseConnectionException.class,
                (request, response, e) -> {
                  throw e;
                })
            .error(HttpException.class, (request, response, e) -> send(response, refused(e)))
            .error(Throwable.class, InferenceServer::failed);
    this.server =
        WebServer.builder()
            .host(settings.host())
            .port(settings.port())
            .maxPayloadSize(LONGEST_BODY)
            .shutdownGracePeriod(settings.drain())
            // The process's own hook drains; a second one would cut it short.
            .shutdownHook(false)
            .featuresDiscoverServices(false)
            .directHandlers(transportErrors())
            .routing(routing)
            .build();
  }

  /**
   * Starts to listen.
   *
   * @param first served at once; without one chats are answered with 503 until {@code /admin/model}
   *     brings one
   * @throws LyceumException RESOURCE when the port is taken
   */
  public static InferenceServer start(ServerSettings settings, Optional<ServedModel> first) {
    // Helidon logs that it could not bind and returns; the probe gives the reason before that.
    probe(settings);
    InferenceServer server = new InferenceServer(settings, first, InstantSource.system());
    server.server.start();
    if (!server.server.isRunning()) {
      throw portTaken(settings, null);
    }
    LOG.info("Listening at {}", server.address());
    first.ifPresent(model -> LOG.info("Serving {}", model.header()));
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

  /** What is in service. */
  public Optional<ServedModel> served() {
    return slot.served();
  }

  /** Puts the model in service; requests in flight finish on the one before. */
  public void swap(ServedModel next) {
    slot.swap(next);
    LOG.info("Serving {}", next.header());
  }

  /** Chats that are being answered or wait to be. */
  public int present() {
    return admission.present();
  }

  /**
   * Takes no new connections, lets requests in flight finish for {@link ServerSettings#drain} at
   * most, then stops.
   */
  @Override
  public void close() {
    server.stop();
  }

  private void models(ServerRequest request, ServerResponse response) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("object", "list");
    ArrayNode data = json.putArray("data");
    slot.served().ifPresent(model -> data.add(modelJson(model)));
    send(response, 200, json);
  }

  private void model(ServerRequest request, ServerResponse response) {
    send(response, 200, modelJson(slot.named(request.path().pathParameters().get("name"))));
  }

  private static ObjectNode modelJson(ServedModel model) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", model.name());
    json.put("object", "model");
    json.put("created", 0);
    json.put("owned_by", "lyceum");
    json.put("version", model.version());
    json.put("digest", model.digest());
    json.put("context_length", model.model().config().contextLength());
    return json;
  }

  private void health(ServerRequest request, ServerResponse response) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("status", "ok");
    json.put("serving", slot.served().isPresent());
    send(response, 200, json);
  }

  private void adminGet(ServerRequest request, ServerResponse response) {
    authorize(request);
    send(response, 200, adminJson());
  }

  private ObjectNode adminJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    Optional<ServedModel> served = slot.served();
    if (served.isPresent()) {
      json.put("name", served.get().name());
      json.put("version", served.get().version());
      json.put("digest", served.get().digest());
    } else {
      json.putNull("name");
    }
    return json;
  }

  /** Body: {@code {"directory", "name", "version", "digest" (optional)}}. */
  private void adminPost(ServerRequest request, ServerResponse response) {
    authorize(request);
    JsonNode json = ChatRequest.object(body(request));
    Path directory;
    try {
      directory = Path.of(ChatRequest.text(json, "directory"));
    } catch (InvalidPathException e) {
      throw ApiException.invalid("directory", "'directory' is not a path: " + e.getMessage() + ".");
    }
    String name = ChatRequest.text(json, "name");
    long version = ChatRequest.integer(json, "version", -1, 0, Integer.MAX_VALUE);
    if (version < 0) {
      throw ApiException.invalid("version", "'version' is missing; it is a number from 0 on.");
    }
    Optional<String> digest =
        json.hasNonNull("digest")
            ? Optional.of(ChatRequest.text(json, "digest"))
            : Optional.empty();
    loading.lock();
    try {
      swap(ServedModel.load(directory, name, (int) version, digest));
    } catch (LyceumException e) {
      if (e.category() == ErrorCategory.USER) {
        throw ApiException.invalid(null, String.valueOf(e.getMessage()));
      }
      throw e;
    } finally {
      loading.unlock();
    }
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

  /** The whole body, or a 413 when it is too long. */
  static byte[] body(ServerRequest request) {
    if (!request.content().hasEntity()) {
      throw ApiException.invalid(null, "The request has no body; a JSON object is expected.");
    }
    try (InputStream in = request.content().inputStream()) {
      byte[] body = in.readNBytes(LONGEST_BODY + 1);
      if (body.length > LONGEST_BODY) {
        throw new ApiException(
            413,
            "invalid_request_error",
            null,
            null,
            "The request's body is longer than " + LONGEST_BODY + " bytes.");
      }
      return body;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void send(ServerResponse response, int status, ObjectNode json) {
    response.status(Status.create(status));
    response.header(HeaderNames.CONTENT_TYPE, "application/json");
    response.send(json.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static void send(ServerResponse response, ApiException e) {
    if (e.status() == 429) {
      response.header(HeaderNames.RETRY_AFTER, "1");
    }
    send(response, e.status(), e.json());
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

  private static void failed(ServerRequest request, ServerResponse response, Throwable e) {
    if (e instanceof UncheckedIOException) {
      throw new CloseConnectionException("The client went away.", e);
    }
    LOG.error("{} {} failed", request.prologue().method().text(), request.path().path(), e);
    send(response, ApiException.internal());
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
