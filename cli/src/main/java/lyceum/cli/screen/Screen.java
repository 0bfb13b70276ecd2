package lyceum.cli.screen;

import java.io.PrintStream;
import java.util.Map;

/**
 * Where the command writes: data to {@code out}, everything a person watches to {@code err}.
 *
 * @param outIsTerminal whether a person reads {@code out} as it is written
 * @param errIsTerminal whether lines on {@code err} can be redrawn
 * @param inIsTerminal whether a person can be asked
 * @param colour whether styles are written
 * @param width columns
 */
public record Screen(
    PrintStream out,
    PrintStream err,
    boolean outIsTerminal,
    boolean errIsTerminal,
    boolean inIsTerminal,
    boolean colour,
    int width) {
  private static final int PLAIN_WIDTH = 100;

  /**
   * The screen of this process. The launcher tells by {@code -Dlyceum.terminals} (for example
   * {@code 012}) which of the standard streams are terminals, since Java cannot ask for each.
   */
  public static Screen ofProcess(Map<String, String> environment) {
    String terminals = System.getProperty("lyceum.terminals", "");
    boolean out = terminals.contains("1");
    boolean err = terminals.contains("2");
    boolean colour =
        err
            && environment.getOrDefault("NO_COLOR", "").isEmpty()
            && !"dumb".equals(environment.getOrDefault("TERM", "dumb"));
    return new Screen(
        System.out, System.err, out, err, terminals.contains("0"), colour, width(environment));
  }

  private static int width(Map<String, String> environment) {
    String columns = System.getProperty("lyceum.columns", environment.getOrDefault("COLUMNS", ""));
    return columns.matches("[1-9][0-9]{1,3}") ? Integer.parseInt(columns) : PLAIN_WIDTH;
  }

  /** The same screen for what goes to {@code out}: without styles where that is no terminal. */
  public Screen forData() {
    return new Screen(
        out, err, outIsTerminal, errIsTerminal, inIsTerminal, colour && outIsTerminal, width);
  }

  /** Text that a model wrote, without the control characters that would steer the terminal. */
  public static String safe(String text) {
    return text.replaceAll("[\\p{Cntrl}&&[^\n\t]]", "\uFFFD");
  }

  /** Whether someone can be asked and will see the question. */
  public boolean isInteractive() {
    return inIsTerminal && outIsTerminal;
  }

  /** One line for a person. */
  public void say(String line) {
    err.println(line);
  }

  public String style(Style style, String text) {
    return colour ? style.code() + text + Style.RESET : text;
  }
}
