package lyceum.cli.run;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import lyceum.application.run.RunEvent;
import lyceum.application.run.Runs;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.core.Stage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lyceum run logs}. */
@Command(
    name = "logs",
    description =
        "Show what happened in a run, step by step, with attempts and failures. The worker's own log: lyceum logs worker.")
final class RunLogsCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Mixin private RunParameter run = new RunParameter();
  @Mixin private OutputOption output = new OutputOption();

  @Option(
      names = "--stage",
      defaultValue = "",
      description = "Only this stage, for example pretraining.")
  private String stage = "";

  RunLogsCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    List<Stage> stages = stage.isEmpty() ? List.of(Stage.values()) : List.of(Stage.ofNoun(stage));
    try (TemporalConnection connection = lyceum.connect()) {
      Runs runs = new Runs(connection);
      String id = run.id(runs);
      List<RunEvent> events = new ArrayList<>();
      stages.forEach(one -> events.addAll(runs.events(id, one)));
      events.sort(Comparator.comparingLong(RunEvent::atMillis));
      if (output.isJson()) {
        Json.print(lyceum.screen(), events);
      } else {
        for (RunEvent event : events) {
          lyceum
              .screen()
              .out()
              .println(
                  String.format(
                      Locale.ROOT,
                      "%s  %-12s  %s",
                      Instant.ofEpochMilli(event.atMillis())
                          .toString()
                          .replaceAll("\\.[0-9]+Z", "Z"),
                      event.stage().noun(),
                      event.what().replaceAll("\\s+", " ")));
        }
      }
      return ExitCode.OK.status();
    }
  }
}
