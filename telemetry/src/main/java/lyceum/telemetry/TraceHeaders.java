package lyceum.telemetry;

import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A trace on its way from process to process, in the headers of W3C Trace Context. */
public final class TraceHeaders {
  private TraceHeaders() {}

  /** The headers to send along; none outside a trace. */
  public static Map<String, String> current() {
    Map<String, String> headers = new LinkedHashMap<>();
    W3CTraceContextPropagator.getInstance()
        .inject(Context.current(), headers, (carrier, name, value) -> headers.put(name, value));
    return headers;
  }

  /**
   * The trace that a request came with, or none.
   *
   * @param header gives a header's value, {@code null} where there is none
   */
  public static Context received(Function<String, @Nullable String> header) {
    return W3CTraceContextPropagator.getInstance()
        .extract(
            Context.root(),
            header,
            new TextMapGetter<Function<String, @Nullable String>>() {
              @Override
              public Iterable<String> keys(Function<String, @Nullable String> carrier) {
                return Collections.emptyList();
              }

              @Override
              public @Nullable String get(
                  @Nullable Function<String, @Nullable String> carrier, String name) {
                return carrier == null ? null : carrier.apply(name);
              }
            });
  }
}
