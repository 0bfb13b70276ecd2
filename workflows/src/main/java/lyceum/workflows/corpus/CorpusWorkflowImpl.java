package lyceum.workflows.corpus;

import io.temporal.workflow.Functions;
import java.util.List;
import lyceum.contracts.corpus.CorpusActivities;
import lyceum.contracts.corpus.CorpusActivities.AssembleRequest;
import lyceum.contracts.corpus.CorpusActivities.CleanRequest;
import lyceum.contracts.corpus.CorpusActivities.CleanedSource;
import lyceum.contracts.corpus.CorpusActivities.FetchedSource;
import lyceum.contracts.corpus.CorpusInput;
import lyceum.contracts.corpus.CorpusRequest;
import lyceum.contracts.corpus.CorpusResult;
import lyceum.contracts.corpus.CorpusWorkflow;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.core.Score;
import lyceum.core.Stage;
import lyceum.core.recipe.SourceSettings;
import lyceum.workflows.stage.StageScript;

/** Fetches and cleans every source side by side, then joins them. */
public final class CorpusWorkflowImpl extends StageScript implements CorpusWorkflow {
  public CorpusWorkflowImpl() {
    super(Stage.CORPUS);
  }

  @Override
  public StageOutcome run(CorpusRequest request) {
    return stage(
        request.context(),
        request.input(),
        CorpusResult.class,
        () -> gather(request.input()),
        CorpusWorkflowImpl::counts);
  }

  private CorpusResult gather(CorpusInput input) {
    List<CleanedSource> cleaned =
        inParallel(
            input.settings().sources().stream()
                .map(source -> (Functions.Func<CleanedSource>) () -> fetchAndClean(source, input))
                .toList());
    return dataStep(
        CorpusActivities.class,
        "Remove duplicates across " + cleaned.size() + " sources and split",
        a -> a.assemble(new AssembleRequest(cleaned, input.settings().validationFraction())));
  }

  private CleanedSource fetchAndClean(SourceSettings source, CorpusInput input) {
    FetchedSource fetched =
        dataStep(CorpusActivities.class, "Fetch " + source.name(), a -> a.fetch(source));
    return dataStep(
        CorpusActivities.class,
        "Clean " + source.name(),
        a -> a.clean(new CleanRequest(fetched, input.settings().quality())));
  }

  private static List<Score> counts(CorpusResult corpus) {
    return List.of(
        new Score("corpus", "documents_read", corpus.documentsRead(), corpus.documentsRead(), 0),
        new Score("corpus", "documents_kept", corpus.documentsKept(), corpus.documentsRead(), 0),
        new Score("corpus", "train_bytes", corpus.trainBytes(), corpus.documentsKept(), 0),
        new Score(
            "corpus", "validation_bytes", corpus.validationBytes(), corpus.documentsKept(), 0));
  }
}
