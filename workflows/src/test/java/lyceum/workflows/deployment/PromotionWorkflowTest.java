package lyceum.workflows.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.temporal.api.enums.v1.EventType;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.CanceledFailure;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lyceum.contracts.Failures;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.deployment.AuditEntry;
import lyceum.contracts.deployment.AuditEntry.Action;
import lyceum.contracts.deployment.DeploymentActivities;
import lyceum.contracts.deployment.DeploymentInput;
import lyceum.contracts.deployment.Judgement;
import lyceum.contracts.deployment.PromotionStatus;
import lyceum.contracts.deployment.PromotionWorkflow;
import lyceum.contracts.deployment.PromotionWorkflow.GoBack;
import lyceum.contracts.deployment.PromotionWorkflow.Kind;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionRequest;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionResult;
import lyceum.contracts.evaluation.Suite;
import lyceum.core.Score;
import lyceum.core.recipe.CanarySettings;
import lyceum.core.recipe.DeploymentSettings;
import lyceum.core.recipe.HealthSettings;
import lyceum.workflows.testing.Examples;
import lyceum.workflows.testing.TestLife;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PromotionWorkflowTest {
  private final TestLife test = new TestLife();

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void run_earlierVersion_rollsTheLineBack() {
    test.deployment.startFrom(3);

    PromotionResult result = promote(2);

    assertThat(result.version()).isEqualTo(2);
    assertThat(result.previousVersion()).isEqualTo(3);
    assertThat(test.deployment.champion()).isEqualTo(2);
  }

  @Test
  void run_smokeFails_servesThePreviousVersionAgain() {
    test.deployment.startFrom(3);
    test.deployment.failSmoke();

    assertThatThrownBy(() -> promote(4))
        .satisfies(
            e ->
                assertThat(Failures.reason(e))
                    .isEqualTo(
                        "Version 4 of test-line was not promoted: version 4 answers nothing. Version 3 serves again."));

    assertThat(test.calls.of("deployment."))
        .containsExactly("deployment.serve 4", "deployment.smoke 4", "deployment.serve 3");
    assertThat(test.deployment.champion()).isEqualTo(3);
  }

  @Test
  void run_serveFails_triesAFewTimesThenServesThePreviousVersionAgain() {
    test.deployment.startFrom(3);
    test.deployment.failServe(4);

    assertThatThrownBy(() -> promote(4))
        .satisfies(
            e -> assertThat(Failures.reason(e)).contains("not enough memory to load version 4"));

    assertThat(test.calls.of("deployment.serve 4")).hasSize(4);
    assertThat(test.calls.all()).last().isEqualTo("deployment.serve 3");
  }

  @Test
  void run_aliasMovedButCallFailed_movesItBack() {
    test.deployment.startFrom(3);
    test.deployment.failAfterMovingTo(4);

    assertThatThrownBy(() -> promote(4))
        .satisfies(e -> assertThat(Failures.reason(e)).contains("the history cannot be written"));

    assertThat(test.deployment.champion()).isEqualTo(3);
    assertThat(test.calls.all())
        .endsWith(
            "deployment.moveAlias 3 to 4", "deployment.moveAlias 0 to 3", "deployment.serve 3");
  }

  @Test
  void cancel_duringSmoke_servesThePreviousVersionAgain() {
    test.deployment.startFrom(3);
    CountDownLatch smokeMay = test.deployment.holdSmoke();
    PromotionWorkflow promotion = promotion();
    WorkflowClient.start(promotion::run, request(4));
    Awaitility.await().until(() -> !test.calls.of("deployment.smoke").isEmpty());

    WorkflowStub.fromTyped(promotion).cancel();
    // The in-process server loses an activity that completes while its cancellation is on its way.
    Awaitility.await()
        .until(
            () ->
                test
                    .client()
                    .fetchHistory(PromotionWorkflow.workflowId("test-line"))
                    .getEvents()
                    .stream()
                    .anyMatch(
                        e ->
                            e.getEventType()
                                == EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED));
    smokeMay.countDown();

    assertThatThrownBy(() -> WorkflowStub.fromTyped(promotion).getResult(PromotionResult.class))
        .hasCauseInstanceOf(CanceledFailure.class);
    assertThat(test.calls.all()).last().isEqualTo("deployment.serve 3");
    assertThat(test.deployment.champion()).isEqualTo(3);
  }

  @Test
  void run_firstVersionFails_saysThatThereIsNoOther() {
    test.deployment.failSmoke();

    assertThatThrownBy(() -> promote(1))
        .satisfies(
            e ->
                assertThat(Failures.reason(e))
                    .endsWith("There is no earlier version to go back to."));
    assertThat(test.deployment.champion()).isZero();
  }

  @Test
  void run_championAgain_servesItAndMovesNothing() {
    test.deployment.startFrom(3);

    promote(3);

    assertThat(test.calls.of("deployment."))
        .containsExactly("deployment.serve 3", "deployment.smoke 3");
  }

  @Test
  void canary_thatIsWell_isPromotedAndNoted() {
    test.deployment.startFrom(3);
    test.notification.tellBy("webhook", "mail");

    promotion().run(canary(4, new CanarySettings(10, 30, 0), watched(0)));

    assertThat(test.calls.of("deployment."))
        .containsExactly(
            "deployment.serveCanary 4 10.0",
            "deployment.serve 4",
            "deployment.smoke 4",
            "deployment.moveAlias 3 to 4");
    assertThat(actions())
        .containsExactly(Action.CANARY_STARTED, Action.CANARY_ENDED, Action.PROMOTED);
    AuditEntry moved = test.deployment.audit().getLast();
    assertThat(moved.from()).isEqualTo(3);
    assertThat(moved.to()).isEqualTo(4);
    assertThat(moved.by()).isEqualTo("bob");
    assertThat(moved.reason()).isEqualTo("because");
    assertThat(moved.runId()).isEqualTo("run-7");
    assertThat(moved.judgement()).isEqualTo(judgedAgainst(3));
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(test.calls.of("notification"))
                    .containsExactlyInAnyOrder(
                        "notification webhook model.promoted: Version 4 of test-line serves",
                        "notification mail model.promoted: Version 4 of test-line serves"));
  }

  @Test
  void canary_endsEarlier_whenItHasAnsweredEnough() {
    test.deployment.startFrom(3);

    promotion().run(canary(4, new CanarySettings(10, 600, 150), watched(0)));

    List<AuditEntry> log = test.deployment.audit();
    assertThat(actions())
        .containsExactly(Action.CANARY_STARTED, Action.CANARY_ENDED, Action.PROMOTED);
    // The server's clock may jump by an hour after the promotion; the log has the workflow's.
    assertThat(log.get(1).atMillis() - log.get(0).atMillis())
        .isLessThan(Duration.ofMinutes(600).toMillis());
    assertThat(test.deployment.champion()).isEqualTo(4);
  }

  @Test
  void canary_thatFails_goesBackWithinTheWatch_andTheAliasNeverMoved() {
    test.deployment.startFrom(3);
    test.deployment.failRequests(20);
    test.notification.tellBy("webhook");

    assertThatThrownBy(() -> promotion().run(canary(4, new CanarySettings(10, 30, 0), watched(0))))
        .satisfies(
            e ->
                assertThat(Failures.reason(e))
                    .contains("Version 4 of test-line was not promoted: its health is bad: ")
                    .contains("requests failed")
                    .endsWith("Version 3 serves again."));

    assertThat(test.calls.of("deployment."))
        .containsExactly("deployment.serveCanary 4 10.0", "deployment.endCanary");
    assertThat(actions()).containsExactly(Action.CANARY_STARTED, Action.FAILED);
    assertThat(test.deployment.audit().getLast().by()).isEqualTo("health");
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(test.calls.of("notification"))
                    .containsExactly(
                        "notification webhook model.rolled_back: Version 4 of test-line went back"));
  }

  @Test
  void canary_thatIsSlow_goesBack() {
    test.deployment.startFrom(3);
    test.deployment.answerSlowly(10);

    assertThatThrownBy(() -> promotion().run(canary(4, new CanarySettings(10, 30, 0), watched(0))))
        .satisfies(e -> assertThat(Failures.reason(e)).contains("95th percentile"));
    assertThat(test.deployment.champion()).isEqualTo(3);
  }

  @Test
  void watch_ofAChampionThatFallsSilent_movesTheAliasBack() {
    test.deployment.startFrom(3);
    test.deployment.answerNothing();

    assertThatThrownBy(() -> promotion().run(canary(4, null, watched(10))))
        .satisfies(
            e ->
                assertThat(Failures.reason(e))
                    .contains("Version 4 of test-line was taken back: its health is bad: no answer")
                    .endsWith("Version 3 serves again."));

    assertThat(test.deployment.champion()).isEqualTo(3);
    assertThat(actions()).containsExactly(Action.PROMOTED, Action.ROLLED_BACK);
    AuditEntry back = test.deployment.audit().getLast();
    assertThat(back.from()).isEqualTo(4);
    assertThat(back.to()).isEqualTo(3);
    assertThat(back.by()).isEqualTo("health");
    assertThat(back.reason()).contains("no answer to 'Hello'");
    assertThat(test.calls.of("deployment."))
        .containsExactly(
            "deployment.serve 4",
            "deployment.smoke 4",
            "deployment.moveAlias 3 to 4",
            "deployment.moveAlias 0 to 3",
            "deployment.serve 3");
  }

  @Test
  void goBack_duringTheCanary_endsItInOneStep() {
    test.deployment.startFrom(3);
    PromotionWorkflow promotion = promotion();
    // Nobody waits for its result, so the server does not skip time.
    WorkflowClient.start(promotion::run, canary(4, new CanarySettings(10, 600, 0), watched(0)));
    Awaitility.await().until(() -> promotion.status().phase() == PromotionStatus.Phase.CANARY);
    assertThat(promotion.status().percent()).isEqualTo(10);

    promotion.goBack(new GoBack("cleo", "it swears"));

    assertThatThrownBy(() -> WorkflowStub.fromTyped(promotion).getResult(PromotionResult.class))
        .satisfies(
            e ->
                assertThat(Failures.reason(e))
                    .isEqualTo(
                        "Version 4 of test-line was not promoted: cleo asked to go back: it swears. Version 3 serves again."));
    assertThat(test.deployment.audit())
        .extracting(AuditEntry::action, AuditEntry::by)
        .containsExactly(tuple(Action.CANARY_STARTED, "bob"), tuple(Action.FAILED, "cleo"));
  }

  @Test
  void goBack_outsideOfCanaryAndWatch_isRefused() {
    test.deployment.startFrom(3);
    CountDownLatch smokeMay = test.deployment.holdSmoke();
    PromotionWorkflow promotion = promotion();
    WorkflowClient.start(promotion::run, request(4));
    Awaitility.await().until(() -> !test.calls.of("deployment.smoke").isEmpty());

    assertThatThrownBy(() -> promotion.goBack(new GoBack("cleo", "")))
        .satisfies(e -> assertThat(Failures.reason(e)).contains("neither a canary nor watched"));
    smokeMay.countDown();
    WorkflowStub.fromTyped(promotion).getResult(PromotionResult.class);
  }

  @Test
  void staleCandidate_isRefusedAndNoted() {
    test.deployment.startFrom(4);

    assertThatThrownBy(
            () ->
                promotion()
                    .run(
                        new PromotionRequest(
                            "test-line",
                            5,
                            List.of("Hello"),
                            "bob",
                            "because",
                            Kind.CANDIDATE,
                            judgedAgainst(3),
                            "run-7",
                            null,
                            null)))
        .satisfies(
            e ->
                assertThat(Failures.reason(e))
                    .contains(
                        "Version 5 of test-line was not promoted: it was judged against version 3, but version 4 has become champion since."));

    assertThat(test.calls.of("deployment.")).isEmpty();
    assertThat(actions()).containsExactly(Action.REFUSED);
    assertThat(test.deployment.champion()).isEqualTo(4);
  }

  @Test
  void byHand_isJudged_andALossIsRefused() {
    test.deployment.startFrom(3);
    test.deployment.putForward(candidate(false));
    test.evaluation.lose(0.5, true);

    assertThatThrownBy(() -> promotion().run(byHand(5, "bob", Kind.BY_HAND)))
        .satisfies(
            e ->
                assertThat(Failures.reason(e))
                    .contains("it did not pass: validation/bits_per_byte is 2.7500 where version 3")
                    .contains("95% interval +0.2500 to +1.0000"));
    assertThat(actions()).containsExactly(Action.REFUSED);

    promotion().run(byHand(5, "bob", Kind.OVERRIDE));
    assertThat(test.deployment.champion()).isEqualTo(5);
    assertThat(test.deployment.audit().getLast().judgement().comparison().hasNoLoss()).isFalse();
  }

  @Test
  void byHand_withinNoise_isPromoted() {
    test.deployment.startFrom(3);
    test.deployment.putForward(candidate(false));
    test.evaluation.lose(0.5, false);

    promotion().run(byHand(5, "bob", Kind.BY_HAND));

    assertThat(test.deployment.champion()).isEqualTo(5);
    assertThat(test.deployment.audit().getLast().runId()).isEqualTo("run-7");
  }

  @Test
  void byHand_fourEyes_refusesWhoStartedTheRun_alsoWhenOverridden() {
    test.deployment.startFrom(3);
    test.deployment.putForward(candidate(true));

    for (Kind kind : List.of(Kind.BY_HAND, Kind.OVERRIDE)) {
      assertThatThrownBy(() -> promotion().run(byHand(5, "ann", kind)))
          .satisfies(e -> assertThat(Failures.reason(e)).contains("four eyes"));
    }
    promotion().run(byHand(5, "bob", Kind.BY_HAND));
    assertThat(test.deployment.champion()).isEqualTo(5);
  }

  @Test
  void byHand_aVersionThatNoRunPutForward_needsAnOverride() {
    test.deployment.startFrom(3);

    assertThatThrownBy(() -> promotion().run(byHand(2, "bob", Kind.BY_HAND)))
        .satisfies(e -> assertThat(Failures.reason(e)).contains("no run has put it forward"));
    promotion().run(byHand(2, "bob", Kind.OVERRIDE));
    assertThat(test.deployment.champion()).isEqualTo(2);
  }

  @Test
  void news_toAReceiverThatIsDown_holdsNothingUp_andArrivesLater() {
    test.deployment.startFrom(3);
    test.notification.tellBy("webhook");
    test.notification.failFor(Integer.MAX_VALUE);

    PromotionWorkflow promotion = promotion();
    promotion.run(request(2));

    assertThat(test.calls.of("notification")).isEmpty();
    test.notification.failFor(0);
    String execution = WorkflowStub.fromTyped(promotion).getExecution().getRunId();
    String delivery = "notification-webhook-" + execution + "-model.rolled_back";
    test.client().newUntypedWorkflowStub(delivery).getResult(Void.class);
    assertThat(test.calls.of("notification"))
        .containsExactly(
            "notification webhook model.rolled_back: Version 2 of test-line serves again");
  }

  private List<Action> actions() {
    return test.deployment.audit().stream().map(AuditEntry::action).toList();
  }

  private static Judgement judgedAgainst(int champion) {
    return new Judgement(List.of(), champion, null);
  }

  private static HealthSettings watched(double minutes) {
    return new HealthSettings(minutes, 15, 0.05, 3, 20);
  }

  private static PromotionRequest canary(
      int version, @Nullable CanarySettings canary, HealthSettings health) {
    return new PromotionRequest(
        "test-line",
        version,
        List.of("Hello"),
        "bob",
        "because",
        Kind.CANDIDATE,
        judgedAgainst(3),
        "run-7",
        canary,
        health);
  }

  private static PromotionRequest byHand(int version, String by, Kind kind) {
    return new PromotionRequest("test-line", version, List.of("Hello"), by, "because", kind);
  }

  private static DeploymentActivities.Candidate candidate(boolean fourEyes) {
    DeploymentSettings plain = Examples.deployment(DeploymentSettings.Approval.PERSON);
    DeploymentSettings settings =
        new DeploymentSettings(
            plain.candidate(),
            plain.gates(),
            plain.approval(),
            plain.approvalDeadlineHours(),
            plain.smokePrompts(),
            fourEyes,
            plain.champion(),
            null,
            plain.health());
    return new DeploymentActivities.Candidate(
        new DeploymentInput(
            settings,
            Examples.model("candidate"),
            "alignment",
            List.of(new Score("validation", "bits_per_byte", 2.25, 1000, 0)),
            "{}",
            new Suite(Examples.recipe().evaluation(), Examples.tokens(), Examples.chats())),
        "run-7",
        "ann");
  }

  private PromotionResult promote(int version) {
    return promotion().run(request(version));
  }

  private PromotionWorkflow promotion() {
    return test.client()
        .newWorkflowStub(
            PromotionWorkflow.class,
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.WORKFLOWS)
                .setWorkflowId(PromotionWorkflow.workflowId("test-line"))
                .build());
  }

  private static PromotionRequest request(int version) {
    return new PromotionRequest(
        "test-line", version, List.of("Hello"), "bob", "because", Kind.ROLLBACK);
  }
}
