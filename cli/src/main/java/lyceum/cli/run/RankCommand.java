package lyceum.cli.run;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.ranking.Pair;
import lyceum.application.ranking.Rankings;
import lyceum.application.run.Runs;
import lyceum.application.temporal.TemporalConnection;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Keys;
import lyceum.cli.screen.Screen;
import lyceum.cli.screen.Style;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.contracts.alignment.RankingStatus;
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

  @Override
  public Integer call() throws IOException {
    String name = rater.isBlank() ? lyceum.user() : rater;
    Screen screen = lyceum.screen();
    try (TemporalConnection connection = lyceum.connect()) {
      Runs runs = new Runs(connection);
      Rankings rankings = new Rankings(runs, new MinioArtifactStore(lyceum.settings().storage()));
      String id = run.isEmpty() ? rankings.waiting() : runs.resolve(run);
      RankingStatus status = rankings.status(id);
      List<Pair> pairs = rankings.pairs(id, status);
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
          Answer outcome = rank(rankings, id, pair, name, status, keys);
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

  private record Answer(boolean stop, boolean counted, RankingStatus status) {}

  private Answer rank(
      Rankings rankings, String id, Pair pair, String name, RankingStatus status, Keys keys)
      throws IOException {
    Screen screen = lyceum.screen();
    screen.out().println();
    screen
        .out()
        .println(
            screen.style(
                    Style.DIM,
                    String.format(Locale.ROOT, "[%d/%d]", status.ranked(), status.needed()))
                + "  "
                + screen.style(Style.BOLD, pair.prompt()));
    screen.out().println("  1  " + shown(pair.left(name)));
    screen.out().println("  2  " + shown(pair.right(name)));
    while (true) {
      char key = keys.next("12tsq");
      switch (key) {
        case 'q' -> {
          return new Answer(true, false, status);
        }
        case 's' -> {
          return new Answer(false, false, status);
        }
        default -> {
          try {
            return new Answer(false, true, rankings.rank(id, pair, name, preference(key)));
          } catch (RequestFailure e) {
            if (e.outcome() != Outcome.REFUSED) {
              throw e;
            }
            // Ranked by this rater before: the next pair is asked for.
            screen.say("  " + e.getMessage());
            return new Answer(false, false, status);
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

  private static Pair.Preference preference(char key) {
    return switch (key) {
      case '1' -> Pair.Preference.LEFT;
      case '2' -> Pair.Preference.RIGHT;
      case 't' -> Pair.Preference.TIE;
      default -> throw new IllegalArgumentException("not a key for a choice: " + key);
    };
  }
}
