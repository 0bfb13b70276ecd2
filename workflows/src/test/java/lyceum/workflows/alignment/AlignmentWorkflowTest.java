package lyceum.workflows.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import java.util.concurrent.TimeUnit;
import lyceum.contracts.Failures;
import lyceum.contracts.alignment.AlignmentResult;
import lyceum.contracts.alignment.Ranking;
import lyceum.contracts.alignment.Ranking.Choice;
import lyceum.contracts.alignment.RankingStatus;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.contracts.lifecycle.PauseRequest;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.contracts.lifecycle.StageState;
import lyceum.core.ErrorCategory;
import lyceum.core.Stage;
import lyceum.core.recipe.AlignmentSettings;
import lyceum.core.recipe.DeploymentSettings;
import lyceum.core.recipe.Recipe;
import lyceum.workflows.testing.Examples;
import lyceum.workflows.testing.TestLife;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AlignmentWorkflowTest {
  private static final Recipe PEOPLE =
      Examples.recipe(
          Examples.alignment(AlignmentSettings.Rater.PEOPLE, 100),
          Examples.deployment(DeploymentSettings.Approval.AUTOMATIC));

  private final TestLife test = new TestLife();

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void rank_byPeople_goesOnWhenEnoughPairsAreRanked() {
    WorkflowStub run = startAndWait();

    RankingStatus before = test.alignment("life").rankings();
    assertThat(before.open()).isTrue();
    assertThat(before.pairCount()).isEqualTo(20);
    assertThat(before.needed()).isEqualTo(3);
    test.alignment("life").rank(new Ranking(4, Choice.FIRST, "ann"));
    test.alignment("life").rank(new Ranking(4, Choice.SECOND, "bob"));
    test.alignment("life").rank(new Ranking(0, Choice.TIE, "ann"));
    RankingStatus after = test.alignment("life").rank(new Ranking(7, Choice.SECOND, "bob"));

    assertThat(after.rankedPairs()).containsExactly(0, 4, 7);
    run.getResult(LifecycleResult.class);
    assertThat(test.calls.of("alignment.joinRankings")).containsExactly("alignment.joinRankings 4");
    assertThat(test.calls.of("alignment.rankBySimulation")).isEmpty();
    AlignmentResult result =
        WorkflowStub.fromTyped(test.alignment("life"))
            .getResult(StageOutcome.class)
            .result(AlignmentResult.class);
    assertThat(result.rater()).isEqualTo("people");
  }

  @Test
  void rank_refused_changesNothing() {
    startAndWait();
    test.alignment("life").rank(new Ranking(4, Choice.FIRST, "ann"));

    refused(
        new Ranking(20, Choice.FIRST, "ann"),
        "There is no pair 20. The pairs have the numbers 0 to 19.");
    refused(
        new Ranking(4, Choice.SECOND, "ann"),
        "ann has ranked pair 4 already. A ranking cannot be changed.");

    assertThat(test.alignment("life").rankings().ranked()).isEqualTo(1);
  }

  @Test
  void rank_afterEnough_isRefused() throws Exception {
    test.training.hold("reward");
    startAndWait();
    for (int pair = 0; pair < 3; pair++) {
      test.alignment("life").rank(new Ranking(pair, Choice.FIRST, "ann"));
    }
    test.training.awaitHeld();

    refused(
        new Ranking(9, Choice.FIRST, "ann"), "Ranking is closed: 3 of 3 needed pairs are ranked.");
    assertThat(test.alignment("life").rankings().open()).isFalse();
  }

  @Test
  void rank_beforePairsAreSampled_isRefused() throws Exception {
    test.training.hold("reward");
    test.start(Examples.request("life", Examples.recipe()));
    test.training.awaitHeld();

    refused(new Ranking(0, Choice.FIRST, "ann"), "No pairs wait to be ranked");
  }

  @Test
  void deadline_withTooFewRankings_failsAndKeepsThem() {
    WorkflowStub run = startAndWait();
    test.alignment("life").rank(new Ranking(4, Choice.FIRST, "ann"));

    assertThatThrownBy(() -> run.getResult(LifecycleResult.class))
        .satisfies(
            e -> {
              assertThat(Failures.category(e)).contains(ErrorCategory.USER);
              assertThat(Failures.reason(e))
                  .contains("Only 1 of 3 needed pairs were ranked within 24 hours")
                  .contains("4=FIRST (ann)");
            });
    assertThat(test.status("life", Stage.ALIGNMENT).state()).isEqualTo(StageState.FAILED);
  }

  @Test
  void pause_whilePeopleAreWaitedFor_stillTakesTheirRankings() {
    WorkflowStub run = startAndWait();
    test.life("life").pause(new PauseRequest("ann", "lunch"));
    test.awaitState("life", Stage.ALIGNMENT, StageState.PAUSED);

    for (int pair = 0; pair < 3; pair++) {
      test.alignment("life").rank(new Ranking(pair, Choice.FIRST, "ann"));
    }
    test.life("life").resume(new PauseRequest("ann", ""));

    run.getResult(LifecycleResult.class);
    assertThat(test.status("life", Stage.ALIGNMENT).state()).isEqualTo(StageState.DONE);
  }

  private WorkflowStub startAndWait() {
    WorkflowStub run = test.start(Examples.request("life", PEOPLE));
    test.awaitState("life", Stage.ALIGNMENT, StageState.WAITING);
    assertThat(test.status("life", Stage.ALIGNMENT).note())
        .isEqualTo("3 of 20 pairs wait to be ranked by people");
    return run;
  }

  private void refused(Ranking ranking, String because) {
    assertThatThrownBy(() -> test.alignment("life").rank(ranking))
        .isInstanceOf(WorkflowUpdateException.class)
        .satisfies(
            e -> {
              assertThat(Failures.reason(e)).contains(because);
              assertThat(Failures.category(e)).contains(ErrorCategory.USER);
            });
  }
}
