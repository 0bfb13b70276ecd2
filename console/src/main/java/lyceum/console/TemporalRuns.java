package lyceum.console;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.api.query.v1.WorkflowQuery;
import io.temporal.api.workflow.v1.WorkflowExecutionInfo;
import io.temporal.api.workflowservice.v1.DescribeWorkflowExecutionRequest;
import io.temporal.api.workflowservice.v1.ListWorkflowExecutionsRequest;
import io.temporal.api.workflowservice.v1.ListWorkflowExecutionsResponse;
import io.temporal.api.workflowservice.v1.QueryWorkflowRequest;
import io.temporal.api.workflowservice.v1.QueryWorkflowResponse;
import io.temporal.api.workflowservice.v1.WorkflowServiceGrpc.WorkflowServiceBlockingStub;
import io.temporal.client.WorkflowClient;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import lyceum.contracts.lifecycle.LifecycleStatus;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.core.LyceumException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs as Temporal knows them: lists from its visibility store, stages from the run's own query.
 */
public final class TemporalRuns implements Runs {
  private static final Logger logger = LoggerFactory.getLogger(TemporalRuns.class);
  private static final String TYPE = LifecycleWorkflow.class.getSimpleName();
  private static final String STATUS_QUERY = "status";
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  private final WorkflowClient client;
  private final Optional<URI> temporalPages;
  private final Optional<URI> trackingPages;

  /**
   * @param temporalPages where Temporal's own pages are, for links
   * @param trackingPages where MLflow's pages are, for links
   */
  public TemporalRuns(
      WorkflowClient client, Optional<URI> temporalPages, Optional<URI> trackingPages) {
    this.client = client;
    this.temporalPages = temporalPages;
    this.trackingPages = trackingPages;
  }

  @Override
  public RunPage list(int pageSize, String pageToken) {
    if (pageSize < 1 || pageSize > 100) {
      throw LyceumException.user(
          "page_size is " + pageSize + ". Between 1 and 100 runs fit on a page.");
    }
    ListWorkflowExecutionsRequest request =
        ListWorkflowExecutionsRequest.newBuilder()
            .setNamespace(namespace())
            .setPageSize(pageSize)
            .setNextPageToken(decode(pageToken))
            .setQuery("WorkflowType = '" + TYPE + "'")
            .build();
    try {
      ListWorkflowExecutionsResponse response = service().listWorkflowExecutions(request);
      return new RunPage(
          response.getExecutionsList().stream().map(TemporalRuns::summary).toList(),
          Base64.getUrlEncoder()
              .withoutPadding()
              .encodeToString(response.getNextPageToken().toByteArray()));
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.INVALID_ARGUMENT) {
        throw LyceumException.user(
            "Temporal refused the list: "
                + e.getStatus().getDescription()
                + ". Take page_token from the page before, unchanged.",
            e);
      }
      throw unreachable(e);
    }
  }

  @Override
  public RunView get(String runId) {
    RunSummary run = summary(describe(runId));
    LifecycleStatus status;
    try {
      status = status(runId);
    } catch (StatusRuntimeException e) {
      logger.warn("Run {} did not answer its status query: {}", runId, e.getStatus());
      return new RunView(
          run,
          null,
          "The run did not answer its status query. Is a worker running? ./lyceum status tells.",
          links(runId, ""));
    }
    return new RunView(run, status, "", links(runId, status.trackingRunId()));
  }

  /**
   * Temporal answers a query by asking a worker, also about a run that ended long ago. The typed
   * stub would go on asking where no worker runs; a page waits for a few seconds only.
   */
  private LifecycleStatus status(String runId) {
    QueryWorkflowResponse response =
        service()
            .queryWorkflow(
                QueryWorkflowRequest.newBuilder()
                    .setNamespace(namespace())
                    .setExecution(WorkflowExecution.newBuilder().setWorkflowId(runId))
                    .setQuery(WorkflowQuery.newBuilder().setQueryType(STATUS_QUERY))
                    .build());
    return client
        .getOptions()
        .getDataConverter()
        .fromPayloads(
            0,
            Optional.of(response.getQueryResult()),
            LifecycleStatus.class,
            LifecycleStatus.class);
  }

  private WorkflowExecutionInfo describe(String runId) {
    try {
      WorkflowExecutionInfo info =
          service()
              .describeWorkflowExecution(
                  DescribeWorkflowExecutionRequest.newBuilder()
                      .setNamespace(namespace())
                      .setExecution(WorkflowExecution.newBuilder().setWorkflowId(runId))
                      .build())
              .getWorkflowExecutionInfo();
      if (!info.getType().getName().equals(TYPE)) {
        throw new RunNotFoundException(runId);
      }
      return info;
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
        throw new RunNotFoundException(runId);
      }
      throw unreachable(e);
    }
  }

  private Map<String, URI> links(String runId, String trackingRunId) {
    Map<String, URI> links = new TreeMap<>();
    temporalPages.ifPresent(
        pages ->
            links.put(
                "temporal",
                URI.create(
                    pages + "/namespaces/" + encode(namespace()) + "/workflows/" + encode(runId))));
    if (!trackingRunId.isEmpty()) {
      trackingPages.ifPresent(
          pages -> links.put("mlflow", URI.create(pages + "/#/runs/" + encode(trackingRunId))));
    }
    return links;
  }

  private WorkflowServiceBlockingStub service() {
    return client
        .getWorkflowServiceStubs()
        .blockingStub()
        .withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private String namespace() {
    return client.getOptions().getNamespace();
  }

  private static RunSummary summary(WorkflowExecutionInfo info) {
    return new RunSummary(
        info.getExecution().getWorkflowId(),
        state(info.getStatus()),
        instant(info.getStartTime()),
        info.hasCloseTime() ? instant(info.getCloseTime()) : null);
  }

  private static RunState state(WorkflowExecutionStatus status) {
    return switch (status) {
      case WORKFLOW_EXECUTION_STATUS_COMPLETED -> RunState.SUCCEEDED;
      case WORKFLOW_EXECUTION_STATUS_FAILED -> RunState.FAILED;
      case WORKFLOW_EXECUTION_STATUS_CANCELED -> RunState.CANCELLED;
      case WORKFLOW_EXECUTION_STATUS_TERMINATED -> RunState.TERMINATED;
      case WORKFLOW_EXECUTION_STATUS_TIMED_OUT -> RunState.TIMED_OUT;
      default -> RunState.RUNNING;
    };
  }

  private static Instant instant(Timestamp timestamp) {
    return Instant.ofEpochMilli(Timestamps.toMillis(timestamp));
  }

  private static ByteString decode(String pageToken) {
    try {
      return ByteString.copyFrom(Base64.getUrlDecoder().decode(pageToken));
    } catch (IllegalArgumentException e) {
      throw LyceumException.user(
          "page_token '"
              + pageToken
              + "' is not one of ours. Take it from the page before, unchanged.",
          e);
    }
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static LyceumException unreachable(StatusRuntimeException e) {
    return LyceumException.external(
        "Temporal did not answer: " + e.getStatus() + ". Is it running? ./lyceum status tells.", e);
  }
}
