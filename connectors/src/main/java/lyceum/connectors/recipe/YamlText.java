package lyceum.connectors.recipe;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * YAML text to {@link Value}s. Aliases, keys written twice and keys that are no plain text are
 * refused.
 */
final class YamlText {
  private static final int MAX_NODES = 20_000;
  private static final int MAX_DEPTH = 50;
  private static final int MAX_CHARACTERS = 1 << 20;

  private final String source;
  private final boolean numbered;
  private final boolean given;
  private final BiConsumer<String, String> comments;
  private int nodes;

  private YamlText(
      String source, boolean numbered, boolean given, BiConsumer<String, String> comments) {
    this.source = source;
    this.numbered = numbered;
    this.given = given;
    this.comments = comments;
  }

  /**
   * The documents of a file.
   *
   * @param comments is told the path and the comment of every key that has one above it
   */
  static List<Value> documents(
      String text, String file, boolean given, BiConsumer<String, String> comments) {
    return new YamlText(file, true, given, comments).read(text);
  }

  /** The value of an override such as {@code --set a.b=1}. */
  static Value override(String text, String option) {
    if (text.isBlank()) {
      return new Value.Scalar(text, true, option, true);
    }
    List<Value> values = new YamlText(option, false, true, (path, comment) -> {}).read(text);
    if (values.size() != 1) {
      throw LyceumException.user(option + ": the value must be one YAML value.");
    }
    return values.getFirst();
  }

  private List<Value> read(String text) {
    if (text.length() > MAX_CHARACTERS) {
      throw LyceumException.user(
          source
              + " has "
              + text.length()
              + " characters; a recipe has at most "
              + MAX_CHARACTERS
              + ".");
    }
    LoaderOptions options = new LoaderOptions();
    // SnakeYAML stumbles over comments in odd places (a ClassCastException), so only the built-in
    // file has them read.
    options.setProcessComments(!given);
    options.setNestingDepthLimit(MAX_DEPTH);
    options.setCodePointLimit(MAX_CHARACTERS);
    List<Value> values = new ArrayList<>();
    try {
      for (Node node : new Yaml(options).composeAll(new StringReader(text))) {
        values.add(value(node, "", new HashSet<>()));
      }
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      throw LyceumException.user(at(line) + ": not YAML: " + e.getProblem() + ".", e);
    } catch (YAMLException e) {
      throw LyceumException.user(source + ": not YAML: " + e.getMessage(), e);
    }
    return values;
  }

  private Value value(Node node, String path, Set<Node> seen) {
    String origin = at(line(node));
    if (++nodes > MAX_NODES || !seen.add(node)) {
      throw LyceumException.user(
          origin
              + ": "
              + (nodes > MAX_NODES ? "more than " + MAX_NODES + " values" : "an alias (*name)")
              + ". Write it out.");
    }
    return switch (node) {
      case ScalarNode scalar ->
          new Value.Scalar(
              scalar.getValue(), scalar.getScalarStyle() != ScalarStyle.PLAIN, origin, given);
      case SequenceNode sequence -> {
        List<Value> items = new ArrayList<>();
        for (Node item : sequence.getValue()) {
          items.add(value(item, path, seen));
        }
        yield new Value.Sequence(items, origin, given);
      }
      case MappingNode mapping -> mapping(mapping, path, origin, seen);
      default ->
          throw LyceumException.user(origin + ": " + node.getNodeId() + " is not understood here.");
    };
  }

  private Value mapping(MappingNode mapping, String path, String origin, Set<Node> seen) {
    Map<String, Value> entries = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw LyceumException.user(at(line(tuple.getKeyNode())) + ": a key must be plain text.");
      }
      String name = key.getValue();
      String child = path.isEmpty() ? name : path + "." + name;
      if (entries.containsKey(name)) {
        throw LyceumException.user(at(line(key)) + ": the key '" + child + "' is there twice.");
      }
      String comment = comment(key);
      if (!comment.isEmpty()) {
        comments.accept(child, comment);
      }
      entries.put(name, value(tuple.getValueNode(), child, seen));
    }
    return new Value.Mapping(entries, origin, given);
  }

  private static String comment(Node key) {
    if (key.getBlockComments() == null) {
      return "";
    }
    return key.getBlockComments().stream()
        .map(line -> line.getValue().strip())
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining(" "));
  }

  private String at(int line) {
    return numbered && line > 0 ? source + ", line " + line : source;
  }

  private static int line(@Nullable Node node) {
    return node == null || node.getStartMark() == null ? 0 : node.getStartMark().getLine() + 1;
  }
}
