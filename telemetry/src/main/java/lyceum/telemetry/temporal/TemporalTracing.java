package lyceum.telemetry.temporal;

import io.opentelemetry.opentracingshim.OpenTracingShim;
import io.temporal.common.interceptors.WorkerInterceptor;
import io.temporal.common.interceptors.WorkflowClientInterceptor;
import io.temporal.opentracing.OpenTracingClientInterceptor;
import io.temporal.opentracing.OpenTracingOptions;
import io.temporal.opentracing.OpenTracingWorkerInterceptor;
import java.util.List;
import lyceum.telemetry.Telemetry;

/**
 * Spans of workflows and activities by Temporal's own interceptors, which know replay: a workflow
 * that is replayed adds no span twice.
 */
public final class TemporalTracing {
  private TemporalTracing() {}

  /** For a client; none where telemetry is off. */
  public static List<WorkflowClientInterceptor> client(Telemetry telemetry) {
    return telemetry.isOn()
        ? List.of(new OpenTracingClientInterceptor(options(telemetry)))
        : List.of();
  }

  /** For a worker; none where telemetry is off. */
  public static List<WorkerInterceptor> worker(Telemetry telemetry) {
    return telemetry.isOn()
        ? List.of(new OpenTracingWorkerInterceptor(options(telemetry)))
        : List.of();
  }

  private static OpenTracingOptions options(Telemetry telemetry) {
    return OpenTracingOptions.newBuilder()
        .setTracer(OpenTracingShim.createTracerShim(telemetry.openTelemetry()))
        .build();
  }
}
