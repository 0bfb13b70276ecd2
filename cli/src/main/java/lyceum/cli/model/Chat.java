package lyceum.cli.model;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import lyceum.cli.screen.Screen;
import lyceum.cli.screen.Style;
import lyceum.core.LyceumException;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** A conversation with the served model in the terminal. */
final class Chat {
  private final ChatClient client;
  private final String model;
  private final double temperature;
  private final Screen screen;
  private final List<ChatClient.Message> conversation = new ArrayList<>();

  Chat(ChatClient client, String model, double temperature, Screen screen) {
    this.client = client;
    this.model = model;
    this.temperature = temperature;
    this.screen = screen;
  }

  /** Talks until the person leaves. */
  void talk() {
    screen.say("You talk to " + model + ". /reset begins anew, /quit or Ctrl-D ends.");
    if (screen.isInteractive()) {
      talkOnTerminal();
    } else {
      talkThroughPipe();
    }
  }

  private void talkOnTerminal() {
    try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build()) {
      LineReader reader = LineReaderBuilder.builder().terminal(terminal).build();
      reader.option(LineReader.Option.DISABLE_EVENT_EXPANSION, true);
      while (true) {
        String line;
        try {
          line = reader.readLine(screen.colour() ? screen.style(Style.ACCENT, "you> ") : "you> ");
        } catch (EndOfFileException | UserInterruptException e) {
          return;
        }
        if (!take(line, piece -> show(terminal, piece))) {
          return;
        }
      }
    } catch (IOException e) {
      throw LyceumException.internal("The terminal cannot be used: " + e.getMessage(), e);
    }
  }

  private static void show(Terminal terminal, String piece) {
    terminal.writer().print(Screen.safe(piece));
    terminal.writer().flush();
  }

  private void talkThroughPipe() {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (!take(line, this::write)) {
          return;
        }
      }
    } catch (IOException e) {
      throw LyceumException.internal("Standard input cannot be read: " + e.getMessage(), e);
    }
  }

  private void write(String piece) {
    screen.out().print(Screen.safe(piece));
    screen.out().flush();
  }

  /** One line of the person. Returns whether the conversation goes on. */
  private boolean take(String line, Consumer<String> out) {
    String text = line.strip();
    switch (text) {
      case "" -> {
        return true;
      }
      case "/quit", "/exit" -> {
        return false;
      }
      case "/reset" -> {
        conversation.clear();
        screen.say("A new conversation begins.");
        return true;
      }
      default -> {
        if (text.startsWith("/")) {
          screen.say("There is no " + text + ". There are /reset and /quit.");
          return true;
        }
        say(text, out);
        out.accept("\n");
        return true;
      }
    }
  }

  /** Asks and shows the answer; forgets the oldest turns when the context is full. */
  void say(String text, Consumer<String> out) {
    conversation.add(new ChatClient.Message("user", text));
    while (true) {
      try {
        String answer = client.answer(model, conversation, temperature, out);
        conversation.add(new ChatClient.Message("assistant", answer));
        return;
      } catch (ChatClient.TooLong e) {
        if (conversation.size() <= 1) {
          conversation.clear();
          screen.say(String.valueOf(e.getMessage()));
          return;
        }
        // A question and its answer go together.
        conversation.subList(0, Math.min(2, conversation.size() - 1)).clear();
      }
    }
  }
}
