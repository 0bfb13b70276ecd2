package lyceum.cli.screen;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import lyceum.contracts.Payloads;
import lyceum.core.LyceumException;

/** Data for programs. */
public final class Json {
  private static final ObjectWriter WRITER = Payloads.mapper().writerWithDefaultPrettyPrinter();

  private Json() {}

  public static void print(Screen screen, Object value) {
    screen.out().println(text(value));
  }

  public static String text(Object value) {
    try {
      return WRITER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw LyceumException.internal("Cannot write " + value.getClass().getName() + " as JSON.", e);
    }
  }
}
