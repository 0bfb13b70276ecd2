package lyceum.cli.screen;

/** How text stands out, where colour is wanted. */
public enum Style {
  BOLD("\u001b[1m"),
  DIM("\u001b[2m"),
  GOOD("\u001b[32m"),
  BAD("\u001b[31m"),
  WARN("\u001b[33m"),
  ACCENT("\u001b[36m");

  static final String RESET = "\u001b[0m";

  private final String code;

  Style(String code) {
    this.code = code;
  }

  String code() {
    return code;
  }
}
