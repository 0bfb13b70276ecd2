package lyceum.cli.stack;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import lyceum.connectors.serving.HttpModelServer;
import lyceum.connectors.settings.Settings;
import lyceum.connectors.storage.MinioArtifactStore;
import lyceum.connectors.tracking.MlflowTracker;
import lyceum.contracts.Payloads;
import lyceum.contracts.deployment.AuditEntry;
import lyceum.core.ArtifactStore;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelServer;
import lyceum.core.Tracker;
import lyceum.core.signing.ModelSignatures;

/** Brings a model server that was started anew back to the champion that was promoted last. */
final class LastServed {
  private static final String CHAMPION = "champion";
  // How a version of the registry names its files.
  private static final String MODEL_TAG = "lyceum.model";

  private LastServed() {}

  /** What serves now, for people; empty when nothing does. */
  static String text(Settings settings) {
    return server(settings, new StateFolder(settings.home()))
        .served()
        .map(served -> served.modelLine() + " v" + served.version())
        .orElse("");
  }

  /**
   * Serves the champion that was promoted last, unless the server serves something already.
   *
   * @return what it serves, in words
   */
  static String serveAgain(Settings settings, StateFolder folder, Consumer<String> progress) {
    HttpModelServer server = server(settings, folder);
    Optional<ModelServer.Served> now = server.served();
    if (now.isPresent()) {
      return "serving " + now.get().modelLine() + " version " + now.get().version();
    }
    Tracker tracker = new MlflowTracker(settings.tracking());
    Optional<Promoted> last =
        tracker.modelLines().stream()
            .map(line -> lastPromoted(line, tracker, new MinioArtifactStore(settings.storage())))
            .flatMap(Optional::stream)
            .max(Comparator.comparingLong(Promoted::atMillis));
    if (last.isEmpty()) {
      return "no model promoted yet";
    }
    Promoted promoted = last.get();
    progress.accept("loading version " + promoted.version() + " of " + promoted.modelLine());
    ModelArtifact model = model(tracker, promoted);
    server.serve(promoted.modelLine(), promoted.version(), model);
    return "serving " + promoted.modelLine() + " version " + promoted.version();
  }

  private record Promoted(String modelLine, int version, long atMillis) {}

  private static Optional<Promoted> lastPromoted(
      String line, Tracker tracker, ArtifactStore store) {
    Integer champion = tracker.aliases(line).get(CHAMPION);
    if (champion == null) {
      return Optional.empty();
    }
    long at =
        store.listDocuments(AuditEntry.folder(line)).stream()
            .map(store::getDocument)
            .flatMap(Optional::stream)
            .map(
                bytes ->
                    Payloads.fromJson(new String(bytes, StandardCharsets.UTF_8), AuditEntry.class))
            .filter(entry -> entry.action().isMove())
            .mapToLong(AuditEntry::atMillis)
            .max()
            .orElse(0L);
    return Optional.of(new Promoted(line, champion, at));
  }

  private static ModelArtifact model(Tracker tracker, Promoted promoted) {
    String json =
        tracker
            .version(promoted.modelLine(), promoted.version())
            .map(version -> version.tags().getOrDefault(MODEL_TAG, ""))
            .orElse("");
    if (json.isEmpty()) {
      throw LyceumException.user(
          "Version "
              + promoted.version()
              + " of "
              + promoted.modelLine()
              + " is the champion, but does not say where its files are."
              + " Promote another: lyceum model promote "
              + promoted.modelLine()
              + " VERSION");
    }
    return Payloads.fromJson(json, ModelArtifact.class);
  }

  private static HttpModelServer server(Settings settings, StateFolder folder) {
    return new HttpModelServer(settings, model -> fetch(model, settings, folder));
  }

  /** The model's files in a folder named by its digest; fetched when they are not there whole. */
  private static Path fetch(ModelArtifact model, Settings settings, StateFolder folder) {
    Path target = folder.root().resolve("served").resolve(model.digest());
    ArtifactStore store = new MinioArtifactStore(settings.storage());
    ModelSignatures signatures =
        new ModelSignatures(store, Optional.empty(), settings.signing().trustedKeys());
    if (Files.isDirectory(target)) {
      signatures.place(model, target);
      return target;
    }
    try {
      Path parent = folder.root().resolve("served");
      Files.createDirectories(parent);
      Path fresh = Files.createTempDirectory(parent, ".fetching");
      model.files().forEach((name, ref) -> store.fetch(ref, fresh.resolve(name)));
      try {
        Files.move(fresh, target);
      } catch (IOException e) {
        // Another call was faster.
        remove(fresh);
        if (!Files.isDirectory(target)) {
          throw e;
        }
      }
      signatures.place(model, target);
      return target;
    } catch (IOException e) {
      throw LyceumException.resource(
          "Cannot keep the served model in " + target + ": " + e.getMessage(), e);
    }
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
