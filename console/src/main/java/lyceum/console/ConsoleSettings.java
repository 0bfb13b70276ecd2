package lyceum.console;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lyceum.console.security.OidcLogin;
import lyceum.core.LyceumException;

/**
 * How the console is reached and where it keeps its tables.
 *
 * @param patience how long a request may take to arrive, from its first byte to its last
 * @param address where people reach it; empty where it is only reached on this machine
 * @param databaseUrl empty for a file in the state folder, which belongs to one person
 * @param sources beginnings of addresses that recipes may take text from besides public ones
 */
record ConsoleSettings(
    String host,
    int port,
    Duration patience,
    Optional<URI> address,
    Path folder,
    Path recipes,
    String databaseUrl,
    String databaseUser,
    String databasePassword,
    List<String> sources,
    Optional<URI> temporalPages,
    String servingKey,
    Optional<OidcLogin.Settings> oidc) {
  static final String LOOPBACK = "127.0.0.1";

  // A page elsewhere may point its own name at 127.0.0.1 to act through a visitor's browser.
  private static final Set<String> LOOPBACK_NAMES = Set.of(LOOPBACK, "localhost", "[::1]");

  static ConsoleSettings of(Map<String, String> environment, Path home) {
    Optional<URI> address = uri(environment, "LYCEUM_CONSOLE_URL");
    String issuer = environment.getOrDefault("LYCEUM_CONSOLE_OIDC_ISSUER", "");
    Optional<OidcLogin.Settings> oidc = Optional.empty();
    if (!issuer.isBlank()) {
      URI own =
          address.orElseThrow(
              () ->
                  LyceumException.user(
                      "LYCEUM_CONSOLE_OIDC_ISSUER needs LYCEUM_CONSOLE_URL, the address that the provider sends browsers"
                          + " back to."));
      oidc =
          Optional.of(
              new OidcLogin.Settings(
                  environment.getOrDefault("LYCEUM_CONSOLE_OIDC_NAME", "single sign-on"),
                  URI.create(issuer),
                  environment.getOrDefault("LYCEUM_CONSOLE_OIDC_CLIENT_ID", "lyceum"),
                  environment.getOrDefault("LYCEUM_CONSOLE_OIDC_CLIENT_SECRET", ""),
                  URI.create(own + "/login/oidc/callback"),
                  environment.getOrDefault("LYCEUM_CONSOLE_OIDC_ROLES_CLAIM", "lyceum_roles")));
    }
    return new ConsoleSettings(
        environment.getOrDefault("LYCEUM_CONSOLE_HOST", LOOPBACK),
        port(environment.getOrDefault("LYCEUM_CONSOLE_PORT", "8090")),
        patience(environment.getOrDefault("LYCEUM_CONSOLE_PATIENCE", "30")),
        address,
        home.resolve("console"),
        Path.of(environment.getOrDefault("LYCEUM_RECIPES", "recipes")),
        environment.getOrDefault("LYCEUM_CONSOLE_DATABASE_URL", ""),
        environment.getOrDefault("LYCEUM_CONSOLE_DATABASE_USER", ""),
        environment.getOrDefault("LYCEUM_CONSOLE_DATABASE_PASSWORD", ""),
        Arrays.stream(environment.getOrDefault("LYCEUM_CONSOLE_SOURCES", "").split(","))
            .map(String::strip)
            .filter(text -> !text.isEmpty())
            .toList(),
        uri(environment, "LYCEUM_TEMPORAL_PAGES"),
        environment.getOrDefault("LYCEUM_CONSOLE_SERVING_KEY", ""),
        oidc);
  }

  /** Names under which the console answers. */
  Set<String> hosts() {
    Set<String> hosts = new HashSet<>(LOOPBACK_NAMES);
    address.map(URI::getHost).ifPresent(hosts::add);
    return hosts;
  }

  boolean isSecure() {
    return address.map(URI::getScheme).filter("https"::equals).isPresent();
  }

  private static int port(String text) {
    if (text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= 65_535) {
      return Integer.parseInt(text);
    }
    throw LyceumException.user(
        "LYCEUM_CONSOLE_PORT is '" + text + "'. A port from 0 to 65535 is expected.");
  }

  private static Duration patience(String text) {
    if (text.matches("[0-9]{1,5}") && Integer.parseInt(text) > 0) {
      return Duration.ofSeconds(Integer.parseInt(text));
    }
    throw LyceumException.user(
        "LYCEUM_CONSOLE_PATIENCE is '"
            + text
            + "'. A number of seconds from 1 to 99999 is expected.");
  }

  private static Optional<URI> uri(Map<String, String> environment, String variable) {
    String text = environment.getOrDefault(variable, "").strip();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      URI uri = URI.create(text.replaceFirst("/+$", ""));
      if (uri.getHost() != null) {
        return Optional.of(uri);
      }
    } catch (IllegalArgumentException e) {
      throw notAnAddress(variable, text);
    }
    throw notAnAddress(variable, text);
  }

  private static LyceumException notAnAddress(String variable, String text) {
    return LyceumException.user(
        variable + " is '" + text + "'. An address such as http://127.0.0.1:8233 is expected.");
  }
}
