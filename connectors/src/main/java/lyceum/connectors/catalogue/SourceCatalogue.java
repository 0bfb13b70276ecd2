package lyceum.connectors.catalogue;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import lyceum.connectors.network.PublicDns;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.LocalDisk;
import lyceum.connectors.storage.S3Bucket;
import lyceum.connectors.storage.StorageSettings;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import lyceum.core.recipe.SourceSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sources of text, fetched once and kept in a folder under their digest. Nothing is handed out that
 * was not just verified.
 *
 * <p>Calls for one source, from any thread or process, do the work once: the others wait and find
 * the file.
 */
public final class SourceCatalogue {
  private static final Logger LOG = LoggerFactory.getLogger(SourceCatalogue.class);
  private static final Duration CLIENT_LIMIT = Duration.ofMinutes(10);

  /** A file lock does not keep the threads of one process apart. */
  private static final Map<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

  private final Path folder;
  private final StorageSettings storage;
  private final Optional<URI> hub;
  private final Optional<String> hubToken;
  private final PackageClient packages;
  private final HttpDownload http;
  private final RetryPolicy<Object> retries;

  /**
   * A catalogue in the settings' catalogue folder, with this process's environment for the package
   * clients.
   */
  public SourceCatalogue(Settings settings) {
    this(
        settings.catalogueFolder(),
        settings.storage(),
        settings.huggingFaceEndpoint(),
        settings.cataloguePrivateHosts(),
        System.getenv(),
        CLIENT_LIMIT,
        Duration.ofSeconds(1));
  }

  /**
   * @param folder the cache; made when it is not there
   * @param storage where {@code s3:} sources are
   * @param hub base address for {@code hf:} sources
   * @param privateHosts hosts on private networks from which sources may come; the hub's is one
   * @param environment of the package clients
   * @param clientLimit after which a package client is ended
   * @param firstDelay before the first retry
   */
  SourceCatalogue(
      Path folder,
      StorageSettings storage,
      Optional<URI> hub,
      List<String> privateHosts,
      Map<String, String> environment,
      Duration clientLimit,
      Duration firstDelay) {
    this.folder = folder.toAbsolutePath().normalize();
    this.storage = storage;
    this.hub = hub;
    this.hubToken =
        Optional.ofNullable(environment.get("HF_TOKEN")).filter(token -> !token.isBlank());
    this.packages = new PackageClient(environment, clientLimit);
    Set<String> trusted = new HashSet<>(privateHosts);
    hub.map(URI::getHost).ifPresent(trusted::add);
    this.http = new HttpDownload(4, firstDelay, new PublicDns(trusted));
    this.retries =
        RetryPolicy.builder()
            .handleIf(
                e ->
                    e instanceof LyceumException failure
                        && failure.category() == ErrorCategory.EXTERNAL)
            .withMaxRetries(2)
            .withBackoff(firstDelay, firstDelay.multipliedBy(8))
            .build();
  }

  /**
   * The source as a verified local file. A {@code file:} source is used where it is; every other is
   * fetched when it is not in the cache.
   *
   * @throws LyceumException USER when the source is not there, is refused, or has another digest
   *     than the recipe says; EXTERNAL when it cannot be reached; RESOURCE when the disk is full
   */
  public Path fetch(SourceSettings source) {
    if (scheme(source).equals("file")) {
      return verifyInPlace(source);
    }
    Path target = folder.resolve(source.sha256());
    try {
      Files.createDirectories(folder);
      ReentrantLock thread = THREADS.computeIfAbsent(target, path -> new ReentrantLock());
      thread.lock();
      try (FileChannel channel =
              FileChannel.open(
                  folder.resolve(source.sha256() + ".lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock _ = channel.lock()) {
        if (Files.exists(target)) {
          if (Sha256.of(target).equals(source.sha256())) {
            return target;
          }
          LOG.warn("{} in the cache is damaged and is fetched again", target);
          Files.delete(target);
        }
        LOG.info("fetching {} from {}", source.name(), source.uri());
        fetchInto(target, source);
        return target;
      } finally {
        thread.unlock();
      }
    } catch (IOException e) {
      throw LocalDisk.failure("use the cache", folder, e);
    }
  }

  private void fetchInto(Path target, SourceSettings source) throws IOException {
    Path part = folder.resolve(source.sha256() + ".part");
    boolean resumed = Files.exists(part);
    transfer(source, part);
    String found = Sha256.of(part);
    if (resumed && !found.equals(source.sha256())) {
      // What lay there from before may be of an older version of the file.
      Files.delete(part);
      transfer(source, part);
      found = Sha256.of(part);
    }
    if (!found.equals(source.sha256())) {
      Files.delete(part);
      throw mismatch(source, found);
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private void transfer(SourceSettings source, Path part) throws IOException {
    String rest = source.uri().getSchemeSpecificPart();
    switch (scheme(source)) {
      case "https" -> http.run(source.uri(), Optional.empty(), part);
      case "hf" -> http.run(hubAddress(source), hubToken, part);
      case "s3" -> downloadObject(source, part);
      case "pip", "maven", "npm" -> downloadPackage(source, rest, part);
      default ->
          throw LyceumException.user(
              "Source '" + source.name() + "' has an address of no known kind: " + source.uri());
    }
  }

  private void downloadObject(SourceSettings source, Path part) throws IOException {
    String bucket = source.uri().getHost();
    String path = source.uri().getPath();
    if (bucket == null || path == null || path.length() < 2) {
      throw LyceumException.user(
          "Source '"
              + source.name()
              + "' has the address '"
              + source.uri()
              + "'. Write it as s3://BUCKET/KEY.");
    }
    StorageSettings there =
        new StorageSettings(
            storage.endpoint(), storage.accessKey(), storage.secretKey(), bucket, storage.region());
    if (!new S3Bucket(there).download(path.substring(1), part)) {
      throw LyceumException.user(
          "Source '"
              + source.name()
              + "': there is no object "
              + source.uri()
              + " at "
              + storage.endpoint()
              + ".");
    }
    if (Files.notExists(part)) {
      Files.createFile(part);
    }
  }

  private void downloadPackage(SourceSettings source, String rest, Path part) throws IOException {
    Path work = folder.resolve(source.sha256() + ".work");
    try {
      attempt(
          source,
          () -> {
            emptyFolder(work);
            switch (scheme(source)) {
              case "pip" -> packages.pip(rest, work);
              case "maven" -> packages.maven(rest, work);
              default -> packages.npm(rest, work);
            }
          });
      List<Path> files;
      try (Stream<Path> found = Files.list(work)) {
        files = found.filter(Files::isRegularFile).sorted().toList();
      }
      if (files.size() != 1) {
        throw LyceumException.external(
            source.uri()
                + " was to give one file; its client left "
                + files.stream().map(Path::getFileName).toList()
                + ".");
      }
      Files.move(files.getFirst(), part, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      removeFolder(work);
    }
  }

  private void attempt(SourceSettings source, dev.failsafe.function.CheckedRunnable operation)
      throws IOException {
    try {
      Failsafe.with(retries).run(operation);
    } catch (FailsafeException e) {
      if (e.getCause() instanceof IOException disk) {
        throw disk;
      }
      Thread.currentThread().interrupt();
      throw LyceumException.external("Interrupted while fetching " + source.uri() + ".", e);
    }
  }

  /** {@code hf:[datasets/]OWNER/REPO/FILE@REVISION} as the hub's address of the file. */
  private URI hubAddress(SourceSettings source) {
    String rest = source.uri().getSchemeSpecificPart();
    int at = rest.lastIndexOf('@');
    String[] parts = rest.substring(0, Math.max(at, 0)).split("/");
    int repository = parts[0].equals("datasets") || parts[0].equals("spaces") ? 3 : 2;
    if (at < 0
        || at == rest.length() - 1
        || parts.length <= repository
        || List.of(parts).contains("")) {
      throw LyceumException.user(
          "Source '"
              + source.name()
              + "' has the address '"
              + source.uri()
              + "'. Write it as hf:OWNER/REPO/FILE@REVISION, or hf:datasets/OWNER/REPO/FILE@REVISION.");
    }
    URI base =
        hub.orElseThrow(
            () ->
                LyceumException.user(
                    "Source '"
                        + source.name()
                        + "' comes from a hub whose address is not set. Fix: set HF_ENDPOINT or"
                        + " huggingface.endpoint in settings.properties to the hub's base address."));
    List<String> path = new ArrayList<>(List.of(parts).subList(0, repository));
    path.add("resolve");
    path.add(rest.substring(at + 1));
    path.addAll(List.of(parts).subList(repository, parts.length));
    return URI.create(base.toString().replaceAll("/+$", "") + "/" + String.join("/", path));
  }

  private static Path verifyInPlace(SourceSettings source) {
    Path path;
    try {
      path = Path.of(source.uri());
    } catch (IllegalArgumentException e) {
      throw LyceumException.user(
          "Source '"
              + source.name()
              + "' has the address '"
              + source.uri()
              + "'. Write it as file:///ABSOLUTE/PATH.",
          e);
    }
    if (!Files.isRegularFile(path)) {
      throw LyceumException.user(
          "Source '" + source.name() + "': there is no file " + path + ". Fix: its uri.");
    }
    try {
      String found = Sha256.of(path);
      if (!found.equals(source.sha256())) {
        throw mismatch(source, found);
      }
      return path;
    } catch (IOException e) {
      throw LocalDisk.failure("read", path, e);
    }
  }

  private static LyceumException mismatch(SourceSettings source, String found) {
    return LyceumException.user(
        "Source '"
            + source.name()
            + "' ("
            + source.uri()
            + ") is not what the recipe pins:\n  recipe  "
            + source.sha256()
            + "\n  fetched "
            + found
            + "\nIt changed since, or was tampered with. Fix: look at it, then put the new sha256 into the recipe.");
  }

  private static String scheme(SourceSettings source) {
    return source.uri().getScheme().toLowerCase(Locale.ROOT);
  }

  private static void emptyFolder(Path work) throws IOException {
    removeFolder(work);
    Files.createDirectories(work);
  }

  private static void removeFolder(Path work) throws IOException {
    if (Files.notExists(work)) {
      return;
    }
    List<Path> paths;
    try (Stream<Path> found = Files.walk(work)) {
      paths = found.sorted(java.util.Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.delete(path);
    }
  }
}
