package lyceum.serving;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.ModelDirectory;
import lyceum.model.inference.Generator;

/**
 * One generation of the served model. Immutable: a request that began with it ends with it,
 * whatever is put in service meanwhile.
 *
 * @param name of the model line
 * @param version within the line
 * @param digest over the model's files: {@link lyceum.core.ModelArtifact#digest}
 * @param generator its decoder, ready
 */
public record ServedModel(
    String name, int version, String digest, LanguageModel model, Generator generator) {
  public ServedModel {
    // The name goes into a header and into requests' model field.
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._/-]{0,127}")) {
      throw LyceumException.user(
          "A model's name is letters, digits, '.', '_', '/' and '-' (at most 128), not '"
              + name
              + "'.");
    }
    if (version < 0) {
      throw LyceumException.user("A model's version is a number from 0 on, not " + version + ".");
    }
  }

  public ServedModel(String name, int version, String digest, LanguageModel model) {
    this(name, version, digest, model, new Generator(model));
  }

  /**
   * Reads a model's folder.
   *
   * @param expectedDigest what the files must come to
   * @throws LyceumException USER when the folder holds no model that can be served, or another one
   *     than expected
   */
  public static ServedModel load(
      Path directory, String name, int version, Optional<String> expectedDigest) {
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
    return new ServedModel(name, version, digest, ModelDirectory.read(directory));
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

  /** Value of the response header {@code x-lyceum-model}. */
  String header() {
    return name + "; version=" + version + "; digest=" + digest;
  }
}
