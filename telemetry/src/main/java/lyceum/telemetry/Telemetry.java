package lyceum.telemetry;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The spans of this process, or none. */
public final class Telemetry implements AutoCloseable {
  private static final Duration TO_SEND = Duration.ofSeconds(5);
  private static final List<String> ENDPOINTS =
      List.of("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");

  private final OpenTelemetry openTelemetry;
  private final boolean on;

  private Telemetry(OpenTelemetry openTelemetry, boolean on) {
    this.openTelemetry = openTelemetry;
    this.on = on;
  }

  /** No spans, at no cost. */
  public static Telemetry off() {
    return new Telemetry(OpenTelemetry.noop(), false);
  }

  /**
   * As OpenTelemetry's own variables say; off where neither {@code OTEL_EXPORTER_OTLP_ENDPOINT} nor
   * {@code OTEL_EXPORTER_OTLP_TRACES_ENDPOINT} is set. Spans are sent in batches; where the
   * collector is away they are dropped, and nothing waits.
   *
   * @param service who they are of where {@code OTEL_SERVICE_NAME} does not say: {@code
   *     lyceum-worker}
   */
  public static Telemetry of(String service, Map<String, String> environment) {
    if (ENDPOINTS.stream().allMatch(name -> environment.getOrDefault(name, "").isBlank())) {
      return off();
    }
    return new Telemetry(
        AutoConfiguredOpenTelemetrySdk.builder()
            .addPropertiesSupplier(
                () ->
                    Map.of(
                        "otel.service.name", service,
                        "otel.exporter.otlp.protocol", "http/protobuf",
                        "otel.metrics.exporter", "none",
                        "otel.logs.exporter", "none"))
            .addPropertiesCustomizer(config -> properties(environment))
            // Whoever opened it closes it, after its work.
            .disableShutdownHook()
            .build()
            .getOpenTelemetrySdk(),
        true);
  }

  /** The variables under the names of properties: {@code OTEL_A_B} is {@code otel.a.b}. */
  private static Map<String, String> properties(Map<String, String> environment) {
    Map<String, String> properties = new HashMap<>();
    environment.forEach(
        (name, value) -> {
          if (name.startsWith("OTEL_")) {
            properties.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value);
          }
        });
    return properties;
  }

  /** Spans, sent to this exporter. */
  public static Telemetry sending(String service, SpanExporter exporter) {
    SdkTracerProvider provider =
        SdkTracerProvider.builder()
            .setResource(
                Resource.getDefault()
                    .merge(
                        Resource.create(
                            Attributes.of(AttributeKey.stringKey("service.name"), service))))
            .addSpanProcessor(BatchSpanProcessor.builder(exporter).build())
            .build();
    return new Telemetry(
        OpenTelemetrySdk.builder()
            .setTracerProvider(provider)
            .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
            .build(),
        true);
  }

  public boolean isOn() {
    return on;
  }

  public OpenTelemetry openTelemetry() {
    return openTelemetry;
  }

  public Tracer tracer() {
    return openTelemetry.getTracer("lyceum");
  }

  /** Sends what is left. */
  @Override
  public void close() {
    if (openTelemetry instanceof OpenTelemetrySdk sdk) {
      sdk.getSdkTracerProvider().shutdown().join(TO_SEND.toMillis(), TimeUnit.MILLISECONDS);
    }
  }
}
