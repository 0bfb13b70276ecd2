package lyceum.cli.schedule;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.recipe.Door;
import lyceum.application.schedule.ScheduleChange;
import lyceum.application.schedule.ScheduleRequest;
import lyceum.application.schedule.ScheduleView;
import lyceum.application.schedule.Schedules;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import lyceum.cli.command.OutputOption;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Json;
import lyceum.cli.screen.Steps;
import lyceum.cli.screen.Table;
import lyceum.connectors.recipe.RecipeReader;
import lyceum.connectors.settings.Settings;
import lyceum.core.WebhookSignature;
import lyceum.core.recipe.Recipe;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lyceum schedule ...}. */
@Command(name = "schedule", description = "Start runs and curations by time, by event and by hand.")
public final class ScheduleCommand implements Runnable {
  private static final Pattern SPAN = Pattern.compile("([0-9]{1,6})(s|m|min|h|d)");

  // Picocli puts the real one here.
  @Spec private CommandSpec spec = CommandSpec.create();

  /** The verb with all its own verbs. */
  public static CommandLine with(Lyceum lyceum) {
    CommandLine line =
        new CommandLine(new ScheduleCommand())
            .addSubcommand(new CreateCommand(lyceum))
            .addSubcommand(new ListCommand(lyceum))
            .addSubcommand(new ChangeCommand(lyceum))
            .addSubcommand(new BackfillCommand(lyceum));
    one(line, lyceum, "get", "Show a schedule: its next starts and its last ones.", Schedules::get);
    one(
        line,
        lyceum,
        "trigger",
        "Start it now, under its overlap policy.",
        (schedules, name) -> schedules.trigger(name));
    noted(line, lyceum, "pause", "Let it start nothing until it is unpaused.", Schedules::pause);
    noted(line, lyceum, "unpause", "Let it start again.", Schedules::unpause);
    line.addSubcommand(new DeleteCommand(lyceum));
    return line;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private interface Act {
    ScheduleView on(Schedules schedules, String name);
  }

  private interface NotedAct {
    ScheduleView on(Schedules schedules, String name, String by, String reason);
  }

  private static void one(CommandLine line, Lyceum lyceum, String verb, String text, Act act) {
    add(line, verb, text, new OneCommand(lyceum, act));
  }

  private static void noted(
      CommandLine line, Lyceum lyceum, String verb, String text, NotedAct act) {
    add(line, verb, text, new NotedCommand(lyceum, act));
  }

  private static void add(CommandLine line, String verb, String text, Object command) {
    CommandLine child = new CommandLine(command);
    child.getCommandSpec().usageMessage().description(text);
    line.addSubcommand(verb, child);
  }

  private static <T> T with(Lyceum lyceum, java.util.function.Function<Schedules, T> work) {
    Settings settings = lyceum.settings();
    try (TemporalConnection connection = lyceum.connect(settings)) {
      return work.apply(new Schedules(connection, settings.triggersSecret(), Clock.systemUTC()));
    }
  }

  private static int show(Lyceum lyceum, OutputOption output, ScheduleView schedule) {
    if (output.isJson()) {
      Json.print(lyceum.screen(), schedule);
      return ExitCode.OK.status();
    }
    table(List.of(schedule)).print(lyceum.screen());
    Table starts = new Table("START (UTC)", "WORKFLOW");
    schedule.recent().forEach(start -> starts.row(text(start.scheduledAt()), start.workflowId()));
    schedule.next().forEach(next -> starts.row(text(next), "-"));
    starts.print(lyceum.screen());
    return ExitCode.OK.status();
  }

  private static Table table(List<ScheduleView> schedules) {
    Table table = new Table("NAME", "STARTS", "WHEN", "NEXT (UTC)", "STATE", "STARTED", "NOTE");
    for (ScheduleView each : schedules) {
      table.row(
          each.name(),
          each.recipe().isEmpty() ? "curation of " + each.modelLine() : each.recipe(),
          each.when(),
          each.next().isEmpty() || each.paused() ? "-" : text(each.next().getFirst()),
          each.paused() ? "paused" : each.running().isEmpty() ? "waiting" : "running",
          Long.toString(each.starts()),
          each.note());
    }
    return table;
  }

  private static String text(Instant instant) {
    return instant.toString().replace('T', ' ').replaceFirst("(:\\d\\d)(\\.\\d+)?Z$", "$1");
  }

  /** A span such as {@code 90s}, {@code 15m}, {@code 6h}, {@code 1d}. */
  static Duration span(String option, String text) {
    Matcher matcher = SPAN.matcher(text);
    if (!matcher.matches()) {
      throw new RequestFailure(
          Outcome.INVALID, option + " '" + text + "' is no span such as 15m, 6h or 1d.");
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(count);
      case "h" -> Duration.ofHours(count);
      case "d" -> Duration.ofDays(count);
      default -> Duration.ofMinutes(count);
    };
  }

  private static Instant instant(String option, String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new RequestFailure(
          Outcome.INVALID,
          option + " '" + text + "' is no moment such as 2026-11-28T02:00:00Z.",
          e);
    }
  }

  @Command(
      name = "create",
      description =
          "Make a schedule of a recipe, or with --curation of a model line's feedback. Its recipe and sources are checked now.")
  private static final class CreateCommand implements Callable<Integer> {
    private final Lyceum lyceum;

    @Parameters(index = "0", paramLabel = "NAME", description = "Its name.")
    private String name = "";

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "RECIPE",
        description = "Name of a recipe, or a file.")
    private String recipeName = "";

    @Option(
        names = "--curation",
        defaultValue = "",
        paramLabel = "LINE",
        description = "Curate what people said of this model line, instead of running a recipe.")
    private String curation = "";

    @Option(
        names = "--set",
        paramLabel = "KEY=VALUE",
        description = "Override a value of the recipe. May be repeated.")
    private List<String> overrides = List.of();

    @Option(
        names = "--cron",
        defaultValue = "",
        description = "Minute, hour, day, month, weekday; for example '0 2 * * 1-5'.")
    private String cron = "";

    @Option(names = "--every", defaultValue = "", description = "A span: 15m, 6h, 1d.")
    private String every = "";

    @Option(
        names = "--on",
        defaultValue = "",
        description = "An event: dataset:NAME, alias:LINE/ALIAS or webhook.")
    private String on = "";

    @Option(names = "--zone", defaultValue = "UTC", description = "Of --cron (${DEFAULT-VALUE}).")
    private ZoneId zone = ZoneId.of("UTC");

    @Option(
        names = "--overlap",
        defaultValue = "SKIP",
        description =
            "When the last start has not ended: ${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE}).")
    private ScheduleRequest.Overlap overlap = ScheduleRequest.Overlap.SKIP;

    @Option(
        names = "--catchup",
        defaultValue = "1h",
        description = "Starts missed for no longer than this are made up for (${DEFAULT-VALUE}).")
    private String catchup = "";

    @Option(names = "--pause-on-failure", description = "Pause when a start fails.")
    private boolean pauseOnFailure;

    @Option(names = "--fresh", description = "Run every stage even where its result is on hand.")
    private boolean fresh;

    @Option(names = "--paused", description = "Make it paused.")
    private boolean paused;

    @Option(names = "--note", defaultValue = "", description = "Shown in the list.")
    private String note = "";

    @Option(names = "--no-check", description = "Do not fetch the recipe's sources now.")
    private boolean noCheck;

    @Mixin private OutputOption output = new OutputOption();

    CreateCommand(Lyceum lyceum) {
      this.lyceum = lyceum;
    }

    @Override
    public Integer call() {
      if (recipeName.isEmpty() == curation.isEmpty()) {
        throw new RequestFailure(Outcome.INVALID, "Name a recipe, or a line with --curation.");
      }
      Optional<Recipe> recipe =
          recipeName.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  new RecipeReader(lyceum.install().resolve("recipes"))
                      .read(recipeName, overrides));
      ScheduleRequest request =
          new ScheduleRequest(
              name,
              recipe,
              recipe.map(Recipe::modelLine).orElse(curation),
              given(cron),
              given(every).map(text -> span("--every", text)),
              given(on).map(event -> event.equals("webhook") ? "webhook:" + name : event),
              zone,
              overlap,
              span("--catchup", catchup),
              pauseOnFailure,
              fresh,
              paused,
              note,
              lyceum.user());
      if (recipe.isPresent() && !noCheck) {
        Door door = new Door(lyceum.settings());
        door.checkDisk(recipe.get());
        try (Steps steps = new Steps(lyceum.screen())) {
          door.checkSources(recipe.get(), steps);
        }
      }
      return with(
          lyceum,
          schedules -> {
            ScheduleView made = schedules.create(request);
            if (made.on().startsWith("webhook:")) {
              lyceum
                  .screen()
                  .say(
                      "Sign requests to /api/v1/webhooks/"
                          + name
                          + " with "
                          + schedules.webhookSecret(name)
                          + " in "
                          + WebhookSignature.HEADER);
            }
            return show(lyceum, output, made);
          });
    }

    private static Optional<String> given(String text) {
      return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }
  }

  @Command(
      name = "change",
      description =
          "Change its times, policies or note; what it starts and what it waits for stay.")
  private static final class ChangeCommand implements Callable<Integer> {
    private final Lyceum lyceum;

    @Parameters(index = "0", paramLabel = "NAME", description = "A schedule.")
    private String name = "";

    @Option(names = "--cron", description = "Minute, hour, day, month, weekday.")
    private Optional<String> cron = Optional.empty();

    @Option(names = "--every", description = "A span: 15m, 6h, 1d.")
    private Optional<String> every = Optional.empty();

    @Option(names = "--zone", description = "Of --cron.")
    private Optional<ZoneId> zone = Optional.empty();

    @Option(
        names = "--overlap",
        description = "When the last start has not ended: ${COMPLETION-CANDIDATES}.")
    private Optional<ScheduleRequest.Overlap> overlap = Optional.empty();

    @Option(names = "--catchup", description = "Starts missed for no longer are made up for.")
    private Optional<String> catchup = Optional.empty();

    @Option(names = "--pause-on-failure", arity = "1", description = "true or false.")
    private Optional<Boolean> pauseOnFailure = Optional.empty();

    @Option(names = "--note", description = "Shown in the list.")
    private Optional<String> note = Optional.empty();

    @Mixin private OutputOption output = new OutputOption();

    ChangeCommand(Lyceum lyceum) {
      this.lyceum = lyceum;
    }

    @Override
    public Integer call() {
      ScheduleChange change =
          new ScheduleChange(
              cron,
              every.map(text -> span("--every", text)),
              zone,
              overlap,
              catchup.map(text -> span("--catchup", text)),
              pauseOnFailure,
              note);
      return with(lyceum, schedules -> show(lyceum, output, schedules.change(name, change)));
    }
  }

  @Command(name = "list", description = "List schedules.")
  private static final class ListCommand implements Callable<Integer> {
    private final Lyceum lyceum;

    @Mixin private OutputOption output = new OutputOption();

    ListCommand(Lyceum lyceum) {
      this.lyceum = lyceum;
    }

    @Override
    public Integer call() {
      List<ScheduleView> schedules = with(lyceum, Schedules::list);
      if (output.isJson()) {
        Json.print(lyceum.screen(), schedules);
      } else {
        table(schedules).print(lyceum.screen());
      }
      return ExitCode.OK.status();
    }
  }

  @Command
  private static final class OneCommand implements Callable<Integer> {
    private final Lyceum lyceum;
    private final Act act;

    @Parameters(index = "0", paramLabel = "NAME", description = "A schedule.")
    private String name = "";

    @Mixin private OutputOption output = new OutputOption();

    OneCommand(Lyceum lyceum, Act act) {
      this.lyceum = lyceum;
      this.act = act;
    }

    @Override
    public Integer call() {
      return with(lyceum, schedules -> show(lyceum, output, act.on(schedules, name)));
    }
  }

  @Command
  private static final class NotedCommand implements Callable<Integer> {
    private final Lyceum lyceum;
    private final NotedAct act;

    @Parameters(index = "0", paramLabel = "NAME", description = "A schedule.")
    private String name = "";

    @Option(names = "--reason", defaultValue = "", description = "Shown as its note.")
    private String reason = "";

    @Mixin private OutputOption output = new OutputOption();

    NotedCommand(Lyceum lyceum, NotedAct act) {
      this.lyceum = lyceum;
      this.act = act;
    }

    @Override
    public Integer call() {
      return with(
          lyceum,
          schedules -> show(lyceum, output, act.on(schedules, name, lyceum.user(), reason)));
    }
  }

  @Command(
      name = "backfill",
      description = "Start it for every time it would have started between two moments.")
  private static final class BackfillCommand implements Callable<Integer> {
    private final Lyceum lyceum;

    @Parameters(index = "0", paramLabel = "NAME", description = "A schedule.")
    private String name = "";

    @Option(names = "--from", required = true, description = "2026-11-01T00:00:00Z")
    private String from = "";

    @Option(names = "--to", required = true, description = "2026-11-08T00:00:00Z")
    private String to = "";

    @Mixin private OutputOption output = new OutputOption();

    BackfillCommand(Lyceum lyceum) {
      this.lyceum = lyceum;
    }

    @Override
    public Integer call() {
      return with(
          lyceum,
          schedules ->
              show(
                  lyceum,
                  output,
                  schedules.backfill(name, instant("--from", from), instant("--to", to))));
    }
  }

  @Command(name = "delete", description = "Delete it; what it has started goes on.")
  private static final class DeleteCommand implements Callable<Integer> {
    private final Lyceum lyceum;

    @Parameters(index = "0", paramLabel = "NAME", description = "A schedule.")
    private String name = "";

    DeleteCommand(Lyceum lyceum) {
      this.lyceum = lyceum;
    }

    @Override
    public Integer call() {
      return with(
          lyceum,
          schedules -> {
            schedules.delete(name);
            lyceum.screen().say("Deleted " + name + ".");
            return ExitCode.OK.status();
          });
    }
  }
}
