package lyceum.cli.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.CommandFailure;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Keys;
import lyceum.cli.screen.Screen;
import lyceum.cli.screen.Style;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.contracts.Payloads;
import lyceum.contracts.alignment.AlignmentWorkflow;
import lyceum.contracts.alignment.Ranking;
import lyceum.contracts.alignment.RankingStatus;
import lyceum.core.LyceumException;
import lyceum.core.Stage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lyceum rank}. */
@Command(
    name = "rank",
    description = {
      "Compare two answers at a time, without knowing which is which.",
      "Keys: 1 or 2 the better answer, t neither, s skip, q stop. Every choice counts at once."
    })
public final class RankCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "RUN",
      description = "Id of a run; may be left out when one alone waits.")
  private String run = "";

  @Option(
      names = "--rater",
      defaultValue = "",
      description = "Under whose name (default: the user's).")
  private String rater = "";

  public RankCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  /** One pair as the stage keeps it. */
  record Pair(int number, String prompt, String first, String second) {
    /**
     * Whether this rater sees the second answer on top; the same every time, and as often so as
     * not.
     */
    boolean isSwapped(String rater) {
      return Ranked.coin(rater, number);
    }
  }

  @Override
  public Integer call() throws IOException {
    String name = rater.isBlank() ? lyceum.user() : rater;
    Screen screen = lyceum.screen();
    try (TemporalConnection connection = TemporalConnection.open(lyceum.settings()).check()) {
      Runs runs = new Runs(connection);
      String id = run.isEmpty() ? runs.waitingAt(Stage.ALIGNMENT, "rankings") : runs.resolve(run);
      AlignmentWorkflow desk = runs.stage(AlignmentWorkflow.class, id, Stage.ALIGNMENT);
      RankingStatus status = runs.ask(desk::rankings);
      List<Pair> pairs = pairs(status, id);
      screen.say(
          "Run "
              + id
              + ": "
              + status.ranked()
              + " of "
              + status.needed()
              + " pairs ranked that are needed, "
              + status.pairCount()
              + " in all. You rank as "
              + name
              + ".");
      screen.say("1 or 2: the better answer   t: neither   s: skip   q: stop");
      try (Keys keys = Keys.open(screen)) {
        int taken = 0;
        for (Pair pair : pairs) {
          Outcome outcome = rank(runs, desk, pair, name, status, keys);
          if (outcome.stop()) {
            break;
          }
          if (outcome.counted()) {
            taken++;
            status = outcome.status();
          }
          if (!status.open() || status.ranked() >= status.needed()) {
            screen.say("Enough pairs are ranked; the stage goes on.");
            break;
          }
        }
        screen.say("Thank you: " + taken + (taken == 1 ? " pair." : " pairs."));
      }
      return ExitCode.OK.status();
    }
  }

  private record Outcome(boolean stop, boolean counted, RankingStatus status) {}

  private Outcome rank(
      Runs runs, AlignmentWorkflow desk, Pair pair, String name, RankingStatus status, Keys keys)
      throws IOException {
    Screen screen = lyceum.screen();
    boolean swapped = pair.isSwapped(name);
    screen.out().println();
    screen
        .out()
        .println(
            screen.style(
                    Style.DIM,
                    String.format(Locale.ROOT, "[%d/%d]", status.ranked(), status.needed()))
                + "  "
                + screen.style(Style.BOLD, pair.prompt()));
    screen.out().println("  1  " + shown(swapped ? pair.second() : pair.first()));
    screen.out().println("  2  " + shown(swapped ? pair.first() : pair.second()));
    while (true) {
      char key = keys.next("12tsq");
      switch (key) {
        case 'q' -> {
          return new Outcome(true, false, status);
        }
        case 's' -> {
          return new Outcome(false, false, status);
        }
        default -> {
          Ranking.Choice choice = Ranked.choice(key, swapped);
          try {
            RankingStatus[] after = new RankingStatus[1];
            runs.update(() -> after[0] = desk.rank(new Ranking(pair.number(), choice, name)));
            return new Outcome(false, true, after[0]);
          } catch (CommandFailure e) {
            if (e.exitCode() != ExitCode.REFUSED) {
              throw e;
            }
            // Ranked by this rater before: the next pair is asked for.
            screen.say("  " + e.getMessage());
            return new Outcome(false, false, status);
          }
        }
      }
    }
  }

  /** An answer as it can stand in a terminal, its lines under each other. */
  private static String shown(String answer) {
    String safe = Screen.safe(answer).strip();
    return safe.isEmpty() ? "(no words)" : safe.replace("\n", "\n     ");
  }

  /** The pairs, those that nobody ranked yet first. */
  private List<Pair> pairs(RankingStatus status, String id) {
    if (!status.open() || status.pairs() == null) {
      throw new CommandFailure(
          ExitCode.TIMED_OUT,
          "The run "
              + id
              + " takes no rankings now. lyceum run get "
              + id
              + " shows where it stands.");
    }
    byte[] bytes = new MinioArtifactStore(lyceum.settings().storage()).get(status.pairs());
    List<Pair> pairs = new ArrayList<>();
    for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
      JsonNode json = Payloads.fromJson(line, JsonNode.class);
      String prompt = json.path("example").path("prompt").asText();
      if (!json.has("number") || prompt.isEmpty()) {
        throw LyceumException.internal(
            "A pair of run " + id + " has no number or no prompt: " + line);
      }
      pairs.add(
          new Pair(
              json.get("number").asInt(),
              prompt,
              json.path("first").asText(),
              json.path("second").asText()));
    }
    Set<Integer> ranked = new HashSet<>(status.rankedPairs());
    pairs.sort(
        Comparator.comparing((Pair pair) -> ranked.contains(pair.number()))
            .thenComparingInt(Pair::number));
    return pairs;
  }
}
