package lyceum.serving;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes a JSON object (RFC 8259) byte by byte, with fixed text before and after it where there is
 * some, and knows how far it is from its end.
 */
final class JsonMachine {
  private enum State {
    BEFORE,
    VALUE,
    FIRST_ITEM,
    FIRST_KEY,
    KEY,
    COLON,
    AFTER_VALUE,
    STRING,
    ESCAPE,
    HEX,
    MINUS,
    ZERO,
    DIGITS,
    POINT,
    FRACTION,
    EXPONENT,
    EXPONENT_SIGN,
    EXPONENT_DIGITS,
    LITERAL,
    AFTER,
    DONE
  }

  private static final int DEEPEST = 32;

  /** White space in a row: a model that falls silent would go on with it for ever. */
  private static final int MOST_SPACES = 8;

  /** Texts of which one opens; the object follows it. */
  private final List<byte[]> openings;

  private final byte[] closing;

  private State state;

  /** True: an object, false: a list. */
  private final boolean[] stack = new boolean[DEEPEST];

  private int depth;
  private boolean key;
  private int spaces;

  /** What is left of a literal, digits of an escape, or bytes taken of the opening or closing. */
  private int left;

  private byte @Nullable [] literal;

  /**
   * @param openings what may come before the object; one of them does
   * @param closing comes after it
   */
  JsonMachine(List<byte[]> openings, byte[] closing) {
    this.openings = openings;
    this.closing = closing;
    this.state = openings.isEmpty() ? State.VALUE : State.BEFORE;
  }

  /** An object alone. */
  JsonMachine() {
    this(List.of(), new byte[0]);
  }

  JsonMachine copy() {
    JsonMachine copy = new JsonMachine(openings, closing);
    copy.become(this);
    return copy;
  }

  /** Takes over what the other has taken; both were made alike. */
  void become(JsonMachine other) {
    state = other.state;
    System.arraycopy(other.stack, 0, stack, 0, other.depth);
    depth = other.depth;
    key = other.key;
    spaces = other.spaces;
    left = other.left;
    literal = other.literal;
  }

  boolean done() {
    return state == State.DONE;
  }

  /** Fewest bytes to the end. */
  int distance() {
    int open = depth + closing.length;
    return switch (state) {
      case BEFORE ->
          (literal == null ? shortestOpening() : literal.length) - left + 2 + closing.length;
      case VALUE -> (depth == 0 ? 2 : 1) + open;
      case FIRST_ITEM, FIRST_KEY, AFTER_VALUE, ZERO, DIGITS, FRACTION, EXPONENT_DIGITS -> open;
      case KEY -> 4 + open;
      case COLON -> 2 + open;
      case STRING -> (key ? 3 : 1) + open;
      case ESCAPE -> (key ? 4 : 2) + open;
      case HEX -> left + (key ? 3 : 1) + open;
      case MINUS, POINT, EXPONENT, EXPONENT_SIGN -> 1 + open;
      case LITERAL -> left + open;
      case AFTER -> closing.length - left;
      case DONE -> 0;
    };
  }

  private int shortestOpening() {
    return openings.stream().mapToInt(opening -> opening.length).min().orElse(0);
  }

  /** Takes a byte; false, and the machine is of no more use, when it may not come here. */
  boolean accept(byte b) {
    int c = b & 0xFF;
    if (state != State.STRING && state != State.BEFORE && isSpace(c)) {
      return space();
    }
    spaces = 0;
    return switch (state) {
      case BEFORE -> opening(b);
      case VALUE -> value(c);
      case FIRST_ITEM -> c == ']' ? close() : value(c);
      case FIRST_KEY -> c == '}' ? close() : key(c);
      case KEY -> key(c);
      case COLON -> c == ':' && go(State.VALUE);
      case AFTER_VALUE -> afterValue(c);
      case STRING -> string(c);
      case ESCAPE -> escape(c);
      case HEX -> hex(c);
      case MINUS -> c == '0' ? go(State.ZERO) : isDigit(c) && go(State.DIGITS);
      case ZERO -> number(c, false);
      case DIGITS -> number(c, true);
      case POINT -> isDigit(c) && go(State.FRACTION);
      case FRACTION -> isDigit(c) || exponent(c) || afterValue(c);
      case EXPONENT ->
          c == '+' || c == '-' ? go(State.EXPONENT_SIGN) : isDigit(c) && go(State.EXPONENT_DIGITS);
      case EXPONENT_SIGN -> isDigit(c) && go(State.EXPONENT_DIGITS);
      case EXPONENT_DIGITS -> isDigit(c) || afterValue(c);
      case LITERAL -> literal(b);
      case AFTER -> closing(b);
      case DONE -> false;
    };
  }

  private boolean go(State next) {
    state = next;
    return true;
  }

  private static boolean isSpace(int c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private boolean space() {
    if (++spaces > MOST_SPACES) {
      return false;
    }
    return switch (state) {
      case VALUE, FIRST_ITEM, FIRST_KEY, KEY, COLON, AFTER_VALUE -> true;
      // White space ends a number.
      case ZERO, DIGITS, FRACTION, EXPONENT_DIGITS -> go(State.AFTER_VALUE);
      default -> false;
    };
  }

  private boolean opening(byte b) {
    int taken = left;
    byte[] before = literal;
    for (byte[] opening : openings) {
      if (taken < opening.length
          && opening[taken] == b
          && (before == null || Arrays.equals(before, 0, taken, opening, 0, taken))) {
        literal = opening;
        left = taken + 1;
        if (left == opening.length) {
          left = 0;
          state = State.VALUE;
        }
        return true;
      }
    }
    return false;
  }

  private boolean value(int c) {
    if (depth == 0 && c != '{') {
      return false;
    }
    return switch (c) {
      case '{' -> open(true);
      case '[' -> open(false);
      case '"' -> {
        key = false;
        yield go(State.STRING);
      }
      case '-' -> go(State.MINUS);
      case '0' -> go(State.ZERO);
      case 't' -> literal("true");
      case 'f' -> literal("false");
      case 'n' -> literal("null");
      default -> isDigit(c) && go(State.DIGITS);
    };
  }

  private boolean open(boolean object) {
    if (depth == DEEPEST) {
      return false;
    }
    stack[depth++] = object;
    return go(object ? State.FIRST_KEY : State.FIRST_ITEM);
  }

  private boolean close() {
    depth--;
    if (depth > 0) {
      return go(State.AFTER_VALUE);
    }
    left = 0;
    return go(closing.length == 0 ? State.DONE : State.AFTER);
  }

  private boolean key(int c) {
    key = true;
    return c == '"' && go(State.STRING);
  }

  private boolean afterValue(int c) {
    boolean object = stack[depth - 1];
    if (c == ',') {
      return go(object ? State.KEY : State.VALUE);
    }
    return c == (object ? '}' : ']') && close();
  }

  private boolean string(int c) {
    if (c == '"') {
      return go(key ? State.COLON : State.AFTER_VALUE);
    }
    if (c == '\\') {
      return go(State.ESCAPE);
    }
    return c >= 0x20;
  }

  private boolean escape(int c) {
    if (c == 'u') {
      left = 4;
      return go(State.HEX);
    }
    return "\"\\/bfnrt".indexOf(c) >= 0 && go(State.STRING);
  }

  private boolean hex(int c) {
    if (Character.digit(c, 16) < 0 || c > 0x7F) {
      return false;
    }
    return --left > 0 || go(State.STRING);
  }

  private boolean number(int c, boolean more) {
    if (more && isDigit(c)) {
      return true;
    }
    if (c == '.') {
      return go(State.POINT);
    }
    return exponent(c) || afterValue(c);
  }

  private boolean exponent(int c) {
    return (c == 'e' || c == 'E') && go(State.EXPONENT);
  }

  private boolean literal(String text) {
    literal = text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    left = literal.length - 1;
    return go(State.LITERAL);
  }

  private boolean literal(byte b) {
    byte[] text = literal;
    if (text == null || text[text.length - left] != b) {
      return false;
    }
    return --left > 0 || go(State.AFTER_VALUE);
  }

  private boolean closing(byte b) {
    if (closing[left] != b) {
      return false;
    }
    return ++left < closing.length || go(State.DONE);
  }
}
