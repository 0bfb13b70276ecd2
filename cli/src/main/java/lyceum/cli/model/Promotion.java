package lyceum.cli.model;

import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import java.util.List;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.CommandFailure;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.run.TemporalConnection;
import lyceum.cli.screen.Screen;
import lyceum.contracts.Failures;
import lyceum.contracts.TaskQueues;
import lyceum.contracts.deployment.PromotionWorkflow;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionRequest;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionResult;

/** Moves a model line to a version through the line's one workflow. */
final class Promotion {
  // What every assistant can be asked; that it answers at all is what is checked.
  private static final List<String> SMOKE_PROMPTS = List.of("Hello!");

  private Promotion() {}

  static int run(Lyceum lyceum, String line, int version, String reason) {
    try (TemporalConnection connection = TemporalConnection.open(lyceum.settings()).check()) {
      PromotionWorkflow promotion =
          connection
              .client()
              .newWorkflowStub(
                  PromotionWorkflow.class,
                  WorkflowOptions.newBuilder()
                      .setWorkflowId(PromotionWorkflow.workflowId(line))
                      .setTaskQueue(TaskQueues.WORKFLOWS)
                      .setWorkflowIdReusePolicy(
                          WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
                      .setWorkflowIdConflictPolicy(
                          WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
                      .build());
      lyceum
          .screen()
          .say(
              "Serving version "
                  + version
                  + " of "
                  + line
                  + ", asking it, then moving the alias champion");
      try {
        PromotionResult result =
            promotion.run(
                new PromotionRequest(line, version, SMOKE_PROMPTS, lyceum.user(), reason));
        result
            .smoke()
            .forEach(
                answer ->
                    lyceum
                        .screen()
                        .say("  " + answer.prompt() + " -> " + Screen.safe(answer.answer())));
        lyceum
            .screen()
            .say(
                "Version "
                    + result.version()
                    + " of "
                    + line
                    + " serves at "
                    + result.endpoint()
                    + (result.previousVersion() > 0 && result.previousVersion() != result.version()
                        ? "; before it was version " + result.previousVersion() + "."
                        : "."));
        return ExitCode.OK.status();
      } catch (WorkflowExecutionAlreadyStarted e) {
        throw new CommandFailure(
            ExitCode.CONFLICT,
            "Another promotion of " + line + " runs just now. Wait until it is done.",
            e);
      } catch (WorkflowFailedException e) {
        throw new CommandFailure(
            ExitCode.REFUSED,
            e.getCause() == null ? String.valueOf(e.getMessage()) : Failures.reason(e.getCause()),
            e);
      }
    }
  }
}
