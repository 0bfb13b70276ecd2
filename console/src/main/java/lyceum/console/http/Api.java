package lyceum.console.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpMediaType;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import lyceum.console.security.AuditLog;
import lyceum.console.security.Principal;
import lyceum.contracts.Payloads;
import lyceum.core.Sha256;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operations over HTTP. What every request has in common is here: who asks, whether they may,
 * whether the request is well-formed, that it is done once, and that changes are logged.
 */
public final class Api implements HttpService {
  /** Largest body of a request. */
  public static final int MAX_BODY = 1 << 20;

  static final Parameter KEY =
      Parameter.header(
          "Idempotency-Key",
          "[A-Za-z0-9._:-]{1,200}",
          "The same key with the same request is done once; the answer is told again for a day.");

  private static final Logger logger = LoggerFactory.getLogger(Api.class);
  private static final int DETAIL = 2000;

  private final List<Operation> operations;
  private final Access access;
  private final AuditLog audit;
  private final KeptAnswers kept;
  private final Requests requests;
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();

  public Api(
      List<Operation> operations,
      Access access,
      AuditLog audit,
      KeptAnswers kept,
      Requests requests) {
    this.operations = List.copyOf(operations);
    this.access = access;
    this.audit = audit;
    this.kept = kept;
    this.requests = requests;
  }

  @Override
  public void routing(HttpRules rules) {
    Map<String, Set<String>> methods = new LinkedHashMap<>();
    for (Operation operation : operations) {
      rules.route(
          operation.method(),
          pattern(operation.path()),
          (request, response) -> handle(operation, request, response));
      methods
          .computeIfAbsent(operation.path(), path -> new TreeSet<>())
          .add(operation.method().text());
    }
    methods.forEach(
        (path, allowed) ->
            rules.any(
                pattern(path),
                (request, response) -> {
                  response.header(
                      HeaderValues.create(HeaderNames.ALLOW, String.join(", ", allowed)));
                  send(
                      response,
                      Problem.of(
                          405,
                          "method_not_allowed",
                          request.prologue().method() + " is not among " + allowed + "."));
                }));
    rules.any(
        (request, response) ->
            send(
                response,
                Problem.of(
                    404,
                    "not_found",
                    "There is nothing at "
                        + request.path().path()
                        + ". GET /api/v1/openapi.json lists what there is.")));
  }

  /** A colon begins a verb, so that it is no part of a name. */
  private static String pattern(String path) {
    return path.replaceAll("\\{(\\w+)}", "{$1:[^/:]+}");
  }

  private void handle(Operation operation, ServerRequest request, ServerResponse response) {
    long began = System.nanoTime();
    int status = 500;
    Principal principal = null;
    JsonNode json = null;
    Runnable reply;
    try {
      principal = operation.isBytes() ? null : access.who(request);
      access.require(operation, request, principal);
      requireParameters(operation, request);
      json = operation.request() == null ? null : body(request);
      Object body =
          operation.isBytes() ? bytes(request) : json == null ? null : bind(json, operation);
      Call call = new Call(operation, request, principal, body, json);
      if (operation.streamer() != null) {
        status = 200;
        stream(operation, call, response);
        reply = () -> {};
      } else {
        Answer answer = once(operation, call);
        status = answer.status();
        reply = () -> send(response, answer);
      }
    } catch (RuntimeException e) {
      Problem problem = problem(operation, e);
      status = problem.status();
      reply = () -> refuse(response, problem);
    }
    // Before the answer: who was told that something is done finds it in the log.
    if (operation.isLogged()) {
      audit(operation, request, principal, json, status);
    }
    try {
      reply.run();
    } catch (RuntimeException e) {
      refuse(response, problem(operation, e));
    } finally {
      requests.count(operation.id(), status, System.nanoTime() - began);
    }
  }

  private Problem problem(Operation operation, RuntimeException e) {
    Problem problem = Problem.of(e);
    if (problem.status() >= 500) {
      logger.error("{} failed", operation, e);
    }
    return problem;
  }

  private static void refuse(ServerResponse response, Problem problem) {
    if (response.isSent()) {
      return;
    }
    if (problem.status() == 401) {
      response.header(HeaderValues.create(HeaderNames.WWW_AUTHENTICATE, "Bearer"));
    }
    send(response, problem);
  }

  private static @Nullable Object bind(JsonNode json, Operation operation) {
    Class<?> type = operation.request();
    return type == null ? null : Bodies.bind(json, type);
  }

  /** Does the request, or tells again what came of it where it was sent before. */
  private Answer once(Operation operation, Call call) {
    Operation.Handler handler = operation.handler();
    if (handler == null) {
      throw new IllegalStateException(operation + " has no handler");
    }
    Optional<String> key = call.idempotencyKey();
    if (key.isEmpty() || !operation.takesKey() || call.isDryRun()) {
      return handler.handle(call);
    }
    String fault = KEY.fault(key.get());
    if (fault != null) {
      throw Problem.thrown(
          400,
          "invalid_request",
          "Idempotency-Key " + fault,
          new Problem.FieldError(KEY.name(), fault));
    }
    String hash =
        Sha256.of(
            operation.id()
                + "\n"
                + call.target()
                + "\n"
                + call.json().map(JsonNode::toString).orElse(""));
    String slot = call.user() + "\n" + key.get();
    if (!underWay.add(slot)) {
      throw Problem.thrown(
          409, "under_way", "A request with this Idempotency-Key is being done just now.");
    }
    try {
      Optional<KeptAnswers.Kept> before = kept.find(call.user(), key.get());
      if (before.isPresent()) {
        return again(before.get(), hash);
      }
      Answer answer = handler.handle(call);
      kept.keep(
          call.user(),
          key.get(),
          new KeptAnswers.Kept(
              hash,
              answer.status(),
              answer.headers().getOrDefault("Location", ""),
              answer.body() == null ? "" : Payloads.toJson(answer.body())));
      return answer;
    } finally {
      underWay.remove(slot);
    }
  }

  private static Answer again(KeptAnswers.Kept before, String hash) {
    if (!before.requestHash().equals(hash)) {
      throw Problem.thrown(
          422,
          "key_of_another_request",
          "This Idempotency-Key came with another request before. Take a new one for a new request.");
    }
    // What was accepted then has been done: it is not accepted anew.
    int status = before.status() == 202 || before.status() == 201 ? 200 : before.status();
    Answer answer =
        before.body().isEmpty()
            ? new Answer(status, null, Map.of())
            : Answer.of(status, Payloads.fromJson(before.body(), JsonNode.class));
    return before.location().isEmpty() ? answer : answer.with("Location", before.location());
  }

  private static void requireParameters(Operation operation, ServerRequest request) {
    List<Problem.FieldError> faults = new ArrayList<>();
    Set<String> known =
        operation.parameters().stream()
            .filter(parameter -> parameter.in().equals("query"))
            .map(Parameter::name)
            .collect(Collectors.toSet());
    for (String name : request.query().names()) {
      if (!known.contains(name)) {
        faults.add(
            new Problem.FieldError(name, "is no parameter; there are " + new TreeSet<>(known)));
      } else if (request.query().all(name).size() > 1) {
        faults.add(new Problem.FieldError(name, "is there more than once"));
      }
    }
    for (Parameter parameter : operation.parameters()) {
      Optional<String> value =
          switch (parameter.in()) {
            case "path" -> Optional.of(request.path().pathParameters().get(parameter.name()));
            case "header" -> request.headers().first(HeaderNames.create(parameter.name()));
            default -> request.query().first(parameter.name()).asOptional();
          };
      if (value.isEmpty()) {
        if (parameter.required()) {
          if (parameter.name().equals("If-Match")) {
            throw Problem.thrown(
                428,
                "precondition_required",
                "If-Match is missing: send the tag that reading gave.");
          }
          faults.add(new Problem.FieldError(parameter.name(), "is missing"));
        }
        continue;
      }
      String fault = parameter.fault(value.get());
      if (fault != null) {
        if (parameter.in().equals("path")) {
          throw Problem.thrown(404, "not_found", "There is nothing of this name: " + fault + ".");
        }
        faults.add(new Problem.FieldError(parameter.name(), fault));
      }
    }
    if (!faults.isEmpty()) {
      Problem.FieldError first = faults.getFirst();
      throw Problem.thrown(
          400,
          "invalid_request",
          "The parameter '" + first.field() + "' is wrong: " + first.message() + ".",
          faults.toArray(Problem.FieldError[]::new));
    }
  }

  private static JsonNode body(ServerRequest request) {
    boolean json =
        request
            .headers()
            .contentType()
            .filter(type -> type.mediaType().text().equals("application/json"))
            .isPresent();
    if (!json) {
      throw Problem.thrown(
          415,
          "unsupported_media_type",
          "The body must be JSON: send Content-Type: application/json. It is "
              + request.headers().contentType().map(HttpMediaType::text).orElse("missing")
              + ".");
    }
    return Bodies.json(bytes(request));
  }

  private static byte[] bytes(ServerRequest request) {
    if (request.headers().contentLength().orElse(0) > MAX_BODY) {
      throw tooLarge();
    }
    try (InputStream in = request.content().inputStream()) {
      byte[] bytes = in.readNBytes(MAX_BODY + 1);
      if (bytes.length > MAX_BODY) {
        throw tooLarge();
      }
      return bytes;
    } catch (IOException e) {
      throw Problem.thrown(400, "invalid_request", "The body cannot be read: " + e.getMessage());
    } catch (RequestException e) {
      if (e.status().code() != Status.REQUEST_TIMEOUT_408.code()) {
        throw e;
      }
      throw Problem.thrown(408, "request_timeout", Objects.toString(e.getMessage()));
    }
  }

  private static Problem.Thrown tooLarge() {
    return Problem.thrown(413, "too_large", "A body has at most " + MAX_BODY + " bytes.");
  }

  private void stream(Operation operation, Call call, ServerResponse response) {
    Operation.Streamer streamer = operation.streamer();
    if (streamer == null) {
      throw new IllegalStateException(operation + " does not stream");
    }
    EventSink sink =
        new EventSink(
            () -> {
              response.header(
                  HeaderValues.create(
                      HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8"));
              // Proxies that gather an answer before they pass it on would hold events back.
              response.header(HeaderValues.create("X-Accel-Buffering", "no"));
              return response.outputStream();
            });
    requests.opened();
    try {
      streamer.stream(call, sink);
      sink.close();
    } catch (UncheckedIOException e) {
      logger.debug("{}: the client has gone", operation);
    } finally {
      requests.closed();
    }
  }

  private void audit(
      Operation operation,
      ServerRequest request,
      @Nullable Principal principal,
      @Nullable JsonNode json,
      int status) {
    String detail = json == null || operation.isSecret() ? "" : json.toString();
    try {
      audit.add(
          principal == null ? "" : principal.user(),
          principal == null ? "none" : principal.via(),
          request.remotePeer().host(),
          operation.id(),
          cut(request.path().path(), 500),
          status,
          cut(detail, DETAIL));
    } catch (RuntimeException e) {
      logger.error("{} could not be written into the audit log", operation, e);
    }
  }

  private static String cut(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most);
  }

  private static void send(ServerResponse response, Answer answer) {
    response.status(Status.create(answer.status()));
    answer.headers().forEach((name, value) -> response.header(header(name, value)));
    if (answer.body() == null) {
      response.send();
    } else if (answer.body() instanceof String text) {
      response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8"));
      response.send(text);
    } else {
      response.header(HeaderValues.CONTENT_TYPE_JSON);
      response.send(Payloads.toJson(answer.body()));
    }
  }

  private static Header header(String name, String value) {
    return HeaderValues.create(HeaderNames.create(name), value);
  }

  /** Sends an error. */
  public static void send(ServerResponse response, Problem problem) {
    response.status(Status.create(problem.status()));
    response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, "application/problem+json"));
    if (problem.status() == Status.REQUEST_TIMEOUT_408.code()) {
      // The rest of the request may never come.
      response.header(HeaderValues.CONNECTION_CLOSE);
    }
    response.send(Payloads.toJson(problem));
  }
}
