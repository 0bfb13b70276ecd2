package lyceum.serving;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Spans of requests in OpenTelemetry's terms (the conventions of {@code gen_ai}), sent by OTLP
 * where an endpoint is configured. A request that carries a {@code traceparent} (W3C Trace Context)
 * belongs to that trace, with an endpoint or without.
 */
public final class Tracing implements AutoCloseable {
  /** Sends nothing, and keeps the trace that a request belongs to. */
  public static final Tracing NONE = new Tracing(OpenTelemetry.noop(), Optional.empty());

  private static final TextMapGetter<Map<String, String>> GETTER =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Map<String, String> carrier) {
          return carrier.keySet();
        }

        @Override
        public @Nullable String get(@Nullable Map<String, String> carrier, String key) {
          return carrier == null ? null : carrier.get(key);
        }
      };

  private final Tracer tracer;
  private final Optional<OpenTelemetrySdk> sdk;

  private Tracing(OpenTelemetry telemetry, Optional<OpenTelemetrySdk> sdk) {
    this.tracer = telemetry.getTracer("lyceum.serving");
    this.sdk = sdk;
  }

  /**
   * As OpenTelemetry's own variables say; {@link #NONE} where neither {@code
   * OTEL_EXPORTER_OTLP_ENDPOINT} nor {@code OTEL_EXPORTER_OTLP_TRACES_ENDPOINT} is set.
   */
  public static Tracing of(Map<String, String> environment) {
    boolean wanted =
        List.of("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").stream()
            .anyMatch(name -> !environment.getOrDefault(name, "").isBlank());
    if (!wanted) {
      return NONE;
    }
    OpenTelemetrySdk sdk =
        AutoConfiguredOpenTelemetrySdk.builder()
            .addPropertiesSupplier(
                () ->
                    Map.of(
                        "otel.service.name", "lyceum-serving",
                        "otel.exporter.otlp.protocol", "http/protobuf",
                        "otel.metrics.exporter", "none",
                        "otel.logs.exporter", "none"))
            .addPropertiesCustomizer(config -> properties(environment))
            // The server's own hook closes it, after the requests.
            .disableShutdownHook()
            .build()
            .getOpenTelemetrySdk();
    return new Tracing(sdk, Optional.of(sdk));
  }

  /** The variables under the names of properties: {@code OTEL_A_B} is {@code otel.a.b}. */
  private static Map<String, String> properties(Map<String, String> environment) {
    Map<String, String> properties = new java.util.HashMap<>();
    environment.forEach(
        (name, value) -> {
          if (name.startsWith("OTEL_")) {
            properties.put(name.toLowerCase(java.util.Locale.ROOT).replace('_', '.'), value);
          }
        });
    return properties;
  }

  /**
   * Begins a request's span.
   *
   * @param route for example {@code POST /v1/chat/completions}
   * @param headers of the request that concern tracing, names in lower case
   */
  RequestSpan begin(String route, Map<String, String> headers) {
    Context parent =
        W3CTraceContextPropagator.getInstance().extract(Context.root(), headers, GETTER);
    Instant now = Instant.now();
    return new RequestSpan(
        tracer
            .spanBuilder(route)
            .setParent(parent)
            .setSpanKind(SpanKind.SERVER)
            .setStartTimestamp(now)
            .startSpan(),
        now);
  }

  /** A request's span, within which its phases are spans. */
  final class RequestSpan {
    private final Span span;
    private final Instant began;
    private final long beganNanos = System.nanoTime();

    private RequestSpan(Span span, Instant began) {
      this.span = span;
      this.began = began;
    }

    /** 32 hexadecimal digits; empty when the request belongs to no trace. */
    Optional<String> traceId() {
      return Optional.of(span.getSpanContext())
          .filter(io.opentelemetry.api.trace.SpanContext::isValid)
          .map(io.opentelemetry.api.trace.SpanContext::getTraceId);
    }

    void set(String key, String value) {
      span.setAttribute(key, value);
    }

    void set(String key, long value) {
      span.setAttribute(key, value);
    }

    /**
     * A phase of the first answer.
     *
     * @param from in {@link System#nanoTime}
     */
    void phase(String name, long from, long to) {
      tracer
          .spanBuilder(name)
          .setParent(Context.root().with(span))
          .setStartTimestamp(at(from))
          .startSpan()
          .end(at(to));
    }

    private Instant at(long nanos) {
      return began.plusNanos(nanos - beganNanos);
    }

    /**
     * Ends it.
     *
     * @param reason why the answer ended, as the log says it
     */
    void end(String reason) {
      span.setAttribute(
          AttributeKey.stringArrayKey("gen_ai.response.finish_reasons"), List.of(reason));
      if (reason.equals("error")) {
        span.setStatus(StatusCode.ERROR);
      }
      span.end();
    }
  }

  /** Sends what is left. */
  @Override
  public void close() {
    sdk.ifPresent(telemetry -> telemetry.shutdown().join(5, TimeUnit.SECONDS));
  }
}
