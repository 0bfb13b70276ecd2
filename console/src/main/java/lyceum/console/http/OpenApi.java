package lyceum.console.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaBuilder;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import lyceum.console.security.Role;
import lyceum.contracts.Payloads;
import org.jspecify.annotations.Nullable;

/** The OpenAPI 3.1 document of a list of operations. */
public final class OpenApi {
  private OpenApi() {}

  public static JsonNode document(List<Operation> operations, String version) {
    SchemaBuilder schemas = schemas();
    ObjectNode root = Payloads.mapper().createObjectNode();
    root.put("openapi", "3.1.0");
    root.putObject("info")
        .put("title", "Lyceum")
        .put("version", version)
        .put("description", "Runs, experiments and models in production.");
    root.putArray("servers").addObject().put("url", "/api/v1");
    ObjectNode paths = root.putObject("paths");
    for (Operation operation : operations) {
      ObjectNode path = paths.withObjectProperty(operation.path());
      path.set(operation.method().text().toLowerCase(Locale.ROOT), operation(operation, schemas));
    }
    ObjectNode components = root.putObject("components");
    components.set("schemas", schemas.collectDefinitions("components/schemas"));
    ObjectNode schemes = components.putObject("securitySchemes");
    schemes.putObject("token").put("type", "http").put("scheme", "bearer");
    schemes
        .putObject("session")
        .put("type", "apiKey")
        .put("in", "cookie")
        .put("name", Access.COOKIE);
    return root;
  }

  private static ObjectNode operation(Operation operation, SchemaBuilder schemas) {
    ObjectNode node = Payloads.mapper().createObjectNode();
    node.put("operationId", operation.id()).put("summary", operation.summary());
    Role role = operation.role();
    if (role != null) {
      node.put("x-role", role.word());
    }
    ArrayNode security = node.putArray("security");
    if (!operation.isOpen()) {
      security.addObject().putArray("token");
      security.addObject().putArray("session");
    }
    ArrayNode parameters = node.putArray("parameters");
    operation.parameters().forEach(parameter -> parameters.add(parameter.document()));
    if (operation.takesKey()) {
      parameters.add(Api.KEY.document());
    }
    Class<?> request = operation.request();
    if (request != null) {
      ObjectNode body = node.putObject("requestBody").put("required", true);
      content(body, "application/json").set("schema", schema(request, schemas));
    }
    if (operation.isBytes()) {
      content(node.putObject("requestBody"), "*/*").putObject("schema");
    }
    ObjectNode responses = node.putObject("responses");
    ObjectNode success = responses.putObject(Integer.toString(operation.status()));
    success.put("description", "Done.");
    Class<?> response = operation.response();
    if (operation.streamer() != null) {
      content(success, "text/event-stream").putObject("schema").put("type", "string");
    } else if (response == String.class) {
      content(success, "text/plain").putObject("schema").put("type", "string");
    } else if (response != null) {
      content(success, "application/json").set("schema", schema(response, schemas));
    }
    operation
        .others()
        .forEach(
            (status, type) -> {
              ObjectNode other = responses.putObject(Integer.toString(status));
              other.put("description", "Done, or nothing to do.");
              type.ifPresent(
                  body -> content(other, "application/json").set("schema", schema(body, schemas)));
            });
    ObjectNode failure = responses.putObject("default");
    failure.put("description", "What went wrong, and what to do.");
    content(failure, "application/problem+json").set("schema", schema(Problem.class, schemas));
    return node;
  }

  private static ObjectNode content(ObjectNode of, String type) {
    return of.putObject("content").putObject(type);
  }

  private static JsonNode schema(Class<?> type, SchemaBuilder schemas) {
    if (type == JsonNode.class) {
      return Payloads.mapper().createObjectNode().put("type", "object");
    }
    return schemas.createSchemaReference(type);
  }

  private static SchemaBuilder schemas() {
    SchemaGeneratorConfigBuilder config =
        new SchemaGeneratorConfigBuilder(
                Payloads.mapper(), SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON)
            .with(Option.DEFINITIONS_FOR_ALL_OBJECTS, Option.PLAIN_DEFINITION_KEYS)
            .without(Option.SCHEMA_VERSION_INDICATOR);
    config
        .forFields()
        .withNullableCheck(field -> isNullable(field.getRawMember().getAnnotatedType()))
        .withRequiredCheck(field -> !isNullable(field.getRawMember().getAnnotatedType()));
    config
        .forTypesInGeneral()
        .withCustomDefinitionProvider(
            (type, context) -> {
              Class<?> raw = type.getErasedType();
              if (raw == Instant.class) {
                return inline(context.getGeneratorConfig().createObjectNode(), "date-time");
              }
              if (raw == URI.class) {
                return inline(context.getGeneratorConfig().createObjectNode(), "uri");
              }
              if (raw == JsonNode.class) {
                return new com.github.victools.jsonschema.generator.CustomDefinition(
                    context.getGeneratorConfig().createObjectNode(), true);
              }
              return null;
            });
    return new SchemaGenerator(config.build()).buildMultipleSchemaDefinitions();
  }

  private static com.github.victools.jsonschema.generator.CustomDefinition inline(
      ObjectNode node, String format) {
    return new com.github.victools.jsonschema.generator.CustomDefinition(
        node.put("type", "string").put("format", format), true);
  }

  private static boolean isNullable(java.lang.reflect.AnnotatedType type) {
    return type.isAnnotationPresent(Nullable.class);
  }
}
