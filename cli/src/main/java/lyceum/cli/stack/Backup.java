package lyceum.cli.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.application.text.Amounts;
import lyceum.cli.screen.Screen;
import lyceum.cli.screen.Steps;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.S3Bucket;
import lyceum.connectors.storage.StorageSettings;
import lyceum.core.LyceumException;
import lyceum.core.signing.SigningKey;

/**
 * A copy of all that one installation keeps: settings and keys, Temporal's and MLflow's databases,
 * the objects of both buckets. It is made while everything runs.
 *
 * <p>The order makes the parts fit together. Temporal comes first: what it does not know yet is
 * done again after a restore, and doing it again changes nothing. Objects come last: whatever the
 * databases refer to was in storage before they did.
 */
public final class Backup {
  private static final Duration COPYING = Duration.ofHours(1);
  private static final String SETTINGS = "settings";
  private static final String OBJECTS = "objects";

  private final Installation installation;
  private final StateFolder folder;
  private final Map<String, String> environment;
  private final Screen screen;

  public Backup(Installation installation, Map<String, String> environment, Screen screen) {
    this.installation = installation;
    this.folder = installation.folder();
    this.environment = environment;
    this.screen = screen;
  }

  /** What was copied, and how much. */
  public record Summary(int files, long bytes) {}

  /**
   * Copies everything into the folder, which must be empty or not there.
   *
   * @param version of Lyceum
   * @throws RequestFailure CONFLICT when the folder holds something
   */
  public Summary make(Path target, String version) {
    requireOwnServers();
    requireEmpty(target);
    Settings settings = installation.settings();
    Tools tools = new Tools(folder, environment);
    try (StateFolder.Hold hold = folder.hold();
        Steps steps = new Steps(screen)) {
      makePrivate(target);
      List<BackupManifest.Entry> files = new ArrayList<>();
      for (Path file : settingsFiles()) {
        if (Files.exists(file)) {
          Path copy = target.resolve(SETTINGS).resolve(file.getFileName());
          copy(file, copy);
          files.add(BackupManifest.Entry.of(target, copy));
        }
      }
      for (Server server : List.of(Server.TEMPORAL, Server.TRACKING)) {
        steps.doing(server.title(), "copying its database");
        Path copy = target.resolve(database(server).getFileName());
        copyDatabase(tools.python(), database(server), copy);
        BackupManifest.Entry entry = BackupManifest.Entry.of(target, copy);
        files.add(entry);
        steps.done(server.title(), true, "database, " + Amounts.bytes(entry.bytes()));
      }
      for (Map.Entry<String, S3Bucket> bucket : buckets(settings).entrySet()) {
        String name = "bucket of " + bucket.getKey();
        Path objects = target.resolve(OBJECTS).resolve(bucket.getKey());
        List<String> keys = bucket.getValue().list("");
        int before = files.size();
        for (String key : keys) {
          steps.doing(name, (files.size() - before) + " of " + keys.size() + " objects");
          Path copy = objects.resolve(key).normalize();
          if (!copy.startsWith(objects)) {
            throw LyceumException.user(
                "The object '" + key + "' cannot be kept as a file. Remove or rename it.");
          }
          makeFolders(parent(copy));
          // One that is gone meanwhile is a checkpoint that newer ones replaced.
          if (bucket.getValue().download(key, copy)) {
            files.add(BackupManifest.Entry.of(target, copy));
          }
        }
        steps.done(name, true, (files.size() - before) + " objects");
      }
      BackupManifest manifest =
          new BackupManifest(
              BackupManifest.FORMAT,
              Instant.now(),
              version,
              Tools.TEMPORAL_VERSION,
              Tools.MLFLOW_VERSION,
              Tools.MINIO_VERSION,
              files);
      manifest.write(target);
      return new Summary(files.size(), manifest.bytes());
    }
  }

  /**
   * Puts the settings and databases of a verified backup into this installation's folder, which
   * must be empty but for tools; the servers start on them afterwards.
   *
   * @throws RequestFailure CONFLICT when there is an installation in the folder already
   */
  public static void placeFiles(Path backup, StateFolder folder) {
    BackupManifest manifest = BackupManifest.verified(backup);
    requireFresh(folder);
    folder.make();
    for (BackupManifest.Entry entry : manifest.files()) {
      Path from = backup.resolve(entry.path());
      if (entry.path().startsWith(SETTINGS + "/")) {
        copy(from, folder.root().resolve(from.getFileName()));
      } else if (!entry.path().startsWith(OBJECTS + "/")) {
        Server server =
            entry.path().equals(database(folder, Server.TEMPORAL).getFileName().toString())
                ? Server.TEMPORAL
                : Server.TRACKING;
        copy(from, database(folder, server));
      }
    }
  }

  /** Puts the objects of a backup into the buckets of this installation, whose storage runs. */
  public Summary restoreObjects(Path backup) {
    BackupManifest manifest = BackupManifest.verified(backup);
    Map<String, S3Bucket> buckets = buckets(installation.settings());
    int count = 0;
    long bytes = 0;
    try (Steps steps = new Steps(screen)) {
      for (BackupManifest.Entry entry : manifest.files()) {
        String[] parts = entry.path().split("/", 3);
        if (!parts[0].equals(OBJECTS)) {
          continue;
        }
        S3Bucket bucket = buckets.get(parts[1]);
        if (bucket == null) {
          throw LyceumException.user(
              "The backup holds objects of '" + parts[1] + "', which this version does not know.");
        }
        bucket.upload(parts[2], backup.resolve(entry.path()), entry.sha256());
        count++;
        bytes += entry.bytes();
        steps.doing("buckets", count + " objects");
      }
      steps.done("buckets", true, count + " objects, " + Amounts.bytes(bytes));
    }
    return new Summary(count, bytes);
  }

  private void requireOwnServers() {
    for (Server server : List.of(Server.TEMPORAL, Server.TRACKING, Server.STORAGE)) {
      if (!installation.manages(server) || ComposeStack.contains(folder, server)) {
        throw LyceumException.user(
            server.title()
                + " is not a process of this installation, so that its data cannot be reached from"
                + " here. Back it up where it runs: docs/operations.md, \"Backup and restore\".");
      }
    }
  }

  private static void requireEmpty(Path target) {
    if (!Files.exists(target)) {
      return;
    }
    try (Stream<Path> inside = Files.list(target)) {
      if (inside.findAny().isPresent()) {
        throw new RequestFailure(
            Outcome.CONFLICT, target + " is not empty. Name a folder for this backup alone.");
      }
    } catch (IOException e) {
      throw LyceumException.user(
          target + " is not a folder that can be read: " + e.getMessage(), e);
    }
  }

  private static void requireFresh(StateFolder folder) {
    for (Path file :
        List.of(
            folder.root().resolve(Settings.FILE),
            folder.stackFile(),
            folder.storageRootFile(),
            folder.data(Server.STORAGE),
            folder.data(Server.TEMPORAL),
            folder.data(Server.TRACKING))) {
      if (Files.exists(file)) {
        throw new RequestFailure(
            Outcome.CONFLICT,
            "There is an installation in "
                + folder.root()
                + " already ("
                + file
                + "). Restore into another folder (LYCEUM_HOME), or move this one away.");
      }
    }
  }

  private List<Path> settingsFiles() {
    return List.of(
        folder.root().resolve(Settings.FILE),
        folder.stackFile(),
        folder.storageRootFile(),
        folder.signingKeyFile(),
        SigningKey.publicFile(folder.signingKeyFile()));
  }

  private Path database(Server server) {
    return database(folder, server);
  }

  private static Path database(StateFolder folder, Server server) {
    return folder.data(server).resolve(server == Server.TEMPORAL ? "temporal.db" : "mlflow.db");
  }

  private static Map<String, S3Bucket> buckets(Settings settings) {
    StorageSettings storage = settings.storage();
    Map<String, S3Bucket> buckets = new LinkedHashMap<>();
    buckets.put("artifacts", new S3Bucket(storage));
    buckets.put(
        "tracking",
        new S3Bucket(
            new StorageSettings(
                storage.endpoint(),
                storage.accessKey(),
                storage.secretKey(),
                LocalStack.trackingBucket(settings),
                storage.region())));
    return buckets;
  }

  /** SQLite's own copy of a database in use: whole, as of one moment. */
  private static void copyDatabase(Path python, Path from, Path to) {
    if (!Files.isRegularFile(from)) {
      throw LyceumException.user(
          "There is no database "
              + from
              + ". Nothing was started in this folder yet; ./lyceum up does.");
    }
    String script =
        """
        import pathlib, sqlite3, sys
        source = sqlite3.connect(pathlib.Path(sys.argv[1]).as_uri() + "?mode=ro", uri=True, timeout=60)
        target = sqlite3.connect(sys.argv[2])
        source.backup(target)
        found = target.execute("PRAGMA integrity_check").fetchone()[0]
        target.close()
        sys.exit(0 if found == "ok" else found)
        """;
    if (Programs.output(
            COPYING, List.of(python.toString(), "-c", script, from.toString(), to.toString()))
        .isEmpty()) {
      throw LyceumException.resource(
          "The database "
              + from
              + " could not be copied to "
              + to
              + ". Check free space there; "
              + python
              + " must have the module sqlite3.");
    }
  }

  private static void makePrivate(Path target) {
    makeFolders(target);
    try {
      if (Files.getFileStore(target).supportsFileAttributeView("posix")) {
        // Keys are in it.
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwx------"));
      }
    } catch (IOException e) {
      throw LyceumException.resource("Cannot protect " + target + ": " + e.getMessage(), e);
    }
  }

  private static Path parent(Path file) {
    return Objects.requireNonNull(file.getParent(), () -> file + " lies in no folder");
  }

  private static void makeFolders(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot make " + folder + ": " + e.getMessage(), e);
    }
  }

  private static void copy(Path from, Path to) {
    makeFolders(parent(to));
    try {
      Files.copy(from, to);
    } catch (IOException e) {
      throw LyceumException.resource(
          "Cannot copy " + from + " to " + to + ": " + e.getMessage() + ". Check free space.", e);
    }
  }
}
