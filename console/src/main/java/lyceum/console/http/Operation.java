package lyceum.console.http;

import io.helidon.http.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import lyceum.console.security.Role;
import org.jspecify.annotations.Nullable;

/**
 * One operation of the API: where it is, who may call it, what goes in and out. Routing, checks and
 * the OpenAPI document are all made of it, so that they cannot differ.
 */
public final class Operation {
  /** Answers a request that was checked against the operation. */
  public interface Handler {
    Answer handle(Call call);
  }

  /** Answers with events until the client goes away. */
  public interface Streamer {
    void stream(Call call, EventSink sink);
  }

  private static final String DRY_RUN = "dryRun";

  private final String id;
  private final Method method;
  private final String path;
  private final String summary;
  private final List<Parameter> parameters = new ArrayList<>();
  private final List<String> verbs = new ArrayList<>();
  private @Nullable Role role;
  private boolean open;
  private @Nullable Class<?> request;
  private boolean bytes;
  private @Nullable Class<?> response;
  private int status = 200;
  private final Map<Integer, Optional<Class<?>>> others = new TreeMap<>();
  private boolean reads;
  private boolean secret;
  private @Nullable Handler handler;
  private @Nullable Streamer streamer;

  private Operation(String id, Method method, String path, String summary) {
    this.id = id;
    this.method = method;
    this.path = path;
    this.summary = summary;
  }

  public static Operation get(String id, String path, String summary) {
    return new Operation(id, Method.GET, path, summary);
  }

  public static Operation post(String id, String path, String summary) {
    return new Operation(id, Method.POST, path, summary);
  }

  public static Operation patch(String id, String path, String summary) {
    return new Operation(id, Method.PATCH, path, summary);
  }

  public static Operation delete(String id, String path, String summary) {
    return new Operation(id, Method.DELETE, path, summary).answers(204);
  }

  /** Only this role may call it; without one, everybody who is signed in. */
  public Operation role(Role needed) {
    this.role = needed;
    return this;
  }

  /** May be called without being signed in. */
  public Operation open() {
    this.open = true;
    return this;
  }

  public Operation path(String name, String pattern, String description) {
    parameters.add(Parameter.path(name, pattern, description));
    return this;
  }

  public Operation query(Parameter... added) {
    parameters.addAll(List.of(added));
    return this;
  }

  /** Pages of a list. */
  public Operation paged(int most) {
    return query(
        Parameter.integer("pageSize", 1, most, "How many on a page."),
        Parameter.text(
            "pageToken", "[A-Za-z0-9_=.-]{0,2000}", "Where the page begins, from the one before."));
  }

  /** Takes {@code dryRun=true}: checks everything and changes nothing. */
  public Operation dryRun() {
    return query(Parameter.flag(DRY_RUN, "Check everything and change nothing."));
  }

  public Operation takes(Class<?> body) {
    this.request = body;
    return this;
  }

  /**
   * Takes the body as it comes, of any type. Who sends it is told by the request itself, so that
   * neither sessions nor tokens are looked at.
   */
  public Operation takesBytes() {
    this.bytes = true;
    this.open = true;
    return this;
  }

  /** The request or its answer holds a secret, which the audit log does not repeat. */
  public Operation secret() {
    this.secret = true;
    return this;
  }

  public Operation answers(Class<?> body) {
    this.response = body;
    return this;
  }

  public Operation answers(int success, Class<?> body) {
    this.status = success;
    this.response = body;
    return this;
  }

  public Operation answers(int success) {
    this.status = success;
    return this;
  }

  /** Answers so as well, for example to a dry run. */
  public Operation also(int other, @Nullable Class<?> body) {
    others.put(other, Optional.ofNullable(body));
    return this;
  }

  /** Changes nothing, though it has a body; it is not logged and everybody may call it. */
  public Operation reads() {
    this.reads = true;
    return this;
  }

  /** Needs this header. */
  public Operation header(String name, String pattern, String description) {
    parameters.add(Parameter.header(name, pattern, description).require());
    return this;
  }

  /** Needs {@code If-Match} with the tag that reading gave. */
  public Operation ifMatch() {
    parameters.add(
        Parameter.header("If-Match", "\"[0-9A-Za-z._-]{1,100}\"", "The tag that reading gave.")
            .require());
    return this;
  }

  /** Verbs of the command that do the same. */
  public Operation verb(String... same) {
    verbs.addAll(List.of(same));
    return this;
  }

  public Operation does(Handler does) {
    this.handler = does;
    return this;
  }

  public Operation streams(Streamer does) {
    this.streamer = does;
    return this;
  }

  public String id() {
    return id;
  }

  public Method method() {
    return method;
  }

  public String path() {
    return path;
  }

  public String summary() {
    return summary;
  }

  public List<Parameter> parameters() {
    return List.copyOf(parameters);
  }

  public List<String> verbs() {
    return List.copyOf(verbs);
  }

  public @Nullable Role role() {
    return role;
  }

  public boolean isOpen() {
    return open;
  }

  public boolean isChange() {
    return method != Method.GET;
  }

  boolean isLogged() {
    return isChange() && !reads && streamer == null;
  }

  @Nullable Class<?> request() {
    return request;
  }

  boolean isBytes() {
    return bytes;
  }

  @Nullable Class<?> response() {
    return response;
  }

  Map<Integer, Optional<Class<?>>> others() {
    return others;
  }

  int status() {
    return status;
  }

  boolean isSecret() {
    return secret;
  }

  boolean takesKey() {
    return isLogged() && !secret && !bytes;
  }

  @Nullable Handler handler() {
    return handler;
  }

  @Nullable Streamer streamer() {
    return streamer;
  }

  @Override
  public String toString() {
    return method + " " + path;
  }
}
