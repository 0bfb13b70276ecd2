package lyceum.cli.stack;

import com.google.protobuf.util.Durations;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.namespace.v1.NamespaceConfig;
import io.temporal.api.operatorservice.v1.AddSearchAttributesRequest;
import io.temporal.api.operatorservice.v1.ListSearchAttributesRequest;
import io.temporal.api.workflowservice.v1.DescribeNamespaceRequest;
import io.temporal.api.workflowservice.v1.RegisterNamespaceRequest;
import io.temporal.api.workflowservice.v1.UpdateNamespaceRequest;
import io.temporal.common.SearchAttributeKey;
import io.temporal.serviceclient.OperatorServiceStubs;
import io.temporal.serviceclient.OperatorServiceStubsOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import lyceum.contracts.SearchKeys;
import lyceum.core.LyceumException;

/**
 * What Lyceum needs of a Temporal server before the first run: its namespace and the keywords that
 * runs are looked up by.
 */
final class TemporalBootstrap {
  private static final int RETENTION_DAYS = 90;
  private static final Duration CALL = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(250);

  private TemporalBootstrap() {}

  /** Makes what is missing and leaves what is there. */
  static void run(String address, String namespace) {
    WorkflowServiceStubs service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder()
                .setTarget(address)
                .setRpcTimeout(CALL)
                .build());
    OperatorServiceStubs operator =
        OperatorServiceStubs.newServiceStubs(
            OperatorServiceStubsOptions.newBuilder()
                .setTarget(address)
                .setRpcTimeout(CALL)
                .validateAndBuildWithDefaults());
    try {
      boolean fresh = makeNamespace(service, namespace);
      // A new namespace becomes known to all parts of the server within seconds.
      retryWhileUnknown(() -> makeSearchAttributes(operator, namespace), fresh);
    } catch (StatusRuntimeException e) {
      throw failure(address, e);
    } finally {
      operator.shutdownNow();
      service.shutdownNow();
    }
  }

  private static boolean makeNamespace(WorkflowServiceStubs service, String namespace) {
    try {
      var there =
          service
              .blockingStub()
              .describeNamespace(
                  DescribeNamespaceRequest.newBuilder().setNamespace(namespace).build());
      if (Durations.toDays(there.getConfig().getWorkflowExecutionRetentionTtl()) < RETENTION_DAYS) {
        service
            .blockingStub()
            .updateNamespace(
                UpdateNamespaceRequest.newBuilder()
                    .setNamespace(namespace)
                    .setConfig(
                        NamespaceConfig.newBuilder()
                            .setWorkflowExecutionRetentionTtl(Durations.fromDays(RETENTION_DAYS)))
                    .build());
      }
      return false;
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
        throw e;
      }
    }
    try {
      service
          .blockingStub()
          .registerNamespace(
              RegisterNamespaceRequest.newBuilder()
                  .setNamespace(namespace)
                  .setDescription("Lyceum: language models from text to production")
                  .setWorkflowExecutionRetentionPeriod(Durations.fromDays(RETENTION_DAYS))
                  .build());
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.ALREADY_EXISTS) {
        throw e;
      }
    }
    return true;
  }

  private static void makeSearchAttributes(OperatorServiceStubs operator, String namespace) {
    Map<String, IndexedValueType> there =
        operator
            .blockingStub()
            .withDeadlineAfter(CALL)
            .listSearchAttributes(
                ListSearchAttributesRequest.newBuilder().setNamespace(namespace).build())
            .getCustomAttributesMap();
    AddSearchAttributesRequest.Builder request =
        AddSearchAttributesRequest.newBuilder().setNamespace(namespace);
    for (SearchAttributeKey<String> key : SearchKeys.ALL) {
      IndexedValueType type = there.get(key.getName());
      if (type == null) {
        request.putSearchAttributes(key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD);
      } else if (type != IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD) {
        throw LyceumException.user(
            "The namespace "
                + namespace
                + " has the search attribute "
                + key.getName()
                + " with the type "
                + type
                + "; Lyceum needs it as a keyword. Choose another namespace (setting temporal.namespace).");
      }
    }
    if (request.getSearchAttributesCount() > 0) {
      operator.blockingStub().withDeadlineAfter(CALL).addSearchAttributes(request.build());
    }
  }

  private static void retryWhileUnknown(Runnable call, boolean fresh) {
    Instant end = Instant.now().plus(PATIENCE);
    while (true) {
      try {
        call.run();
        return;
      } catch (StatusRuntimeException e) {
        boolean mayPass =
            e.getStatus().getCode() == Status.Code.UNAVAILABLE
                || (fresh && e.getStatus().getCode() == Status.Code.NOT_FOUND);
        if (!mayPass || Instant.now().isAfter(end)) {
          throw e;
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(POLL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external("Interrupted while preparing Temporal.", e);
    }
  }

  private static LyceumException failure(String address, StatusRuntimeException e) {
    return switch (e.getStatus().getCode()) {
      case PERMISSION_DENIED, UNAUTHENTICATED ->
          LyceumException.user(
              "Temporal at " + address + " refuses to prepare the namespace: " + e.getMessage(), e);
      default ->
          LyceumException.external(
              "Temporal at " + address + " could not be prepared: " + e.getMessage(), e);
    };
  }
}
