package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every part of every program has a licence that goes with Apache-2.0. */
class LicencesIT {
  private static final List<String> PROGRAMS =
      List.of("worker", "cli", "console", "airflow", "spark");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Set<String> allowed = allowed();

  @Test
  void parts_everyLicence_isAllowed() throws IOException {
    Map<String, List<String>> parts = new TreeMap<>();
    for (String program : PROGRAMS) {
      Path list = Path.of("..", program, "target", "bom.json");
      assertThat(list).as("mvn verify writes it").exists();
      Map<String, List<String>> own = licences(JSON.readTree(list.toFile()));
      assertThat(own).as(list.toString()).hasSizeGreaterThan(10);
      parts.putAll(own);
    }
    Files.writeString(Path.of("target", "licences.md"), table(parts));

    assertThat(refused(parts)).isEmpty();
  }

  @Test
  void parts_aStrongCopyleft_isRefused() throws IOException {
    JsonNode list =
        JSON.readTree(
            """
            {"components": [
              {"group": "org.good", "name": "a", "version": "1", "licenses": [{"license": {"id": "MIT"}}]},
              {"group": "org.choice", "name": "b", "version": "1", "licenses": [
                {"license": {"id": "GPL-3.0-only"}}, {"license": {"id": "Apache-2.0"}}]},
              {"group": "org.bad", "name": "c", "version": "1", "licenses": [{"license": {"id": "AGPL-3.0-only"}}]},
              {"group": "org.none", "name": "d", "version": "1"},
              {"group": "org.either", "name": "e", "version": "1", "licenses": [{"expression": "(MIT OR GPL-3.0-only)"}]}
            ]}
            """);

    assertThat(refused(licences(list)))
        .containsExactly("org.bad:c:1 [AGPL-3.0-only]", "org.none:d:1 []");
  }

  private List<String> refused(Map<String, List<String>> parts) {
    List<String> refused = new ArrayList<>();
    parts.forEach(
        (part, licences) -> {
          String unversioned = part.substring(0, part.lastIndexOf(':'));
          if (!allowed.contains(unversioned) && licences.stream().noneMatch(allowed::contains)) {
            refused.add(part + " " + licences);
          }
        });
    return refused;
  }

  /** By group:name:version; those of Lyceum itself are left out. */
  private static Map<String, List<String>> licences(JsonNode list) {
    Map<String, List<String>> parts = new TreeMap<>();
    for (JsonNode part : list.path("components")) {
      if (part.path("group").asText().equals("lyceum")) {
        continue;
      }
      List<String> licences = new ArrayList<>();
      for (JsonNode licence : part.path("licenses")) {
        if (licence.has("expression")) {
          licences.addAll(
              List.of(licence.get("expression").asText().replaceAll("[()]", "").split(" OR ")));
        } else {
          JsonNode named = licence.path("license");
          licences.add(named.path("id").asText(named.path("name").asText()));
        }
      }
      parts.put(
          part.path("group").asText()
              + ":"
              + part.path("name").asText()
              + ":"
              + part.path("version").asText(),
          licences);
    }
    return parts;
  }

  private static String table(Map<String, List<String>> parts) {
    return parts.entrySet().stream()
        .map(part -> "| " + part.getKey() + " | " + String.join(", ", part.getValue()) + " |\n")
        .collect(Collectors.joining("", "| part | licence |\n|---|---|\n", ""));
  }

  private static Set<String> allowed() {
    try {
      return Files.readAllLines(Path.of("src", "test", "resources", "licences.txt")).stream()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(String::strip)
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
