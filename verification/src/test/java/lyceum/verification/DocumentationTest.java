package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the pages name is there: classes in back quotes, files behind links. */
class DocumentationTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern CLASS = Pattern.compile("`((?:[a-z]+\\.)+[A-Z][A-Za-z]*)");
  private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(?:#[^)]*)?\\)");
  private static final List<String> MODULES =
      List.of(
          "core",
          "telemetry",
          "web",
          "data",
          "model",
          "serving",
          "contracts",
          "workflows",
          "connectors",
          "activities",
          "worker",
          "cli",
          "console",
          "bench",
          "spark",
          "airflow",
          "verification");

  @Test
  void pages_namedClasses_exist() throws IOException {
    List<String> missing = new ArrayList<>();
    for (Path page : pages()) {
      for (String name : matches(CLASS, page)) {
        String module = name.substring(0, name.indexOf('.'));
        if (MODULES.contains(module) && !exists(module, name)) {
          missing.add(ROOT.relativize(page) + " names " + name);
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void pages_links_leadToFiles() throws IOException {
    List<String> missing = new ArrayList<>();
    for (Path page : pages()) {
      for (String target : matches(LINK, page)) {
        if (!Files.exists(page.resolveSibling(target))) {
          missing.add(ROOT.relativize(page) + " links to " + target);
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  private static boolean exists(String module, String name) {
    String file = "java/lyceum/" + name.replace('.', '/') + ".java";
    return Files.exists(ROOT.resolve(module + "/src/main/" + file))
        || Files.exists(ROOT.resolve(module + "/src/test/" + file));
  }

  private static List<String> matches(Pattern pattern, Path page) throws IOException {
    Matcher matcher = pattern.matcher(Files.readString(page));
    return matcher.results().map((MatchResult match) -> match.group(1)).toList();
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages =
        new ArrayList<>(List.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")));
    try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
      files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
    }
    assertThat(pages).hasSizeGreaterThan(10);
    return pages;
  }
}
