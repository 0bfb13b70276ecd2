package lyceum.cli.screen;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import lyceum.core.LyceumException;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/** Single keys of a person, without Enter on a terminal; characters of standard input elsewhere. */
public final class Keys implements AutoCloseable {
  private final Reader reader;
  private final @Nullable Terminal terminal;
  private final @Nullable Attributes before;

  private Keys(Reader reader, @Nullable Terminal terminal, @Nullable Attributes before) {
    this.reader = reader;
    this.terminal = terminal;
    this.before = before;
  }

  public static Keys open(Screen screen) {
    if (!screen.isInteractive()) {
      return new Keys(new InputStreamReader(System.in, StandardCharsets.UTF_8), null, null);
    }
    try {
      Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build();
      return new Keys(terminal.reader(), terminal, terminal.enterRawMode());
    } catch (IOException e) {
      throw LyceumException.internal("The terminal cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * The next of the keys that are allowed; others are passed over. At the end of the input, and on
   * Ctrl-C or Ctrl-D, the last of the allowed keys.
   */
  public char next(String allowed) throws IOException {
    while (true) {
      int key = reader.read();
      if (key < 0 || key == 3 || key == 4) {
        return allowed.charAt(allowed.length() - 1);
      }
      char lower = Character.toString(key).toLowerCase(Locale.ROOT).charAt(0);
      if (allowed.indexOf(lower) >= 0) {
        return lower;
      }
    }
  }

  @Override
  public void close() throws IOException {
    if (terminal != null) {
      if (before != null) {
        terminal.setAttributes(before);
      }
      terminal.close();
    }
  }
}
