package lyceum.serving;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import lyceum.core.LyceumException;

/**
 * What is in service, in a file that the model servers of an installation share. The server that is
 * told of a change writes it; the others, and those started later, do the same.
 */
final class Placement {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A model as it can be loaded again.
   *
   * @param draft folder of the model that proposes tokens
   */
  record Source(Path directory, Optional<Path> draft) {}

  /**
   * One generation of a line.
   *
   * @param percent share of requests; without a meaning for the stable one
   */
  record Generation(
      Models.Role role, String name, int version, String digest, Source source, double percent) {
    boolean is(ServedModel model) {
      return model.name().equals(name)
          && model.version() == version
          && model.digest().equals(digest);
    }
  }

  private final Path file;
  private byte[] seen = {};

  /**
   * @param file on a volume that all of the servers write to; need not be there yet
   */
  Placement(Path file) {
    this.file = file.toAbsolutePath();
  }

  /**
   * Keeps what is in service here.
   *
   * @throws LyceumException RESOURCE when the file cannot be written
   */
  synchronized void write(List<Models.Line> lines) {
    ArrayNode list = JSON.createArrayNode();
    for (Models.Line line : lines) {
      add(list, Models.Role.STABLE, line.stable(), 0);
      line.canary().ifPresent(model -> add(list, Models.Role.CANARY, model, line.percent()));
      line.shadow().ifPresent(model -> add(list, Models.Role.SHADOW, model, line.shadowPercent()));
    }
    try {
      byte[] bytes = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(list);
      Path folder = Files.createDirectories(file.resolveSibling("."));
      Path fresh = Files.createTempFile(folder, ".placement", "");
      try {
        Files.write(fresh, bytes);
        // Read by nobody before it is whole.
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(fresh);
      }
      seen = bytes;
    } catch (IOException e) {
      throw LyceumException.resource(
          "What is in service cannot be written to " + file + ": " + e + ".", e);
    }
  }

  private static void add(ArrayNode list, Models.Role role, ServedModel model, double percent) {
    // One that was given to this server alone, in a test or when it was started, is its own.
    model
        .source()
        .ifPresent(
            source -> {
              ObjectNode entry = list.addObject();
              entry.put("role", role.name());
              entry.put("name", model.name());
              entry.put("version", model.version());
              entry.put("digest", model.digest());
              entry.put("directory", source.directory().toString());
              source.draft().ifPresent(draft -> entry.put("draft", draft.toString()));
              entry.put("percent", percent);
            });
  }

  /**
   * What is to be in service, the stable one of each line first; empty when there is nothing new
   * since the last call or the last change made here.
   *
   * @throws LyceumException RESOURCE when the file cannot be read, EXTERNAL when it is none of
   *     these
   */
  synchronized Optional<List<Generation>> changed() {
    byte[] bytes;
    try {
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot read " + file + ": " + e + ".", e);
    }
    if (Arrays.equals(bytes, seen)) {
      return Optional.empty();
    }
    List<Generation> generations = read(bytes);
    seen = bytes;
    return Optional.of(generations);
  }

  /** What was read could not be done: the next call gives it again. */
  synchronized void again() {
    seen = new byte[0];
  }

  private List<Generation> read(byte[] bytes) {
    List<Generation> generations = new ArrayList<>();
    try {
      for (JsonNode entry : JSON.readTree(bytes)) {
        generations.add(
            new Generation(
                Models.Role.valueOf(entry.path("role").asText()),
                entry.path("name").asText(),
                entry.path("version").asInt(),
                entry.path("digest").asText(),
                new Source(
                    Path.of(entry.path("directory").asText()),
                    entry.hasNonNull("draft")
                        ? Optional.of(Path.of(entry.path("draft").asText()))
                        : Optional.empty()),
                entry.path("percent").asDouble()));
      }
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw LyceumException.external(
          file + " does not say what is in service. Remove it; the next promotion writes it anew.",
          e);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot read " + file + ": " + e + ".", e);
    }
    return generations;
  }
}
