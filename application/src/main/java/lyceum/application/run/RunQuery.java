package lyceum.application.run;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lyceum.contracts.SearchKeys;
import lyceum.contracts.lifecycle.StageState;
import lyceum.core.LyceumException;
import lyceum.core.Stage;

/**
 * Which runs are looked for; an empty text stands for any.
 *
 * @param stage noun of the stage it has come to
 * @param prefix how the run's id begins
 * @param from earliest start
 * @param to latest start
 */
public record RunQuery(
    Optional<RunState> state,
    String stage,
    String recipe,
    String line,
    String user,
    String prefix,
    Optional<Instant> from,
    Optional<Instant> to) {
  /** All runs. */
  public static final RunQuery ALL =
      new RunQuery(Optional.empty(), "", "", "", "", "", Optional.empty(), Optional.empty());

  public RunQuery {
    for (String value : List.of(stage, recipe, line, user, prefix)) {
      if (value.matches("(?s).*['\"\\\\\\p{Cntrl}].*")) {
        throw LyceumException.user(
            "Runs cannot be looked up by '" + value + "': quotes and back-slashes are in no name.");
      }
    }
  }

  /** Runs in this state. */
  public static RunQuery in(RunState state) {
    return of(Optional.of(state), "", "");
  }

  /** Runs that wait for people at this stage. */
  public static RunQuery waitingAt(Stage stage) {
    return of(Optional.of(RunState.WAITING), stage.noun(), "");
  }

  /** Runs whose id begins so. */
  static RunQuery beginning(String prefix) {
    return of(Optional.empty(), "", prefix);
  }

  private static RunQuery of(Optional<RunState> state, String stage, String prefix) {
    return new RunQuery(state, stage, "", "", "", prefix, Optional.empty(), Optional.empty());
  }

  /** The query in the language of Temporal's visibility store. */
  String text() {
    List<String> parts = new ArrayList<>();
    parts.add("WorkflowType = 'LifecycleWorkflow'");
    state.ifPresent(wanted -> parts.add(text(wanted)));
    equal(parts, SearchKeys.STAGE.getName(), stage);
    equal(parts, SearchKeys.RECIPE.getName(), recipe);
    equal(parts, SearchKeys.MODEL_LINE.getName(), line);
    equal(parts, SearchKeys.REQUESTED_BY.getName(), user);
    if (!prefix.isEmpty()) {
      parts.add("WorkflowId STARTS_WITH '" + prefix + "'");
    }
    from.ifPresent(time -> parts.add("StartTime >= '" + time + "'"));
    to.ifPresent(time -> parts.add("StartTime <= '" + time + "'"));
    return String.join(" AND ", parts);
  }

  private static void equal(List<String> parts, String key, String value) {
    if (!value.isEmpty()) {
      parts.add(key + " = '" + value + "'");
    }
  }

  private static String text(RunState state) {
    String status = SearchKeys.STATUS.getName();
    return switch (state) {
      case RUNNING ->
          "ExecutionStatus = 'Running' AND "
              + status
              + " != '"
              + StageState.WAITING
              + "' AND "
              + status
              + " != '"
              + StageState.PAUSED
              + "'";
      case WAITING ->
          "ExecutionStatus = 'Running' AND " + status + " = '" + StageState.WAITING + "'";
      case PAUSED -> "ExecutionStatus = 'Running' AND " + status + " = '" + StageState.PAUSED + "'";
      case DONE -> "ExecutionStatus = 'Completed'";
      case FAILED -> "ExecutionStatus IN ('Failed', 'TimedOut')";
      case CANCELLED -> "ExecutionStatus IN ('Canceled', 'Terminated')";
    };
  }
}
