package lyceum.verification;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Names of metrics: what the dashboards and alert rules ask for, and what a page has. */
final class MetricNames {
  private static final Path OBSERVABILITY =
      Installation.repository().resolve("infra").resolve("observability");
  private static final Pattern WORD =
      Pattern.compile("(?<![\\w:.])[a-zA-Z_:][\\w:]*(?!\\s*\\()\\b");
  private static final Set<String> OPERATORS = Set.of("and", "or", "unless", "bool");

  private MetricNames() {}

  /** In every query of every dashboard and rule, less what rules record and Prometheus itself. */
  static Set<String> asked() throws IOException {
    List<String> queries = new ArrayList<>();
    Set<String> own = new HashSet<>(Set.of("up"));
    ObjectMapper json = new ObjectMapper();
    try (Stream<Path> dashboards = Files.list(OBSERVABILITY.resolve("dashboards"))) {
      for (Path dashboard : dashboards.toList()) {
        json.readTree(dashboard.toFile()).findValuesAsText("expr").forEach(queries::add);
      }
    }
    JsonNode alerts = new YAMLMapper().readTree(OBSERVABILITY.resolve("alerts.yaml").toFile());
    queries.addAll(alerts.findValuesAsText("expr"));
    own.addAll(alerts.findValuesAsText("record"));
    Set<String> names = new TreeSet<>();
    queries.forEach(query -> names.addAll(of(query)));
    names.removeAll(own);
    return names;
  }

  /** In one query of PromQL. */
  static Set<String> of(String query) {
    String bare =
        query
            .replaceAll("\"[^\"]*\"", "")
            .replaceAll("\\{[^}]*}", "")
            .replaceAll("\\[[^]]*]", "")
            .replaceAll("\\boffset\\s+\\w+", "")
            .replaceAll("\\b(by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)", "");
    Set<String> names = new TreeSet<>();
    Matcher words = WORD.matcher(bare);
    while (words.find()) {
      names.add(words.group());
    }
    names.removeAll(OPERATORS);
    return names;
  }

  /** Of the samples on a page in Prometheus' text format. */
  static Set<String> on(String page) {
    return page.lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(line -> line.split("[{ ]", 2)[0])
        .collect(Collectors.toSet());
  }
}
