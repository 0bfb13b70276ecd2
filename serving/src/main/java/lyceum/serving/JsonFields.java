package lyceum.serving;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the fields of a request's body; what is not as it must be is a 400 that names the field.
 */
final class JsonFields {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  static {
    JSON.getFactory()
        .setStreamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build());
  }

  private JsonFields() {}

  /** A JSON object, or a 400. */
  static JsonNode object(byte[] body) {
    JsonNode json;
    try {
      json = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw ApiException.invalid(
          null, "The request's body is not JSON: " + e.getOriginalMessage() + ".");
    } catch (IOException e) {
      throw ApiException.invalid(
          null, "The request's body is not JSON in UTF-8: " + e.getMessage() + ".");
    }
    if (json == null || !json.isObject()) {
      throw ApiException.invalid(null, "The request's body is not a JSON object.");
    }
    return json;
  }

  /** The value of a text that is JSON, or empty. */
  static Optional<JsonNode> parsed(String text) {
    try {
      return Optional.ofNullable(JSON.readTree(text)).filter(json -> !json.isMissingNode());
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** A non-empty text field, or a 400. */
  static String text(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw ApiException.invalid(field, "'" + field + "' is missing or not text.");
    }
    return value.textValue();
  }

  /** A text field that may be missing. */
  static Optional<String> optionalText(JsonNode json, String field) {
    return isAbsent(json.path(field)) ? Optional.empty() : Optional.of(text(json, field));
  }

  static long integer(JsonNode json, String field, long otherwise, long least, long most) {
    JsonNode value = json.path(field);
    if (isAbsent(value)) {
      return otherwise;
    }
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < least
        || value.longValue() > most) {
      throw ApiException.invalid(
          field,
          "'"
              + field
              + "' must be an integer from "
              + least
              + " to "
              + most
              + ", not "
              + shown(value)
              + ".");
    }
    return value.longValue();
  }

  static double number(JsonNode json, String field, double otherwise, double least, double most) {
    JsonNode value = json.path(field);
    if (isAbsent(value)) {
      return otherwise;
    }
    if (!value.isNumber() || !(value.doubleValue() >= least && value.doubleValue() <= most)) {
      throw ApiException.invalid(
          field,
          "'"
              + field
              + "' must be a number from "
              + least
              + " to "
              + most
              + ", not "
              + shown(value)
              + ".");
    }
    return value.doubleValue();
  }

  /**
   * @param path the field as the sender knows it
   */
  static boolean bool(JsonNode json, String field, String path) {
    JsonNode value = json.path(field);
    if (isAbsent(value)) {
      return false;
    }
    if (!value.isBoolean()) {
      throw ApiException.invalid(
          path, "'" + path + "' must be true or false, not " + shown(value) + ".");
    }
    return value.booleanValue();
  }

  /** A text or a list of texts, none of them empty. */
  static List<String> texts(JsonNode json, String field, int most) {
    JsonNode value = json.path(field);
    if (isAbsent(value)) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode one : value.isArray() ? value : List.of(value)) {
      if (!one.isTextual() || one.textValue().isEmpty()) {
        throw ApiException.invalid(
            field, "'" + field + "' must be a text or a list of texts, none of them empty.");
      }
      texts.add(one.textValue());
    }
    if (texts.size() > most) {
      throw ApiException.invalid(
          field, "'" + field + "' may name " + most + " texts, not " + texts.size() + ".");
    }
    return texts;
  }

  static boolean isAbsent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  /** A value in a message to the sender. */
  static String shown(JsonNode value) {
    String text = value.isMissingNode() ? "missing" : value.toString();
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }
}
