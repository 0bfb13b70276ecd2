package lyceum.cli.model;

import java.net.URI;
import java.util.List;
import java.util.concurrent.Callable;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.cli.command.Lyceum;
import lyceum.cli.outcome.ExitCode;
import lyceum.cli.screen.Screen;
import lyceum.connectors.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lyceum chat}. */
@Command(
    name = "chat",
    description = "Talk to the served model; with words, ask once and print the answer.")
public final class ChatCommand implements Callable<Integer> {
  private final Lyceum lyceum;

  @Parameters(arity = "0..*", paramLabel = "WORDS", description = "What to ask once.")
  private List<String> words = List.of();

  @Option(
      names = "--temperature",
      defaultValue = "0",
      description = "Of sampling; 0 gives the likeliest answer (default ${DEFAULT-VALUE}).")
  private double temperature;

  public ChatCommand(Lyceum lyceum) {
    this.lyceum = lyceum;
  }

  @Override
  public Integer call() {
    Chat chat = open(lyceum, temperature);
    if (words.isEmpty()) {
      chat.talk();
    } else {
      chat.say(String.join(" ", words), piece -> lyceum.screen().out().print(Screen.safe(piece)));
      lyceum.screen().out().println();
    }
    return ExitCode.OK.status();
  }

  /** A conversation with whatever serves now. */
  static Chat open(Lyceum lyceum, double temperature) {
    Settings settings = lyceum.settings();
    ChatClient client =
        new ChatClient(
            URI.create("http://" + settings.servingHost() + ":" + settings.servingPort() + "/v1"));
    String model =
        client
            .model()
            .orElseThrow(
                () ->
                    new RequestFailure(
                        Outcome.NOT_FOUND,
                        "No model is served yet. A finished run puts one there: lyceum run start tiny --watch; or lyceum model promote LINE VERSION."));
    return new Chat(client, model, temperature, lyceum.screen());
  }

  /** Talks on the terminal; for verbs that end in a conversation. */
  public static void talk(Lyceum lyceum) {
    open(lyceum, 0).talk();
  }
}
