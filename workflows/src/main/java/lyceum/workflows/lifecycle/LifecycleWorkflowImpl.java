package lyceum.workflows.lifecycle;

import static lyceum.core.Stage.ALIGNMENT;
import static lyceum.core.Stage.CORPUS;
import static lyceum.core.Stage.DEPLOYMENT;
import static lyceum.core.Stage.DISTILLATION;
import static lyceum.core.Stage.EVALUATION;
import static lyceum.core.Stage.FINETUNING;
import static lyceum.core.Stage.PRETRAINING;
import static lyceum.core.Stage.TOKENIZER;

import io.temporal.failure.TemporalFailure;
import lyceum.contracts.alignment.AlignmentInput;
import lyceum.contracts.alignment.AlignmentRequest;
import lyceum.contracts.alignment.AlignmentResult;
import lyceum.contracts.alignment.AlignmentWorkflow;
import lyceum.contracts.corpus.CorpusInput;
import lyceum.contracts.corpus.CorpusRequest;
import lyceum.contracts.corpus.CorpusResult;
import lyceum.contracts.corpus.CorpusWorkflow;
import lyceum.contracts.deployment.DeploymentInput;
import lyceum.contracts.deployment.DeploymentRequest;
import lyceum.contracts.deployment.DeploymentResult;
import lyceum.contracts.deployment.DeploymentWorkflow;
import lyceum.contracts.distillation.DistillationInput;
import lyceum.contracts.distillation.DistillationRequest;
import lyceum.contracts.distillation.DistillationResult;
import lyceum.contracts.distillation.DistillationWorkflow;
import lyceum.contracts.evaluation.EvaluationInput;
import lyceum.contracts.evaluation.EvaluationRequest;
import lyceum.contracts.evaluation.EvaluationResult;
import lyceum.contracts.evaluation.EvaluationWorkflow;
import lyceum.contracts.finetuning.FinetuningInput;
import lyceum.contracts.finetuning.FinetuningRequest;
import lyceum.contracts.finetuning.FinetuningResult;
import lyceum.contracts.finetuning.FinetuningWorkflow;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.LifecycleResult;
import lyceum.contracts.lifecycle.LifecycleStatus;
import lyceum.contracts.lifecycle.LifecycleWorkflow;
import lyceum.contracts.lifecycle.PauseRequest;
import lyceum.contracts.lifecycle.StageReport;
import lyceum.contracts.pretraining.PretrainingInput;
import lyceum.contracts.pretraining.PretrainingRequest;
import lyceum.contracts.pretraining.PretrainingResult;
import lyceum.contracts.pretraining.PretrainingWorkflow;
import lyceum.contracts.tokenizer.TokenizerInput;
import lyceum.contracts.tokenizer.TokenizerRequest;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.contracts.tokenizer.TokenizerWorkflow;
import lyceum.core.recipe.Recipe;

/** A model's whole life; {@link #live} is its table of contents. */
public final class LifecycleWorkflowImpl implements LifecycleWorkflow {
  private final StageRail stages = new StageRail();

  @Override
  public LifecycleResult run(LifecycleRequest request) {
    stages.open(request);
    try {
      return live(request);
    } catch (TemporalFailure e) {
      throw stages.fail(e);
    }
  }

  private LifecycleResult live(LifecycleRequest request) {
    Recipe recipe = request.recipe();
    Feedback feedback = Feedback.of(recipe);

    CorpusResult corpus =
        stages.run(
            CORPUS,
            CorpusWorkflow.class,
            (stage, context) ->
                stage.run(
                    new CorpusRequest(context, new CorpusInput(recipe.corpus(), recipe.seed()))),
            CorpusResult.class);

    TokenizerResult tokens =
        stages.run(
            TOKENIZER,
            TokenizerWorkflow.class,
            (stage, context) ->
                stage.run(
                    new TokenizerRequest(
                        context,
                        new TokenizerInput(
                            recipe.tokenizer(),
                            corpus.trainDocuments(),
                            corpus.validationDocuments(),
                            recipe.pretraining().from()))),
            TokenizerResult.class);

    PretrainingResult base =
        stages.run(
            PRETRAINING,
            PretrainingWorkflow.class,
            (stage, context) ->
                stage.run(new PretrainingRequest(context, PretrainingInput.of(recipe, tokens))),
            PretrainingResult.class);

    FinetuningResult assistant =
        stages.run(
            FINETUNING,
            FinetuningWorkflow.class,
            (stage, context) ->
                stage.run(
                    new FinetuningRequest(
                        context,
                        new FinetuningInput(
                            recipe.finetuning(),
                            recipe.evaluation(),
                            base.trained().model(),
                            tokens,
                            recipe.seed(),
                            feedback.examples()))),
            FinetuningResult.class);

    AlignmentResult aligned =
        stages.run(
            ALIGNMENT,
            AlignmentWorkflow.class,
            (stage, context) ->
                stage.run(
                    new AlignmentRequest(
                        context,
                        new AlignmentInput(
                            recipe.alignment(),
                            recipe.evaluation(),
                            assistant.trained().model(),
                            assistant.chats(),
                            tokens,
                            recipe.seed(),
                            feedback.ranking()))),
            AlignmentResult.class);

    EvaluationResult evaluation =
        stages.run(
            EVALUATION,
            EvaluationWorkflow.class,
            (stage, context) ->
                stage.run(
                    new EvaluationRequest(
                        context,
                        new EvaluationInput(
                            recipe.evaluation(),
                            Candidates.models(base, assistant, aligned),
                            Candidates.baselines(base),
                            assistant.chats(),
                            tokens))),
            EvaluationResult.class);

    DistillationResult student =
        stages.run(
            DISTILLATION,
            DistillationWorkflow.class,
            (stage, context) ->
                stage.run(
                    new DistillationRequest(
                        context,
                        new DistillationInput(
                            recipe.distillation(),
                            recipe.evaluation(),
                            aligned.trained().model(),
                            assistant.chats(),
                            tokens,
                            recipe.seed()))),
            DistillationResult.class);

    DeploymentInput candidate =
        new Candidates(base, assistant, aligned, evaluation, student)
            .putForward(recipe, corpus, tokens, stages.keys());
    DeploymentResult deployment =
        stages.run(
            DEPLOYMENT,
            DeploymentWorkflow.class,
            (stage, context) -> stage.run(new DeploymentRequest(context, candidate)),
            DeploymentResult.class);

    LifecycleResult result =
        new LifecycleResult(
            request.runId(),
            stages.trackingRunId(),
            deployment.modelLine(),
            deployment.version(),
            deployment.endpoint(),
            evaluation.report());
    stages.close(result, candidate.scores());
    return result;
  }

  @Override
  public LifecycleStatus status() {
    return stages.status();
  }

  @Override
  public void report(StageReport report) {
    stages.report(report);
  }

  @Override
  public void pause(PauseRequest request) {
    stages.pause(request);
  }

  @Override
  public void validatePause(PauseRequest request) {
    stages.validatePause();
  }

  @Override
  public void resume(PauseRequest request) {
    stages.resume(request);
  }

  @Override
  public void validateResume(PauseRequest request) {
    stages.validateResume();
  }
}
