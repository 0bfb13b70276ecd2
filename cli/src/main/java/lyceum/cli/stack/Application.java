package lyceum.cli.stack;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;

/**
 * What the worker, the model server and the console run from: Lyceum's own jars as they were when
 * the process began, copied into the state folder so that a build does not pull the classes from
 * under a running process, and third-party jars from where they are.
 *
 * @param build digest of Lyceum's own jars, 12 digits
 * @param classPath for {@code java -cp}
 */
public record Application(String build, String classPath) {
  private static final String VERSION = "0.1.0";

  /**
   * Copies the jars of a module and everything it needs.
   *
   * @param module {@code worker} or {@code console}
   * @param install folder of the repository
   * @throws LyceumException USER when nothing was built there
   */
  public static Application prepare(Path install, String module, StateFolder folder) {
    Path own = install.resolve(module + "/target/" + module + "-" + VERSION + ".jar");
    Path lib = install.resolve(module + "/target/lib");
    if (!Files.exists(own) || !Files.isDirectory(lib)) {
      throw LyceumException.user(
          "The "
              + module
              + " is not built: "
              + own
              + " is missing. Run ./lyceum, which builds, or mvn -DskipTests install.");
    }
    try {
      List<Path> ours = new ArrayList<>(List.of(own));
      List<Path> theirs = new ArrayList<>();
      try (Stream<Path> jars = Files.list(lib)) {
        jars.filter(jar -> jar.toString().endsWith(".jar"))
            .sorted()
            .forEach(
                jar -> (jar.toString().endsWith("-" + VERSION + ".jar") ? ours : theirs).add(jar));
      }
      StringBuilder digests = new StringBuilder();
      for (Path jar : ours) {
        digests.append(jar.getFileName()).append(' ').append(Sha256.of(jar)).append('\n');
      }
      String build = Sha256.of(digests.toString()).substring(0, 12).toLowerCase(Locale.ROOT);
      Path target = folder.root().resolve("app").resolve(build);
      Files.createDirectories(target);
      List<String> classPath = new ArrayList<>();
      for (Path jar : ours) {
        Path copy = target.resolve(jar.getFileName());
        if (!Files.exists(copy)) {
          Path fresh = Files.createTempFile(target, "jar", ".new");
          Files.copy(jar, fresh, StandardCopyOption.REPLACE_EXISTING);
          Files.move(
              fresh, copy, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        classPath.add(copy.toString());
      }
      theirs.forEach(jar -> classPath.add(jar.toString()));
      return new Application(build, String.join(File.pathSeparator, classPath));
    } catch (IOException e) {
      throw LyceumException.resource(
          "Cannot copy the jars of the "
              + module
              + " into "
              + folder.root()
              + ": "
              + e.getMessage(),
          e);
    }
  }
}
