package lyceum.connectors.tracking;

import java.net.URI;
import lyceum.core.LyceumException;

/**
 * Where MLflow is and how to get in.
 *
 * @param uri address of the server, a path prefix included
 * @param username for basic authentication; empty where the server asks for none
 * @param password kept out of {@link #toString()}
 */
public record TrackingSettings(URI uri, String username, String password) {
  public TrackingSettings {
    if (uri.getHost() == null
        || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
      throw LyceumException.user(
          "The tracking address '"
              + uri
              + "' is not an address. Write it as http://HOST:PORT or https://HOST.");
    }
  }

  @Override
  public String toString() {
    return "TrackingSettings[uri=" + uri + ", username=" + username + ", password=***]";
  }
}
