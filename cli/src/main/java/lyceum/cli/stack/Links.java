package lyceum.cli.stack;

import lyceum.connectors.settings.Settings;

/** Pages of the servers for people. */
public final class Links {
  private Links() {}

  /**
   * Temporal's page of the namespace; empty where the server is not this installation's, since its
   * pages may be anywhere.
   */
  public static String temporal(Installation installation, Settings settings) {
    return installation.manages(Server.TEMPORAL)
        ? "http://127.0.0.1:"
            + installation.ports().temporalUi()
            + "/namespaces/"
            + settings.temporalNamespace()
            + "/workflows"
        : "";
  }

  /** Temporal's page of one run. */
  public static String run(Installation installation, Settings settings, String workflowId) {
    String base = temporal(installation, settings);
    return base.isEmpty() ? "" : base + "/" + workflowId;
  }
}
