package lyceum.data.reader;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import lyceum.core.LyceumException;

/**
 * Text with fields of a JSON object in braces. {@code {a.b}} is the field {@code b} of the object
 * {@code a}; in an array, a number takes that element and a name takes the field of each; an array
 * is its elements joined by line feeds; null is empty; an object is its JSON. {@code {{} and {@code
 * }}} are braces.
 */
final class JsonTemplate {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final Pattern PART = Pattern.compile("\\{\\{|\\}\\}|\\{([^{}]+)\\}");

  /** Literal text, or a path where {@code path} is not empty. */
  private record Part(String literal, List<String> path) {}

  private final List<Part> parts = new ArrayList<>();

  JsonTemplate(String template) {
    Matcher matcher = PART.matcher(template);
    int end = 0;
    while (matcher.find()) {
      parts.add(new Part(template.substring(end, matcher.start()), List.of()));
      String field = matcher.group(1);
      parts.add(
          field == null
              ? new Part(matcher.group().substring(1), List.of())
              : new Part("", List.of(field.split("\\.", -1))));
      end = matcher.end();
    }
    parts.add(new Part(template.substring(end), List.of()));
  }

  /**
   * The template with the fields of one JSON object filled in.
   *
   * @param where file and line, for errors
   * @throws LyceumException of category USER when the text is no JSON object or lacks a field
   */
  String fill(String json, String where) {
    JsonNode object;
    try {
      object = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw LyceumException.user(where + " is not JSON: " + e.getOriginalMessage(), e);
    }
    if (!object.isObject()) {
      throw LyceumException.user(where + " is not a JSON object.");
    }
    StringBuilder text = new StringBuilder();
    for (Part part : parts) {
      text.append(part.path().isEmpty() ? part.literal() : value(object, part.path(), where));
    }
    return text.toString();
  }

  private static String value(JsonNode object, List<String> path, String where) {
    JsonNode node = object;
    for (String step : path) {
      node = descend(node, step);
      if (node.isMissingNode()) {
        List<String> fields = new ArrayList<>();
        object.fieldNames().forEachRemaining(fields::add);
        throw LyceumException.user(
            where
                + " has no field '"
                + String.join(".", path)
                + "'. Its fields are "
                + fields
                + ".");
      }
    }
    return text(node);
  }

  private static JsonNode descend(JsonNode node, String step) {
    if (!node.isArray()) {
      return node.path(step);
    }
    if (step.matches("[0-9]{1,9}")) {
      return node.path(Integer.parseInt(step));
    }
    ArrayNode fields = JsonNodeFactory.instance.arrayNode();
    for (JsonNode element : node) {
      JsonNode field = descend(element, step);
      if (field.isMissingNode()) {
        return field;
      }
      fields.add(field);
    }
    return fields;
  }

  private static String text(JsonNode node) {
    if (node.isArray()) {
      return StreamSupport.stream(node.spliterator(), false)
          .map(JsonTemplate::text)
          .collect(Collectors.joining("\n"));
    }
    if (node.isObject()) {
      return node.toString();
    }
    return node.isNull() ? "" : node.asText();
  }
}
