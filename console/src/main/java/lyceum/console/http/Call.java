package lyceum.console.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import lyceum.console.security.Principal;
import lyceum.console.security.Role;
import org.jspecify.annotations.Nullable;

/** One request, checked: who asks and what for. */
public final class Call {
  private final Operation operation;
  private final ServerRequest request;
  private final @Nullable Principal principal;
  private final @Nullable Object body;
  private final @Nullable JsonNode json;

  Call(
      Operation operation,
      ServerRequest request,
      @Nullable Principal principal,
      @Nullable Object body,
      @Nullable JsonNode json) {
    this.operation = operation;
    this.request = request;
    this.principal = principal;
    this.body = body;
    this.json = json;
  }

  /** Who asks; of an operation that needs no sign-in, somebody without roles. */
  public Principal principal() {
    return principal == null ? new Principal("", Set.of(), "none", null) : principal;
  }

  public String user() {
    return principal().user();
  }

  public boolean isAdmin() {
    return principal().may(Role.ADMIN);
  }

  public String path(String name) {
    return request.path().pathParameters().get(name);
  }

  public Optional<String> query(String name) {
    return request.query().first(name).asOptional().filter(value -> !value.isEmpty());
  }

  public int integer(String name, int otherwise) {
    return query(name).map(Integer::parseInt).orElse(otherwise);
  }

  public boolean flag(String name) {
    return query(name).map(Boolean::parseBoolean).orElse(false);
  }

  public Optional<Instant> time(String name) {
    return query(name).map(Instant::parse);
  }

  public boolean isDryRun() {
    return flag("dryRun");
  }

  public <T> T body(Class<T> type) {
    if (body == null) {
      throw new IllegalStateException(operation + " takes no body");
    }
    return type.cast(body);
  }

  /** The body as it came; empty where there was none. */
  Optional<JsonNode> json() {
    return Optional.ofNullable(json);
  }

  public Optional<String> header(String name) {
    return request.headers().first(HeaderNames.create(name));
  }

  /** Value of the header {@code Idempotency-Key}. */
  public Optional<String> idempotencyKey() {
    return header("Idempotency-Key");
  }

  public Optional<String> sessionCookie() {
    return Access.cookie(request);
  }

  /** Path of the request. */
  String target() {
    return request.path().path();
  }

  /** Where the request came from. */
  public String address() {
    return request.remotePeer().host();
  }

  public boolean isSecure() {
    return request.isSecure();
  }

  /**
   * @throws Problem.Thrown 412 when what is there is not what {@code If-Match} names
   */
  public void requireTag(String tag) {
    String given = header("If-Match").orElse("");
    if (!given.equals(tag)) {
      throw Problem.thrown(
          412,
          "changed_meanwhile",
          "It has changed since it was read: the tag is "
              + tag
              + " now, If-Match says "
              + given
              + ". Read it again and decide anew.");
    }
  }
}
