package lyceum.workflows.curation;

import io.temporal.workflow.Functions;
import io.temporal.workflow.Workflow;
import lyceum.contracts.curation.CurationActivities;
import lyceum.contracts.curation.CurationActivities.CurateRequest;
import lyceum.contracts.curation.CurationActivities.Curated;
import lyceum.contracts.curation.CurationActivities.PublishRequest;
import lyceum.contracts.curation.CurationActivities.Selection;
import lyceum.contracts.curation.CurationWorkflow;
import lyceum.contracts.curation.FeedbackSet;
import lyceum.contracts.schedule.ScheduleEvent;
import lyceum.workflows.schedule.Bell;
import lyceum.workflows.stage.ActivityProfiles;
import lyceum.workflows.stage.Attempts;

/** Select, curate, publish; then tell the schedules that wait for the data set. */
public final class CurationWorkflowImpl implements CurationWorkflow {
  @Override
  public CurationResult run(CurationRequest request) {
    String line = request.modelLine();
    Selection selection = step("Select new feedback on " + line, a -> a.select(line));
    Curated curated =
        step(
            "Curate " + selection.fresh() + " new documents",
            a -> a.curate(new CurateRequest(line, selection)));
    CurationResult result =
        step("Publish", a -> a.publish(new PublishRequest(line, selection, curated)));
    FeedbackSet set = result.set();
    if (result.isNew() && set != null) {
      Bell.ring(ScheduleEvent.ofDataset(set.name(), set.version()));
    }
    return result;
  }

  private static <T> T step(String summary, Functions.Func1<CurationActivities, T> call) {
    return Attempts.of(
        () ->
            call.apply(
                Workflow.newActivityStub(
                    CurationActivities.class, ActivityProfiles.dataStep(summary))));
  }
}
