package lyceum.cli.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  /**
   * The console's page; where its login token can be read, an address that signs in once. The token
   * stands behind {@code #}, which browsers keep to themselves.
   */
  public static String console(Installation installation) {
    String base = installation.address(Server.CONSOLE);
    Path token = installation.folder().root().resolve("console").resolve("login-token");
    try {
      return base + "/login#token=" + Files.readString(token).strip();
    } catch (IOException e) {
      return base;
    }
  }

  /** Temporal's page of one run. */
  public static String run(Installation installation, Settings settings, String workflowId) {
    String base = temporal(installation, settings);
    return base.isEmpty() ? "" : base + "/" + workflowId;
  }
}
