package lyceum.serving;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import lyceum.core.LyceumException;
import lyceum.data.privacy.PersonalData;
import lyceum.model.inference.GenerationTask;
import lyceum.model.inference.ScoredToken;
import lyceum.model.inference.TokenSink;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * A request from when it is let in to when it is answered: whose it is, which generation answers
 * it, and its line in the log. Closing it lets another one in.
 */
final class Exchange implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
  private static final String VARIANT = "x-lyceum-variant";
  private static final String CONSENT = "x-lyceum-consent";

  /** What all requests share. */
  record Services(
      Models models,
      Admission admission,
      ApiKeys keys,
      Metrics metrics,
      Conversations conversations,
      ExchangeLog log,
      Tracing tracing,
      InstantSource clock) {}

  private final Services services;
  private final Options options;
  private final ApiKeys.Client client;
  private final Admission.Place place;
  private final Models.Lease lease;
  private final String id;
  private final long created;
  private final long arrival = System.nanoTime();
  private final boolean consent;
  private final Tracing.RequestSpan span;
  private final ObjectNode entry = JsonNodeFactory.instance.objectNode();
  private final List<Integer> chosen = new ArrayList<>();
  private Optional<CompletableFuture<List<Integer>>> shadowed = Optional.empty();
  private int tokens;
  private boolean logged;

  /**
   * Lets a request in.
   *
   * @param kind of the request, for ids and the log
   * @param client as {@link ApiKeys#client} found it
   * @param conversation decides, where there is one, whether the canary answers
   * @throws ApiException 404, 429 or 503
   */
  Exchange(
      Services services,
      ServerRequest request,
      ServerResponse response,
      Options options,
      String kind,
      ApiKeys.Client client,
      Optional<String> conversation) {
    this.services = services;
    this.options = options;
    this.client = client;
    this.id = kind + "-" + UUID.randomUUID();
    this.created = services.clock.instant().getEpochSecond();
    this.consent =
        options.store()
            || request
                .headers()
                .value(HeaderNames.create(CONSENT))
                .map(value -> value.equalsIgnoreCase("true"))
                .orElse(false);
    client.enter();
    Admission.Place taken = null;
    try {
      taken = services.admission.enter(client.name());
      this.lease =
          services.models.lease(
              options.model(), role(request), share(client, options, conversation));
      this.place = taken;
    } catch (ApiException e) {
      client.leave(0);
      if (taken != null) {
        taken.close();
      }
      throw e;
    }
    response.header(HeaderNames.create("x-lyceum-model"), model().header());
    response.header(HeaderNames.create("x-request-id"), id);
    if (lease.role() == Models.Role.CANARY) {
      response.header(HeaderNames.create(VARIANT), "canary");
    }
    entry.put("schema", 1);
    entry.put("time", services.clock.instant().toString());
    entry.put("id", id);
    entry.put("kind", kind);
    entry.put("client", client.name());
    options.user().ifPresent(user -> entry.put("user", PersonalData.removed(user)));
    conversation.ifPresent(chat -> entry.put("conversation", chat));
    entry.put("model", model().name());
    entry.put("version", model().version());
    entry.put("digest", model().digest());
    entry.put("variant", lease.role() == Models.Role.CANARY ? "canary" : "stable");
    entry.put("stream", options.stream());
    entry.put("consent", consent);
    entry.put("temperature", options.sampling().temperature());
    entry.put("top_p", options.sampling().topP());
    entry.put("top_k", options.sampling().topK());
    entry.put("min_p", options.sampling().minP());
    options.seed().ifPresent(seed -> entry.put("seed", seed));
    this.span = span(request);
    span.traceId()
        .ifPresent(
            trace -> {
              entry.put("trace_id", trace);
              MDC.put("trace_id", trace);
            });
    MDC.put("request_id", id);
  }

  private Tracing.RequestSpan span(ServerRequest request) {
    Map<String, String> headers = new HashMap<>();
    for (String name : List.of("traceparent", "tracestate")) {
      request
          .headers()
          .value(HeaderNames.create(name))
          .ifPresent(value -> headers.put(name, value));
    }
    Tracing.RequestSpan began =
        services.tracing.begin(
            request.prologue().method().text() + " " + request.path().path(), headers);
    began.set("gen_ai.operation.name", operation());
    began.set("gen_ai.provider.name", "lyceum");
    began.set("gen_ai.request.model", options.model());
    began.set("gen_ai.request.max_tokens", options.sampling().maxNewTokens());
    began.set("gen_ai.response.model", model().name() + ":" + model().version());
    began.set("gen_ai.response.id", id);
    return began;
  }

  private String operation() {
    return switch (id.substring(0, id.indexOf('-'))) {
      case "chatcmpl" -> "chat";
      case "cmpl" -> "text_completion";
      default -> "embeddings";
    };
  }

  private static Optional<Models.Role> role(ServerRequest request) {
    return request
        .headers()
        .value(HeaderNames.create(VARIANT))
        .map(
            value ->
                switch (value) {
                  case "stable" -> Models.Role.STABLE;
                  case "canary" -> Models.Role.CANARY;
                  default ->
                      throw ApiException.invalid(
                          VARIANT, "The header " + VARIANT + " is stable or canary.");
                });
  }

  /**
   * In [0, 100): the same for all requests of a conversation or a user, so that nobody changes
   * between generations from one message to the next.
   */
  private static double share(
      ApiKeys.Client client, Options options, Optional<String> conversation) {
    Optional<String> steady = conversation.or(options::user);
    if (steady.isEmpty()) {
      return ThreadLocalRandom.current().nextDouble(100);
    }
    long hash = 0xCBF29CE484222325L;
    for (char c : (client.name() + "\n" + steady.get()).toCharArray()) {
      hash = (hash ^ c) * 0x100000001B3L;
    }
    // The low bits of FNV-1a alone would follow the last characters.
    hash ^= hash >>> 32;
    return (hash & 0x7FFF_FFFFL) % 10_000 / 100.0;
  }

  ServedModel model() {
    return lease.model();
  }

  String id() {
    return id;
  }

  String clientName() {
    return client.name();
  }

  Services services() {
    return services;
  }

  /** Whether the sender lets the exchange be kept to learn from. */
  boolean consent() {
    return consent;
  }

  Answering answering() {
    return answering(options);
  }

  Answering answering(Options with) {
    return new Answering(
        model(),
        with,
        services.metrics,
        options.user().map(user -> client.name() + "/" + user).orElse(client.name()),
        arrival);
  }

  /** The request's seed, or a random one. */
  long seed() {
    return options.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong());
  }

  /** The fields that a whole answer and a chunk have in common. */
  ObjectNode json(String object) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", id);
    json.put("object", object);
    json.put("created", created);
    json.put("model", model().name());
    json.put("system_fingerprint", model().digest());
    return json;
  }

  static ObjectNode usage(int promptTokens, int answerTokens) {
    ObjectNode usage = JsonNodeFactory.instance.objectNode();
    usage.put("prompt_tokens", promptTokens);
    usage.put("completion_tokens", answerTokens);
    usage.put("total_tokens", promptTokens + answerTokens);
    return usage;
  }

  /** Asks the shadow the same, where there is one and it has nothing to do. */
  void shadow(int[] prompt, long seed) {
    lease
        .shadow()
        .filter(model -> model.engine().load().waiting() == 0)
        .ifPresent(
            model -> {
              CompletableFuture<List<Integer>> answer = new CompletableFuture<>();
              model.hold();
              try {
                model
                    .engine()
                    .submit(
                        GenerationTask.of(prompt, options.sampling(), seed),
                        new ShadowAnswer(model, answer));
                shadowed = Optional.of(answer);
              } catch (LyceumException e) {
                model.letGo();
                LOG.info("The shadow {} cannot be asked: {}", model.header(), e.getMessage());
              }
            });
  }

  private record ShadowAnswer(
      ServedModel model, CompletableFuture<List<Integer>> answer, List<Integer> ids)
      implements TokenSink {
    ShadowAnswer(ServedModel model, CompletableFuture<List<Integer>> answer) {
      this(model, answer, new ArrayList<>());
    }

    @Override
    public boolean onToken(ScoredToken token) {
      return ids.add(token.id());
    }

    @Override
    public void onEnd(End end, @Nullable Throwable failure) {
      answer.complete(ids);
      // The last hold closes the engine, which waits for the thread that this is.
      Thread.startVirtualThread(model::letGo);
    }
  }

  /** Remembers the first answer's tokens, to compare them with the shadow's. */
  void chose(Answering.Piece piece) {
    if (piece.answer() == 0 && shadowed.isPresent()) {
      piece.tokens().forEach(token -> chosen.add(token.id()));
    }
  }

  /**
   * Sets down how the request was answered.
   *
   * @param reason as the API names it
   */
  void answered(Answering answering, String reason) {
    tokens = answering.promptTokens() + answering.answerTokens();
    entry.put("prompt_tokens", answering.promptTokens());
    entry.put("completion_tokens", answering.answerTokens());
    entry.put("finish_reason", reason);
    entry.put("seconds_to_first_token", answering.secondsToFirst());
    span.set("gen_ai.usage.input_tokens", answering.promptTokens());
    span.set("gen_ai.usage.output_tokens", answering.answerTokens());
    answering.phases(span);
    shadowed.ifPresent(
        answer ->
            answer.thenAccept(
                ids -> services.metrics.shadow(lease.model(), ids.equals(List.copyOf(chosen)))));
  }

  /** Adds what was said to the log's entry; call it only where there is consent. */
  ObjectNode said() {
    return entry;
  }

  /**
   * Puts the exchange into the log. Done before the last bytes of an answer are sent, so that what
   * a client has seen whole is in the log, whatever happens to this process.
   */
  void log() {
    if (logged) {
      return;
    }
    logged = true;
    entry.put("seconds", (System.nanoTime() - arrival) / 1e9);
    if (!entry.has("finish_reason")) {
      entry.put("finish_reason", "aborted");
    }
    try {
      services.log.append(ExchangeLog.Kind.EXCHANGES, entry);
    } catch (LyceumException e) {
      LOG.error("The exchange {} is not in the log: {}", id, e.getMessage());
    }
  }

  @Override
  public void close() {
    lease.close();
    place.close();
    client.leave(tokens);
    log();
    span.end(entry.path("finish_reason").asText());
    MDC.remove("trace_id");
    MDC.remove("request_id");
  }
}
