package lyceum.cli.recipe;

import java.util.ArrayList;
import java.util.List;
import lyceum.application.recipe.Plan;
import lyceum.application.text.Amounts;
import lyceum.cli.screen.Table;

/** A plan on the screen. */
public final class PlanText {
  private PlanText() {}

  public static List<String> lines(Plan plan) {
    List<String> lines = new ArrayList<>();
    lines.add(plan.recipe() + " -> " + plan.modelLine() + ", seed " + plan.seed());
    lines.add(
        "model "
            + Amounts.count((double) plan.parameters())
            + " parameters, student "
            + Amounts.count((double) plan.studentParameters())
            + "; pretraining sees "
            + Amounts.count((double) plan.pretrainingTokens())
            + " tokens, finetuning "
            + Amounts.count((double) plan.finetuningTokens()));
    lines.add(
        "a checkpoint takes "
            + Amounts.bytes(plan.checkpointBytes())
            + "; the run writes about "
            + Amounts.bytes(plan.diskBytes()));
    Table table = new Table("STAGE", "OUTLOOK", "WORK");
    plan.stages().forEach(stage -> table.row(stage.stage(), stage.outlook(), stage.work()));
    lines.addAll(table.lines());
    return lines;
  }
}
