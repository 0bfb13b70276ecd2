package lyceum.telemetry.temporal;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityOptions;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.common.interceptors.WorkerInterceptor;
import io.temporal.common.interceptors.WorkflowClientInterceptor;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactoryOptions;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import lyceum.telemetry.Telemetry;
import lyceum.telemetry.TraceHeaders;
import org.junit.jupiter.api.Test;

class TemporalTracingTest {
  /** Replayed at each step, as by a worker that has forgotten everything. */
  @Test
  void trace_goesFromClientThroughWorkflowToActivity_onceInSpiteOfReplay() {
    InMemorySpanExporter exporter = InMemorySpanExporter.create();
    Telemetry telemetry = Telemetry.sending("lyceum-test", exporter);
    TestWorkflowEnvironment environment =
        TestWorkflowEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .setWorkflowClientOptions(
                    WorkflowClientOptions.newBuilder()
                        .setInterceptors(
                            TemporalTracing.client(telemetry)
                                .toArray(WorkflowClientInterceptor[]::new))
                        .build())
                .setWorkerFactoryOptions(
                    WorkerFactoryOptions.newBuilder()
                        .setWorkflowCacheSize(0)
                        .setWorkerInterceptors(
                            TemporalTracing.worker(telemetry).toArray(WorkerInterceptor[]::new))
                        .build())
                .build());
    Worker worker = environment.newWorker("queue");
    worker.registerWorkflowImplementationTypes(TwoStepsImpl.class);
    Headers activity = new Headers();
    worker.registerActivitiesImplementations(activity);
    environment.start();
    Span command = telemetry.tracer().spanBuilder("command").startSpan();
    String header;
    try (var scope = command.makeCurrent()) {
      header =
          environment
              .getWorkflowClient()
              .newWorkflowStub(
                  TwoSteps.class, WorkflowOptions.newBuilder().setTaskQueue("queue").build())
              .run();
    } finally {
      command.end();
    }
    environment.close();
    ((OpenTelemetrySdk) telemetry.openTelemetry())
        .getSdkTracerProvider()
        .forceFlush()
        .join(1, TimeUnit.MINUTES);
    List<SpanData> spans = List.copyOf(exporter.getFinishedSpanItems());
    telemetry.close();

    Map<String, List<SpanData>> byName =
        spans.stream().collect(Collectors.groupingBy(SpanData::getName));
    assertThat(byName.keySet())
        .contains("command", "StartWorkflow:TwoSteps", "RunWorkflow:TwoSteps", "RunActivity:Step");
    assertThat(byName.get("RunWorkflow:TwoSteps")).hasSize(1);
    assertThat(byName.get("RunActivity:Step")).hasSize(2);
    assertThat(spans.stream().map(SpanData::getTraceId))
        .containsOnly(command.getSpanContext().getTraceId());
    Map<String, SpanData> byId =
        spans.stream().collect(Collectors.toMap(SpanData::getSpanId, Function.identity()));
    for (SpanData run : byName.get("RunActivity:Step")) {
      SpanData start = byId.get(run.getParentSpanId());
      assertThat(start.getName()).isEqualTo("StartActivity:Step");
      assertThat(byId.get(start.getParentSpanId()).getName()).isEqualTo("RunWorkflow:TwoSteps");
    }
    // What an activity sends along names the activity's own span.
    assertThat(byName.get("RunActivity:Step"))
        .anySatisfy(run -> assertThat(header).contains(run.getSpanId()));
  }

  @Test
  void off_addsNothing() {
    assertThat(TemporalTracing.client(Telemetry.off())).isEmpty();
    assertThat(TemporalTracing.worker(Telemetry.of("service", Map.of()))).isEmpty();
    assertThat(TraceHeaders.current()).isEmpty();
  }

  /** Two activities, one after the other. */
  @WorkflowInterface
  public interface TwoSteps {
    @WorkflowMethod
    String run();
  }

  /** Says what it would send along. */
  @ActivityInterface
  public interface Step {
    String step();
  }

  /** See {@link TwoSteps}. */
  public static final class TwoStepsImpl implements TwoSteps {
    private final Step step =
        Workflow.newActivityStub(
            Step.class,
            ActivityOptions.newBuilder().setStartToCloseTimeout(Duration.ofSeconds(10)).build());

    @Override
    public String run() {
      step.step();
      Workflow.sleep(Duration.ofSeconds(1));
      return step.step();
    }
  }

  /** See {@link Step}. */
  public static final class Headers implements Step {
    @Override
    public String step() {
      return TraceHeaders.current().getOrDefault("traceparent", "");
    }
  }
}
