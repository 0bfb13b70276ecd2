package lyceum.console.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.lang.reflect.RecordComponent;
import java.util.Map;
import java.util.stream.Collectors;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * Bodies of requests as records, taken word by word: no unknown fields, no types that nearly fit.
 */
final class Bodies {
  private static final JsonMapper MAPPER = mapper();

  private Bodies() {}

  @SuppressWarnings("deprecation") // Its successor is a setting of builders of factories alone.
  private static JsonMapper mapper() {
    JsonMapper.Builder builder =
        JsonMapper.builder()
            .addModule(new Jdk8Module())
            .addModule(new JavaTimeModule())
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS);
    builder.withCoercionConfig(
        LogicalType.Textual,
        coercion ->
            coercion
                .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail));
    return builder.build();
  }

  /**
   * @throws Problem.Thrown 400 with the field that is wrong
   */
  static JsonNode json(byte[] bytes) {
    try {
      JsonNode json = MAPPER.readTree(bytes);
      if (json == null || !json.isObject()) {
        throw Problem.thrown(400, "invalid_request", "A JSON object is expected as the body.");
      }
      requireNoZeros("", json);
      return json;
    } catch (JsonProcessingException e) {
      throw Problem.thrown(
          400, "invalid_request", "The body is no JSON: " + e.getOriginalMessage());
    } catch (java.io.IOException e) {
      throw Problem.thrown(400, "invalid_request", "The body cannot be read: " + e.getMessage());
    }
  }

  /** PostgreSQL keeps no such characters, and nobody means them. */
  private static void requireNoZeros(String path, JsonNode node) {
    if (node.isTextual() && node.textValue().indexOf('\0') >= 0) {
      throw wrong(path, "holds the character U+0000");
    }
    if (node.isObject()) {
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        if (field.getKey().indexOf('\0') >= 0) {
          throw wrong(path, "has a field whose name holds the character U+0000");
        }
        requireNoZeros(child(path, field.getKey()), field.getValue());
      }
    } else {
      int i = 0;
      for (JsonNode item : node) {
        requireNoZeros(child(path, Integer.toString(i++)), item);
      }
    }
  }

  private static String child(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  static <T> T bind(JsonNode json, Class<T> type) {
    if (type == JsonNode.class) {
      return type.cast(json);
    }
    for (RecordComponent component : type.getRecordComponents()) {
      if (!isNullable(component) && !json.hasNonNull(component.getName())) {
        throw wrong(component.getName(), "is missing");
      }
    }
    try {
      return MAPPER.treeToValue(json, type);
    } catch (JsonMappingException e) {
      String path =
          e.getPath().stream()
              .map(
                  step ->
                      step.getFieldName() == null
                          ? Integer.toString(step.getIndex())
                          : step.getFieldName())
              .collect(Collectors.joining("."));
      String message =
          e.getCause() instanceof LyceumException known
              ? String.valueOf(known.getMessage())
              : e.getOriginalMessage();
      throw wrong(path, message);
    } catch (JsonProcessingException e) {
      throw Problem.thrown(400, "invalid_request", e.getOriginalMessage());
    }
  }

  private static Problem.Thrown wrong(String field, String message) {
    return Problem.thrown(
        400,
        "invalid_request",
        (field.isEmpty() ? "The body" : "The field '" + field + "'") + " is wrong: " + message,
        new Problem.FieldError(field, message));
  }

  static boolean isNullable(RecordComponent component) {
    return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
  }
}
