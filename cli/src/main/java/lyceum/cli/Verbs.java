package lyceum.cli;

import lyceum.cli.bench.BenchCommand;
import lyceum.cli.command.Lyceum;
import lyceum.cli.model.ChatCommand;
import lyceum.cli.model.DatasetCommand;
import lyceum.cli.model.EvalCommand;
import lyceum.cli.model.ModelCommand;
import lyceum.cli.plan.PlanCommand;
import lyceum.cli.recipe.RecipeCommand;
import lyceum.cli.run.DecisionCommand;
import lyceum.cli.run.DrillCommand;
import lyceum.cli.run.RankCommand;
import lyceum.cli.run.RunCommand;
import lyceum.cli.schedule.ScheduleCommand;
import lyceum.cli.server.BackupCommand;
import lyceum.cli.server.DoctorCommand;
import lyceum.cli.server.DownCommand;
import lyceum.cli.server.LogsCommand;
import lyceum.cli.server.RestoreCommand;
import lyceum.cli.server.StatusCommand;
import lyceum.cli.server.TestProgramsCommand;
import lyceum.cli.server.UpCommand;
import picocli.CommandLine;

/** All verbs, in the order in which help lists them. */
final class Verbs {
  private Verbs() {}

  static void addTo(CommandLine line, Lyceum lyceum) {
    line.addSubcommand(new QuickstartCommand(lyceum));
    line.addSubcommand(RunCommand.with(lyceum));
    line.addSubcommand(new RankCommand(lyceum));
    CommandLine approve = new CommandLine(new DecisionCommand(lyceum, true));
    approve
        .getCommandSpec()
        .usageMessage()
        .description("Say yes to the version that waits for a decision.");
    line.addSubcommand("approve", approve);
    CommandLine reject = new CommandLine(new DecisionCommand(lyceum, false));
    reject
        .getCommandSpec()
        .usageMessage()
        .description("Say no to the version that waits for a decision.");
    line.addSubcommand("reject", reject);
    line.addSubcommand(new ChatCommand(lyceum));
    line.addSubcommand(ModelCommand.with(lyceum));
    line.addSubcommand(EvalCommand.with(lyceum));
    line.addSubcommand(DatasetCommand.with(lyceum));
    line.addSubcommand(ScheduleCommand.with(lyceum));
    line.addSubcommand(RecipeCommand.with(lyceum));
    line.addSubcommand(new PlanCommand(lyceum));
    line.addSubcommand(new UpCommand(lyceum));
    line.addSubcommand(new StatusCommand(lyceum));
    line.addSubcommand(new DoctorCommand(lyceum));
    line.addSubcommand(new LogsCommand(lyceum));
    line.addSubcommand(new DownCommand(lyceum));
    line.addSubcommand(new BackupCommand(lyceum));
    line.addSubcommand(new RestoreCommand(lyceum));
    line.addSubcommand(DrillCommand.with(lyceum));
    line.addSubcommand(BenchCommand.with(lyceum));
    line.addSubcommand(new CompletionCommand(lyceum));
    line.addSubcommand(new VersionCommand(lyceum));
    line.addSubcommand(new HelpCommand(lyceum));
    line.addSubcommand(new WarmUpCommand(lyceum));
    line.addSubcommand(new TestProgramsCommand(lyceum));
  }
}
