package lyceum.workflows.testing;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.StageCodeVersions;
import lyceum.contracts.lifecycle.StageRecords;
import lyceum.core.Sha256;

/** Keeps records in memory. */
public final class FakeStageRecords implements StageRecords {
  private final Calls calls;
  private final Map<String, String> results = new ConcurrentHashMap<>();

  public FakeStageRecords(Calls calls) {
    this.calls = calls;
  }

  @Override
  public String openLife(LifecycleRequest request) {
    calls.add("records.openLife " + request.runId());
    return "tracking-" + request.runId();
  }

  @Override
  public void closeLife(CloseLife request) {
    calls.add("records.closeLife " + request.succeeded() + " " + request.note());
  }

  @Override
  public StageOpening open(OpenStage request) {
    String noun = request.stage().noun();
    String key = Sha256.of(noun + StageCodeVersions.of(request.stage()) + request.inputJson());
    String onHand = request.context().fresh() ? null : results.get(key);
    calls.add("records.open " + noun);
    return new StageOpening(
        key,
        "tracking-" + request.context().runId() + "-" + noun,
        onHand,
        onHand == null ? "nothing on hand" : "same inputs, settings and code as before");
  }

  @Override
  public void close(CloseStage request) {
    results.put(request.key(), request.resultJson());
    calls.add("records.close " + request.stage().noun());
  }

  @Override
  public void fail(FailStage request) {
    calls.add(
        "records.fail "
            + request.stage().noun()
            + (request.cancelled() ? " cancelled" : " " + request.reason()));
  }
}
