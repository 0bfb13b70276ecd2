package lyceum.cli.stack;

/** The processes of one installation, in the order in which they start. */
public enum Server {
  STORAGE("storage", "MinIO", "storage.endpoint"),
  TEMPORAL("temporal", "Temporal", "temporal.address"),
  TRACKING("tracking", "MLflow", "tracking.uri"),
  WORKER("worker", "worker", ""),
  SERVING("serving", "model server", ""),
  CONSOLE("console", "console", "");

  private final String noun;
  private final String title;
  private final String setting;

  Server(String noun, String title, String setting) {
    this.noun = noun;
    this.title = title;
    this.setting = setting;
  }

  /** Names its files, settings and rows. */
  public String noun() {
    return noun;
  }

  /** As people call it. */
  public String title() {
    return title;
  }

  /** Key of the setting that holds its address; empty for Lyceum's own processes. */
  public String setting() {
    return setting;
  }
}
