package lyceum.workflows;

import io.temporal.worker.Worker;
import io.temporal.worker.WorkflowImplementationOptions;
import lyceum.core.LyceumException;
import lyceum.workflows.alignment.AlignmentWorkflowImpl;
import lyceum.workflows.corpus.CorpusWorkflowImpl;
import lyceum.workflows.curation.CurationWorkflowImpl;
import lyceum.workflows.deployment.DeploymentWorkflowImpl;
import lyceum.workflows.deployment.PromotionWorkflowImpl;
import lyceum.workflows.distillation.DistillationWorkflowImpl;
import lyceum.workflows.evaluation.EvaluationWorkflowImpl;
import lyceum.workflows.finetuning.FinetuningWorkflowImpl;
import lyceum.workflows.lifecycle.LifecycleWorkflowImpl;
import lyceum.workflows.notification.NotificationWorkflowImpl;
import lyceum.workflows.pretraining.PretrainingWorkflowImpl;
import lyceum.workflows.schedule.LaunchWorkflowImpl;
import lyceum.workflows.tokenizer.TokenizerWorkflowImpl;

/** Every workflow, for the worker that runs them and the tests that replay them. */
public final class Workflows {
  private Workflows() {}

  /**
   * The implementations, parent first, then the stages in order, then promotion, news, curation and
   * what schedules start.
   */
  public static Class<?>[] implementations() {
    return new Class<?>[] {
      LifecycleWorkflowImpl.class,
      CorpusWorkflowImpl.class,
      TokenizerWorkflowImpl.class,
      PretrainingWorkflowImpl.class,
      FinetuningWorkflowImpl.class,
      AlignmentWorkflowImpl.class,
      EvaluationWorkflowImpl.class,
      DistillationWorkflowImpl.class,
      DeploymentWorkflowImpl.class,
      PromotionWorkflowImpl.class,
      NotificationWorkflowImpl.class,
      CurationWorkflowImpl.class,
      LaunchWorkflowImpl.class
    };
  }

  /**
   * Registers all of them; a refusal of a value then fails a workflow instead of leaving it stuck.
   */
  public static void register(Worker worker) {
    worker.registerWorkflowImplementationTypes(
        WorkflowImplementationOptions.newBuilder()
            .setFailWorkflowExceptionTypes(LyceumException.class)
            .build(),
        implementations());
  }
}
