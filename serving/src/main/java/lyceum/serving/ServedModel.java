package lyceum.serving;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import lyceum.core.signing.TrustedKeys;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.ModelDirectory;
import lyceum.model.inference.Engine;

/**
 * One generation of a served model with its engine. A request that began with it ends with it,
 * whatever is put in service meanwhile; its keys, values and remembered prefixes are its own, and
 * go when it is out of service and its last request has ended.
 */
public final class ServedModel {
  private final String name;
  private final int version;
  private final String digest;
  private final LanguageModel model;
  private final Engine engine;
  private final Instant loaded = Instant.now();
  private final Optional<Placement.Source> source;

  /** Requests that hold it. */
  private int holders;

  private boolean retired;

  /**
   * @param name of the model line
   * @param version within the line
   * @param digest over the model's files: {@link lyceum.core.ModelArtifact#digest}
   */
  public ServedModel(
      String name,
      int version,
      String digest,
      LanguageModel model,
      Optional<LanguageModel> draft,
      EngineSetup setup) {
    this(name, version, digest, model, setup.engine(model, draft), Optional.empty());
  }

  /** A model whose engine is made already. */
  ServedModel(String name, int version, String digest, LanguageModel model, Engine engine) {
    this(name, version, digest, model, engine, Optional.empty());
  }

  private ServedModel(
      String name,
      int version,
      String digest,
      LanguageModel model,
      Engine engine,
      Optional<Placement.Source> source) {
    // The name goes into a header and into requests' model field.
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._/-]{0,127}") || name.contains("..")) {
      throw LyceumException.user(
          "A model's name is letters, digits, '.', '_', '/' and '-' (at most 128, no '..'), not '"
              + name
              + "'.");
    }
    if (version < 0) {
      throw LyceumException.user("A model's version is a number from 0 on, not " + version + ".");
    }
    this.name = name;
    this.version = version;
    this.digest = digest;
    this.model = model;
    this.engine = engine;
    this.source = source;
  }

  /**
   * Reads a model's folder.
   *
   * @param expectedDigest what the files must come to
   * @param draft folder of a smaller model with the same tokenizer that proposes tokens
   * @throws LyceumException USER when the folder holds no model that can be served, or another one
   *     than expected
   */
  public static ServedModel load(
      Path directory,
      String name,
      int version,
      Optional<String> expectedDigest,
      Optional<Path> draft,
      EngineSetup setup) {
    if (!Files.isDirectory(directory)) {
      throw LyceumException.user("There is no folder " + directory + " to serve a model from.");
    }
    String digest = digest(directory);
    if (expectedDigest.isPresent() && !expectedDigest.get().equals(digest)) {
      throw LyceumException.user(
          "The files in "
              + directory
              + " have the digest "
              + digest
              + ", not "
              + expectedDigest.get()
              + ". Fetch the model again.");
    }
    setup.trusted().check("The model in " + directory, digest, TrustedKeys.signatureIn(directory));
    LanguageModel model = ModelDirectory.read(directory);
    return new ServedModel(
        name,
        version,
        digest,
        model,
        setup.engine(model, draft.map(ModelDirectory::read)),
        Optional.of(new Placement.Source(directory, draft)));
  }

  /**
   * What {@link lyceum.core.ModelArtifact#digest} gives for the folder's files; hidden ones are not
   * of the model.
   */
  private static String digest(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> sorted =
          files
              .filter(
                  file ->
                      Files.isRegularFile(file) && !file.getFileName().toString().startsWith("."))
              .sorted((a, b) -> a.getFileName().toString().compareTo(b.getFileName().toString()))
              .toList();
      StringBuilder text = new StringBuilder();
      for (Path file : sorted) {
        text.append(file.getFileName()).append(' ').append(Sha256.of(file)).append('\n');
      }
      return Sha256.of(text.toString());
    } catch (IOException e) {
      throw LyceumException.resource("Cannot read the folder " + directory + ": " + e + ".", e);
    }
  }

  public String name() {
    return name;
  }

  /** Where it was read from; empty for one that was given ready. */
  Optional<Placement.Source> source() {
    return source;
  }

  public int version() {
    return version;
  }

  public String digest() {
    return digest;
  }

  public LanguageModel model() {
    return model;
  }

  public Engine engine() {
    return engine;
  }

  Instant loaded() {
    return loaded;
  }

  /** Value of the response header {@code x-lyceum-model}. */
  String header() {
    return name + "; version=" + version + "; digest=" + digest;
  }

  /** Holds it for a request; false when it is gone already. */
  synchronized boolean hold() {
    if (retired && holders == 0) {
      return false;
    }
    holders++;
    return true;
  }

  synchronized void letGo() {
    holders--;
    closeWhenUnused();
  }

  /** Takes no further requests; its memory is given back when the last one ends. */
  synchronized void retire() {
    retired = true;
    closeWhenUnused();
  }

  private void closeWhenUnused() {
    if (retired && holders == 0) {
      engine.close();
    }
  }
}
