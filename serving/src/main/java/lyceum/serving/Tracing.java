package lyceum.serving;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lyceum.telemetry.Telemetry;
import lyceum.telemetry.TraceHeaders;

/**
 * Spans of requests in OpenTelemetry's terms (the conventions of {@code gen_ai}), sent by OTLP
 * where an endpoint is configured. A request that carries a {@code traceparent} (W3C Trace Context)
 * belongs to that trace, with an endpoint or without.
 */
public final class Tracing implements AutoCloseable {
  /** Sends nothing, and keeps the trace that a request belongs to. */
  public static final Tracing NONE = new Tracing(Telemetry.off());

  private final Telemetry telemetry;
  private final Tracer tracer;

  private Tracing(Telemetry telemetry) {
    this.telemetry = telemetry;
    this.tracer = telemetry.openTelemetry().getTracer("lyceum.serving");
  }

  /** As {@link Telemetry#of} says; {@link #NONE} where that is off. */
  public static Tracing of(Map<String, String> environment) {
    Telemetry telemetry = Telemetry.of("lyceum-serving", environment);
    return telemetry.isOn() ? new Tracing(telemetry) : NONE;
  }

  /**
   * Begins a request's span.
   *
   * @param route for example {@code POST /v1/chat/completions}
   * @param headers of the request that concern tracing, names in lower case
   */
  RequestSpan begin(String route, Map<String, String> headers) {
    Context parent = TraceHeaders.received(headers::get);
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
    telemetry.close();
  }
}
