package lyceum.cli.screen;

/** What data is written as. */
public enum OutputFormat {
  TABLE,
  JSON
}
