package lyceum.serving;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Works out expressions of numbers, {@code + - * / ( )}, to 34 digits; what the built-in tool of
 * that name does.
 */
final class Calculator {
  private static final int LONGEST = 1000;
  private static final Pattern GAP = Pattern.compile("[\\d.] +[\\d.]");

  private final String text;
  private int at;
  private int depth;

  private Calculator(String text) {
    this.text = text;
  }

  /** The value in plain notation, or empty when the text is not an expression or has none. */
  static Optional<String> calculate(String expression) {
    // A space between two numbers is an operator that is missing.
    if (expression.length() > LONGEST || GAP.matcher(expression).find()) {
      return Optional.empty();
    }
    Calculator calculator = new Calculator(expression.replace(" ", ""));
    try {
      BigDecimal value = calculator.sum();
      if (calculator.at < calculator.text.length() || Math.abs(value.scale()) > LONGEST) {
        return Optional.empty();
      }
      BigDecimal plain = value.stripTrailingZeros();
      return Optional.of(plain.toPlainString());
    } catch (ArithmeticException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private BigDecimal sum() {
    BigDecimal value = product();
    while (at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-')) {
      boolean plus = text.charAt(at++) == '+';
      BigDecimal next = product();
      value =
          plus
              ? value.add(next, MathContext.DECIMAL128)
              : value.subtract(next, MathContext.DECIMAL128);
    }
    return value;
  }

  private BigDecimal product() {
    BigDecimal value = factor();
    while (at < text.length() && (text.charAt(at) == '*' || text.charAt(at) == '/')) {
      boolean times = text.charAt(at++) == '*';
      BigDecimal next = factor();
      value =
          times
              ? value.multiply(next, MathContext.DECIMAL128)
              : value.divide(next, MathContext.DECIMAL128);
    }
    return value;
  }

  private BigDecimal factor() {
    if (at < text.length() && text.charAt(at) == '-') {
      nest();
      at++;
      BigDecimal value = factor().negate();
      depth--;
      return value;
    }
    if (at < text.length() && text.charAt(at) == '(') {
      nest();
      at++;
      BigDecimal value = sum();
      if (at >= text.length() || text.charAt(at++) != ')') {
        throw new NumberFormatException("A bracket is open.");
      }
      depth--;
      return value;
    }
    int from = at;
    while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
      at++;
    }
    return new BigDecimal(text.substring(from, at));
  }

  private void nest() {
    if (++depth > 100) {
      throw new NumberFormatException("Too many brackets.");
    }
  }
}
