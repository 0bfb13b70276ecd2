package lyceum.connectors.settings;

import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lyceum.connectors.notification.NotificationSettings;
import lyceum.connectors.storage.StorageSettings;
import lyceum.connectors.tracking.TrackingSettings;
import lyceum.core.LyceumException;
import lyceum.core.signing.SigningKey;
import org.apache.commons.text.similarity.LevenshteinDistance;

/**
 * Where everything of one installation is. Each value comes from its environment variable, or else
 * from {@code settings.properties} in the home folder, or else from the default.
 *
 * <table>
 * <caption>Keys of the file, variables, defaults</caption>
 * <tr><td>(none)</td><td>LYCEUM_HOME</td><td>~/.lyceum</td></tr>
 * <tr><td>temporal.address</td><td>LYCEUM_TEMPORAL_ADDRESS</td><td>127.0.0.1:7233</td></tr>
 * <tr><td>temporal.namespace</td><td>LYCEUM_TEMPORAL_NAMESPACE</td><td>lyceum</td></tr>
 * <tr><td>storage.endpoint</td><td>LYCEUM_STORAGE_ENDPOINT</td><td>http://127.0.0.1:9000</td></tr>
 * <tr><td>storage.accessKey</td><td>LYCEUM_STORAGE_ACCESS_KEY</td><td>(empty)</td></tr>
 * <tr><td>storage.secretKey</td><td>LYCEUM_STORAGE_SECRET_KEY</td><td>(empty)</td></tr>
 * <tr><td>storage.bucket</td><td>LYCEUM_STORAGE_BUCKET</td><td>lyceum</td></tr>
 * <tr><td>storage.region</td><td>LYCEUM_STORAGE_REGION</td><td>us-east-1</td></tr>
 * <tr><td>tracking.uri</td><td>LYCEUM_TRACKING_URI</td><td>http://127.0.0.1:5000</td></tr>
 * <tr><td>tracking.username</td><td>LYCEUM_TRACKING_USERNAME</td><td>(empty)</td></tr>
 * <tr><td>tracking.password</td><td>LYCEUM_TRACKING_PASSWORD</td><td>(empty)</td></tr>
 * <tr><td>serving.host</td><td>LYCEUM_SERVING_HOST</td><td>127.0.0.1</td></tr>
 * <tr><td>serving.port</td><td>LYCEUM_SERVING_PORT</td><td>8080</td></tr>
 * <tr><td>serving.adminToken</td><td>LYCEUM_SERVING_ADMIN_TOKEN</td><td>(empty)</td></tr>
 * <tr><td>catalogue.folder</td><td>LYCEUM_CATALOGUE_FOLDER</td><td>&lt;home&gt;/catalogue</td></tr>
 * <tr><td>catalogue.privateHosts</td><td>LYCEUM_CATALOGUE_PRIVATE_HOSTS</td><td>(empty; comma-separated)</td></tr>
 * <tr><td>huggingface.endpoint</td><td>LYCEUM_HUGGINGFACE_ENDPOINT, then HF_ENDPOINT</td><td>(empty)</td></tr>
 * <tr><td>ranks.listen</td><td>LYCEUM_RANKS_LISTEN</td><td>127.0.0.1:0</td></tr>
 * <tr><td>ranks.local</td><td>LYCEUM_RANKS_LOCAL</td><td>(empty: all)</td></tr>
 * <tr><td>ranks.token</td><td>LYCEUM_RANKS_TOKEN</td><td>(empty: a new one each time)</td></tr>
 * <tr><td>ranks.gpus</td><td>LYCEUM_RANKS_GPUS</td><td>(empty)</td></tr>
 * <tr><td>notify.webhook.url</td><td>LYCEUM_NOTIFY_WEBHOOK_URL</td><td>(empty: none)</td></tr>
 * <tr><td>notify.webhook.secret</td><td>LYCEUM_NOTIFY_WEBHOOK_SECRET</td><td>(empty)</td></tr>
 * <tr><td>notify.webhook.private</td><td>LYCEUM_NOTIFY_WEBHOOK_PRIVATE</td><td>false</td></tr>
 * <tr><td>notify.mail.host</td><td>LYCEUM_NOTIFY_MAIL_HOST</td><td>(empty: none)</td></tr>
 * <tr><td>notify.mail.port</td><td>LYCEUM_NOTIFY_MAIL_PORT</td><td>587</td></tr>
 * <tr><td>notify.mail.security</td><td>LYCEUM_NOTIFY_MAIL_SECURITY</td><td>STARTTLS</td></tr>
 * <tr><td>notify.mail.username</td><td>LYCEUM_NOTIFY_MAIL_USERNAME</td><td>(empty)</td></tr>
 * <tr><td>notify.mail.password</td><td>LYCEUM_NOTIFY_MAIL_PASSWORD</td><td>(empty)</td></tr>
 * <tr><td>notify.mail.from</td><td>LYCEUM_NOTIFY_MAIL_FROM</td><td>(empty)</td></tr>
 * <tr><td>notify.mail.to</td><td>LYCEUM_NOTIFY_MAIL_TO</td><td>(empty; comma-separated)</td></tr>
 * <tr><td>triggers.secret</td><td>LYCEUM_TRIGGERS_SECRET</td><td>(empty: no inbound webhooks)</td></tr>
 * <tr><td>metrics.listen</td><td>LYCEUM_METRICS_LISTEN</td><td>(empty: none)</td></tr>
 * <tr><td>signing.key</td><td>LYCEUM_SIGNING_KEY</td><td>&lt;home&gt;/signing.pem</td></tr>
 * <tr><td>signing.trusted</td><td>LYCEUM_SIGNING_TRUSTED</td><td>the signing key's own, {@code .pub}</td></tr>
 * <tr><td>signing.required</td><td>LYCEUM_SIGNING_REQUIRED</td><td>false</td></tr>
 * </table>
 *
 * @param home state folder of the installation
 * @param temporalAddress {@code host:port} of the Temporal front end
 * @param adminToken guards the server's administration; empty until the installation made one
 * @param catalogueFolder cache of fetched sources
 * @param cataloguePrivateHosts hosts on private networks from which sources may come
 * @param huggingFaceEndpoint base address of the hub that {@code hf:} sources come from; no default
 * @param ranks how this machine takes part in trainings of several processes
 * @param notifications whom to tell, and how
 * @param triggersSecret from which the secrets of inbound webhooks are derived; empty refuses them
 * @param metricsListen {@code host:port} of a worker's page {@code /metrics}; empty serves none
 * @param signing who signs models, and whose may serve
 */
public record Settings(
    Path home,
    String temporalAddress,
    String temporalNamespace,
    StorageSettings storage,
    TrackingSettings tracking,
    String servingHost,
    int servingPort,
    String adminToken,
    Path catalogueFolder,
    List<String> cataloguePrivateHosts,
    Optional<URI> huggingFaceEndpoint,
    RankSettings ranks,
    NotificationSettings notifications,
    String triggersSecret,
    String metricsListen,
    SigningSettings signing) {
  /** Name of the file in the home folder. */
  public static final String FILE = "settings.properties";

  private static final Set<PosixFilePermission> OWNER_ONLY =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private static final Map<String, String> DEFAULTS = defaults();

  private static Map<String, String> defaults() {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("temporal.address", "127.0.0.1:7233");
    values.put("temporal.namespace", "lyceum");
    values.put("storage.endpoint", "http://127.0.0.1:9000");
    values.put("storage.accessKey", "");
    values.put("storage.secretKey", "");
    values.put("storage.bucket", "lyceum");
    values.put("storage.region", "us-east-1");
    values.put("tracking.uri", "http://127.0.0.1:5000");
    values.put("tracking.username", "");
    values.put("tracking.password", "");
    values.put("serving.host", "127.0.0.1");
    values.put("serving.port", "8080");
    values.put("serving.adminToken", "");
    values.put("catalogue.folder", "");
    values.put("catalogue.privateHosts", "");
    values.put("huggingface.endpoint", "");
    values.put("ranks.listen", "127.0.0.1:0");
    values.put("ranks.local", "");
    values.put("ranks.token", "");
    values.put("ranks.gpus", "");
    values.put("notify.webhook.url", "");
    values.put("notify.webhook.secret", "");
    values.put("notify.webhook.private", "false");
    values.put("notify.mail.host", "");
    values.put("notify.mail.port", "587");
    values.put("notify.mail.security", "STARTTLS");
    values.put("notify.mail.username", "");
    values.put("notify.mail.password", "");
    values.put("notify.mail.from", "");
    values.put("notify.mail.to", "");
    values.put("triggers.secret", "");
    values.put("metrics.listen", "");
    values.put("signing.key", "");
    values.put("signing.trusted", "");
    values.put("signing.required", "false");
    return values;
  }

  /** Settings of this process. See {@link #load(Map)}. */
  public static Settings load() {
    return load(System.getenv());
  }

  /**
   * Settings from these environment variables over the home folder's file over the defaults.
   *
   * @throws LyceumException USER for a value that cannot be read, naming the variable or the file
   *     it came from
   */
  public static Settings load(Map<String, String> environment) {
    Path home = home(environment);
    Map<String, Entry> entries = new LinkedHashMap<>();
    DEFAULTS.forEach((key, value) -> entries.put(key, new Entry(key, value, "the default")));
    Path file = home.resolve(FILE);
    readFile(file)
        .forEach((key, value) -> entries.put(key, new Entry(key, value, file.toString())));
    String hub = environment.getOrDefault("HF_ENDPOINT", "");
    if (!hub.isBlank()) {
      entries.put(
          "huggingface.endpoint",
          new Entry("huggingface.endpoint", hub, "the variable HF_ENDPOINT"));
    }
    for (String key : DEFAULTS.keySet()) {
      String variable = variable(key);
      String value = environment.get(variable);
      if (value != null && !value.isBlank()) {
        entries.put(key, new Entry(key, value.strip(), "the variable " + variable));
      }
    }
    return of(home, entries);
  }

  /**
   * The environment variable of a key: {@code storage.accessKey} is {@code
   * LYCEUM_STORAGE_ACCESS_KEY}.
   */
  public static String variable(String key) {
    return "LYCEUM_"
        + key.replaceAll("([a-z])([A-Z])", "$1_$2")
            .replace('.', '_')
            .toUpperCase(java.util.Locale.ROOT);
  }

  /**
   * These settings with one value changed.
   *
   * @param key as in the file, for example {@code serving.port}
   */
  public Settings with(String key, String value) {
    requireKnown(key, "A setting");
    Map<String, Entry> entries = new LinkedHashMap<>();
    toProperties().forEach((k, v) -> entries.put(k, new Entry(k, v, "this installation")));
    entries.put(key, new Entry(key, value, "the new value"));
    return of(home, entries);
  }

  /** Every key of the file with its value, secrets included. */
  public SortedMap<String, String> toProperties() {
    SortedMap<String, String> values = new TreeMap<>(DEFAULTS);
    values.put("temporal.address", temporalAddress);
    values.put("temporal.namespace", temporalNamespace);
    values.put("storage.endpoint", storage.endpoint().toString());
    values.put("storage.accessKey", storage.accessKey());
    values.put("storage.secretKey", storage.secretKey());
    values.put("storage.bucket", storage.bucket());
    values.put("storage.region", storage.region());
    values.put("tracking.uri", tracking.uri().toString());
    values.put("tracking.username", tracking.username());
    values.put("tracking.password", tracking.password());
    values.put("serving.host", servingHost);
    values.put("serving.port", Integer.toString(servingPort));
    values.put("serving.adminToken", adminToken);
    values.put("catalogue.folder", catalogueFolder.toString());
    values.put("catalogue.privateHosts", String.join(",", cataloguePrivateHosts));
    values.put("huggingface.endpoint", huggingFaceEndpoint.map(URI::toString).orElse(""));
    values.put("ranks.listen", ranks.listen());
    values.put(
        "ranks.local", ranks.local() == RankSettings.ALL ? "" : Integer.toString(ranks.local()));
    values.put("ranks.token", ranks.token());
    values.put("ranks.gpus", String.join(",", ranks.gpus()));
    notifications
        .webhook()
        .ifPresent(
            webhook -> {
              values.put("notify.webhook.url", webhook.url().toString());
              values.put("notify.webhook.secret", webhook.secret());
              values.put("notify.webhook.private", Boolean.toString(webhook.isPrivate()));
            });
    notifications
        .mail()
        .ifPresent(
            mail -> {
              values.put("notify.mail.host", mail.host());
              values.put("notify.mail.port", Integer.toString(mail.port()));
              values.put("notify.mail.security", mail.security().name());
              values.put("notify.mail.username", mail.username());
              values.put("notify.mail.password", mail.password());
              values.put("notify.mail.from", mail.from());
              values.put("notify.mail.to", String.join(",", mail.to()));
            });
    values.put("triggers.secret", triggersSecret);
    values.put("metrics.listen", metricsListen);
    values.put("signing.key", signing.key().toString());
    values.put(
        "signing.trusted",
        signing.trusted().stream().map(Path::toString).collect(Collectors.joining(",")));
    values.put("signing.required", Boolean.toString(signing.required()));
    return values;
  }

  /**
   * Writes {@code settings.properties} whole, readable by its owner alone.
   *
   * @return the file
   */
  public Path save() {
    Path file = home.resolve(FILE);
    try {
      Files.createDirectories(home);
      Path fresh = Files.createTempFile(home, "settings", ".new");
      try {
        // createTempFile makes it 600 where the file system knows permissions; said again for those
        // with other masks.
        if (Files.getFileStore(home).supportsFileAttributeView("posix")) {
          Files.setPosixFilePermissions(fresh, OWNER_ONLY);
        }
        StringBuilder text =
            new StringBuilder(
                "# Lyceum: where everything is. Variables LYCEUM_* go before this file.\n");
        toProperties()
            .forEach(
                (key, value) -> text.append(key).append('=').append(escape(value)).append('\n'));
        Files.writeString(fresh, text);
        Files.move(
            fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(fresh);
      }
      return file;
    } catch (IOException e) {
      throw LyceumException.resource(
          "Cannot write the settings to "
              + file
              + ": "
              + e.getMessage()
              + ". Check the folder's owner and free space.",
          e);
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("Settings[home=" + home);
    toProperties()
        .forEach(
            (key, value) ->
                text.append(", ")
                    .append(key)
                    .append('=')
                    .append(isSecret(key) && !value.isEmpty() ? "***" : value));
    return text.append(']').toString();
  }

  private static boolean isSecret(String key) {
    return key.equals("storage.secretKey")
        || key.equals("tracking.password")
        || key.equals("serving.adminToken")
        || key.equals("ranks.token")
        || key.equals("notify.webhook.secret")
        || key.equals("notify.mail.password")
        || key.equals("triggers.secret");
  }

  private static Path home(Map<String, String> environment) {
    String given = environment.getOrDefault("LYCEUM_HOME", "");
    if (!given.isBlank()) {
      return Path.of(given).toAbsolutePath().normalize();
    }
    return Path.of(System.getProperty("user.home"), ".lyceum").toAbsolutePath().normalize();
  }

  private static Map<String, String> readFile(Path file) {
    if (!Files.exists(file)) {
      return Map.of();
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw LyceumException.user("Cannot read the settings in " + file + ": " + e.getMessage(), e);
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (String key : properties.stringPropertyNames()) {
      requireKnown(key, file.toString());
      values.put(key, properties.getProperty(key).strip());
    }
    return values;
  }

  private static void requireKnown(String key, String where) {
    if (DEFAULTS.containsKey(key)) {
      return;
    }
    LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
    String nearest = "";
    int best = Integer.MAX_VALUE;
    for (String known : DEFAULTS.keySet()) {
      int d = distance.apply(key, known);
      if (d < best) {
        best = d;
        nearest = known;
      }
    }
    throw LyceumException.user(
        where
            + ": unknown setting '"
            + key
            + "'. Did you mean '"
            + nearest
            + "'? Known are "
            + DEFAULTS.keySet()
            + ".");
  }

  private static String escape(String value) {
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
  }

  private static Settings of(Path home, Map<String, Entry> entries) {
    Function<String, Entry> get = key -> java.util.Objects.requireNonNull(entries.get(key), key);
    Entry storageEndpoint = get.apply("storage.endpoint");
    StorageSettings storage;
    try {
      storage =
          new StorageSettings(
              storageEndpoint.uri(),
              get.apply("storage.accessKey").value(),
              get.apply("storage.secretKey").value(),
              get.apply("storage.bucket").value(),
              get.apply("storage.region").value());
    } catch (LyceumException e) {
      throw LyceumException.user(
          e.getMessage()
              + " (endpoint from "
              + storageEndpoint.origin()
              + ", bucket from "
              + get.apply("storage.bucket").origin()
              + ")",
          e);
    }
    Entry folder = get.apply("catalogue.folder");
    Path key =
        get.apply("signing.key").value().isEmpty()
            ? home.resolve("signing.pem")
            : get.apply("signing.key").path();
    return new Settings(
        home,
        get.apply("temporal.address").hostAndPort(),
        get.apply("temporal.namespace").notBlank(),
        storage,
        new TrackingSettings(
            get.apply("tracking.uri").httpUri(),
            get.apply("tracking.username").value(),
            get.apply("tracking.password").value()),
        get.apply("serving.host").notBlank(),
        get.apply("serving.port").port(),
        get.apply("serving.adminToken").value(),
        folder.value().isEmpty()
            ? home.resolve("catalogue")
            : Path.of(folder.value()).toAbsolutePath().normalize(),
        get.apply("catalogue.privateHosts").words(),
        get.apply("huggingface.endpoint").value().isEmpty()
            ? Optional.empty()
            : Optional.of(get.apply("huggingface.endpoint").httpUri()),
        new RankSettings(
            get.apply("ranks.listen").hostAndPort(),
            get.apply("ranks.local").value().isEmpty()
                ? RankSettings.ALL
                : get.apply("ranks.local").count(),
            get.apply("ranks.token").value(),
            get.apply("ranks.gpus").value().isEmpty()
                ? List.of()
                : List.of(get.apply("ranks.gpus").value().split(",", -1))),
        new NotificationSettings(webhook(get), mail(get)),
        get.apply("triggers.secret").value(),
        get.apply("metrics.listen").value().isEmpty()
            ? ""
            : get.apply("metrics.listen").hostAndPort(),
        new SigningSettings(
            key,
            get.apply("signing.trusted").value().isEmpty()
                ? List.of(SigningKey.publicFile(key))
                : get.apply("signing.trusted").paths(),
            get.apply("signing.required").truth()));
  }

  private static Optional<NotificationSettings.Webhook> webhook(Function<String, Entry> get) {
    Entry url = get.apply("notify.webhook.url");
    return url.value().isEmpty()
        ? Optional.empty()
        : Optional.of(
            new NotificationSettings.Webhook(
                url.httpUri(),
                get.apply("notify.webhook.secret").value(),
                get.apply("notify.webhook.private").truth()));
  }

  private static Optional<NotificationSettings.Mail> mail(Function<String, Entry> get) {
    String host = get.apply("notify.mail.host").value();
    return host.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new NotificationSettings.Mail(
                host,
                get.apply("notify.mail.port").port(),
                get.apply("notify.mail.security").security(),
                get.apply("notify.mail.username").value(),
                get.apply("notify.mail.password").value(),
                get.apply("notify.mail.from").value(),
                get.apply("notify.mail.to").words()));
  }

  /** A value and where it came from, so that an error can say which to mend. */
  private record Entry(String key, String value, String origin) {
    String notBlank() {
      if (value.isBlank()) {
        throw wrong("must not be empty");
      }
      return value;
    }

    URI uri() {
      try {
        return new URI(value);
      } catch (URISyntaxException e) {
        throw wrong("is not an address");
      }
    }

    URI httpUri() {
      URI uri = uri();
      if (uri.getHost() == null
          || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        throw wrong("is not an address such as http://HOST:PORT");
      }
      return uri;
    }

    String hostAndPort() {
      if (!value.matches("\\S+:[0-9]{1,5}")) {
        throw wrong("is not HOST:PORT");
      }
      return value;
    }

    NotificationSettings.Security security() {
      return switch (value.toUpperCase(java.util.Locale.ROOT)) {
        case "STARTTLS" -> NotificationSettings.Security.STARTTLS;
        case "TLS" -> NotificationSettings.Security.TLS;
        case "NONE" -> NotificationSettings.Security.NONE;
        default -> throw wrong("is not STARTTLS, TLS or NONE");
      };
    }

    Path path() {
      return Path.of(value).toAbsolutePath().normalize();
    }

    List<Path> paths() {
      return Stream.of(value.split(",", -1))
          .map(part -> Path.of(part.strip()).toAbsolutePath().normalize())
          .toList();
    }

    List<String> words() {
      return value.isBlank()
          ? List.of()
          : Stream.of(value.split(",", -1)).map(String::strip).toList();
    }

    boolean truth() {
      return switch (value) {
        case "true" -> true;
        case "false" -> false;
        default -> throw wrong("is neither true nor false");
      };
    }

    int count() {
      if (!value.matches("[0-9]{1,4}")) {
        throw wrong("is not a number of processes");
      }
      return Integer.parseInt(value);
    }

    int port() {
      try {
        int port = Integer.parseInt(value);
        if (port >= 0 && port <= 65535) {
          return port;
        }
      } catch (NumberFormatException e) {
        throw wrong("is not a port number");
      }
      throw wrong("is not a port number from 0 to 65535");
    }

    private LyceumException wrong(String what) {
      String shown = isSecret(key) ? "***" : value;
      return LyceumException.user(
          key
              + " '"
              + shown
              + "' "
              + what
              + ". It comes from "
              + origin
              + "; the variable "
              + variable(key)
              + " overrides it.");
    }
  }
}
