package lyceum.connectors.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import java.util.Map;
import java.util.Optional;
import lyceum.core.recipe.Recipe;

/**
 * The recipe as JSON Schema: structure and choices from the records, descriptions and what is
 * required from the defaults.
 */
final class RecipeSchema {
  private RecipeSchema() {}

  static String write(RecipeDefaults defaults, JsonMapper json) {
    SchemaGeneratorConfigBuilder config =
        new SchemaGeneratorConfigBuilder(json, SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON)
            .with(Option.FORBIDDEN_ADDITIONAL_PROPERTIES_BY_DEFAULT, Option.INLINE_ALL_SCHEMAS);
    config.forTypesInGeneral().withPropertySorter((first, second) -> 0);
    config
        .forFields()
        .withNullableCheck(
            field -> RecordBinder.isNullable(field.getRawMember().getAnnotatedType()));
    ObjectNode schema = new SchemaGenerator(config.build()).generateSchema(Recipe.class);
    describe(schema, "", defaults, json);
    return schema.toPrettyString();
  }

  private static void describe(
      ObjectNode schema, String path, RecipeDefaults defaults, JsonMapper json) {
    Optional.of(defaults.description(path))
        .filter(text -> !text.isEmpty())
        .ifPresent(text -> schema.put("description", text));
    if (schema.path("items") instanceof ObjectNode items) {
      describeKeys(items, path, defaults, json);
    }
    describeKeys(schema, path, defaults, json);
  }

  private static void describeKeys(
      ObjectNode schema, String path, RecipeDefaults defaults, JsonMapper json) {
    if (!(schema.path("properties") instanceof ObjectNode properties)) {
      return;
    }
    for (Map.Entry<String, JsonNode> property : properties.properties()) {
      String child = path.isEmpty() ? property.getKey() : path + "." + property.getKey();
      describe((ObjectNode) property.getValue(), child, defaults, json);
      boolean nullable = property.getValue().path("type").isArray();
      if (defaults.isRequired(child) && !nullable) {
        schema.withArray("required").add(property.getKey());
      }
    }
  }
}
