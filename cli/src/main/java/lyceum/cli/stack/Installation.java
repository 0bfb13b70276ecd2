package lyceum.cli.stack;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import lyceum.connectors.settings.Settings;
import lyceum.core.LyceumException;
import lyceum.core.signing.SigningKey;

/**
 * What belongs to one state folder: which servers it runs itself and where, and the settings that
 * point everything at them.
 *
 * <p>A server is somebody else's when the environment, or {@code settings.properties}, gives an
 * address that this installation did not choose itself; nothing is installed or started for it.
 * Addresses that were chosen here are remembered in {@code stack.properties}.
 */
public final class Installation {
  private static final String MANAGED = "managed.";

  private final StateFolder folder;
  private final Map<String, String> environment;
  private final SecureRandom random;
  private final Properties stack;
  private final Properties given;
  private final int base;
  private final Ports ports;

  public Installation(StateFolder folder, Map<String, String> environment, SecureRandom random) {
    this(folder, environment, random, 0);
  }

  /**
   * @param base of the ports, 0 for the one remembered
   */
  public Installation(
      StateFolder folder, Map<String, String> environment, SecureRandom random, int base) {
    this.folder = folder;
    this.environment = environment;
    this.random = random;
    this.stack = StateFolder.read(folder.stackFile());
    this.given = StateFolder.read(folder.root().resolve(Settings.FILE));
    this.base = base > 0 ? base : rememberedBase();
    this.ports = Ports.of(this.base);
  }

  private int rememberedBase() {
    String variable = environment.getOrDefault(Ports.BASE_VARIABLE, "").strip();
    String text =
        variable.isEmpty()
            ? stack.getProperty("ports", Integer.toString(Ports.DEFAULT_BASE))
            : variable;
    if (!text.matches("[0-9]{1,5}")) {
      throw LyceumException.user(
          (variable.isEmpty() ? "ports in " + folder.stackFile() : Ports.BASE_VARIABLE)
              + " is '"
              + text
              + "', not a number such as "
              + Ports.DEFAULT_BASE
              + ".");
    }
    return Integer.parseInt(text);
  }

  public StateFolder folder() {
    return folder;
  }

  public Ports ports() {
    return ports;
  }

  /** Whether the server is this installation's own to start and stop. */
  public boolean manages(Server server) {
    if (server.setting().isEmpty()) {
      return true;
    }
    String variable = environment.getOrDefault(Settings.variable(server.setting()), "").strip();
    String chosen = stack.getProperty(MANAGED + server.setting(), "");
    if (!variable.isEmpty()) {
      return variable.equals(chosen) || variable.equals(address(server));
    }
    String value = given.getProperty(server.setting(), "").strip();
    return value.isEmpty() || value.equals(chosen) || value.equals(address(server));
  }

  /** The address that this installation gives the server, in the form of its setting. */
  public String address(Server server) {
    return switch (server) {
      case TEMPORAL -> "127.0.0.1:" + ports.temporal();
      case STORAGE -> "http://127.0.0.1:" + ports.storage();
      case TRACKING -> "http://127.0.0.1:" + ports.tracking();
      case SERVING -> "http://127.0.0.1:" + ports.serving();
      case CONSOLE -> "http://127.0.0.1:" + ports.console();
      case WORKER -> "";
    };
  }

  /** Settings as they are, with this installation's own addresses for the servers that it runs. */
  public Settings settings() {
    Settings settings = Settings.load(environment);
    for (Server server : new Server[] {Server.STORAGE, Server.TEMPORAL, Server.TRACKING}) {
      if (manages(server)) {
        settings = settings.with(server.setting(), address(server));
      }
    }
    if (managesServingPort()) {
      settings = settings.with("serving.port", Integer.toString(ports.serving()));
    }
    return settings;
  }

  private boolean managesServingPort() {
    String variable = environment.getOrDefault(Settings.variable("serving.port"), "").strip();
    String chosen = stack.getProperty(MANAGED + "serving.port", "");
    String value = variable.isEmpty() ? given.getProperty("serving.port", "").strip() : variable;
    return value.isEmpty() || value.equals(chosen);
  }

  /**
   * Chooses what was not chosen yet (addresses, ports, keys) and writes it down. Nothing that the
   * environment gives goes into the file.
   *
   * @return the settings that hold now
   */
  public Settings settle() {
    folder.make();
    Settings settings = settings();
    for (Server server : new Server[] {Server.STORAGE, Server.TEMPORAL, Server.TRACKING}) {
      if (manages(server)) {
        stack.setProperty(MANAGED + server.setting(), address(server));
      } else {
        stack.remove(MANAGED + server.setting());
      }
    }
    if (managesServingPort()) {
      stack.setProperty(MANAGED + "serving.port", Integer.toString(ports.serving()));
    }
    stack.setProperty("ports", Integer.toString(base));
    StateFolder.write(folder.stackFile(), stack);

    Map<String, String> chosen = new TreeMap<>();
    if (settings.adminToken().isBlank()) {
      chosen.put("serving.adminToken", secret());
    }
    if (settings.triggersSecret().isBlank()) {
      chosen.put("triggers.secret", secret());
    }
    if (manages(Server.STORAGE) && settings.storage().secretKey().isBlank()) {
      chosen.put("storage.accessKey", "lyceum");
      chosen.put("storage.secretKey", secret());
    }
    boolean isNew = !Files.exists(folder.root().resolve(Settings.FILE));
    Path signingKey = settings.signing().key();
    if (!Files.exists(signingKey) && signingKey.equals(folder.signingKeyFile())) {
      SigningKey.generate().write(signingKey);
      if (isNew) {
        // Models of an older installation have no signatures; its owner says when all have.
        chosen.put("signing.required", "true");
      }
    }
    for (Map.Entry<String, String> entry : chosen.entrySet()) {
      settings = settings.with(entry.getKey(), entry.getValue());
      given.setProperty(entry.getKey(), entry.getValue());
    }
    stack.stringPropertyNames().stream()
        .filter(key -> key.startsWith(MANAGED))
        .forEach(key -> given.setProperty(key.substring(MANAGED.length()), stack.getProperty(key)));
    StateFolder.write(folder.root().resolve(Settings.FILE), given);
    return settings;
  }

  /** Keys of the storage server's administrator, made at the first call. */
  public Properties storageRoot() {
    Path file = folder.storageRootFile();
    if (!Files.exists(file)) {
      Properties keys = new Properties();
      keys.setProperty("user", "lyceum-root");
      keys.setProperty("password", secret());
      StateFolder.write(file, keys);
    }
    Properties keys = StateFolder.read(file);
    if (keys.getProperty("user", "").isEmpty() || keys.getProperty("password", "").isEmpty()) {
      throw LyceumException.user(
          file
              + " must hold user and password of the storage server's administrator; they are missing.");
    }
    return keys;
  }

  private String secret() {
    byte[] bytes = new byte[20];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
