package lyceum.contracts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.temporal.common.converter.CodecDataConverter;
import io.temporal.common.converter.DataConverter;
import io.temporal.common.converter.DefaultDataConverter;
import io.temporal.common.converter.JacksonJsonPayloadConverter;
import java.util.List;
import lyceum.core.LyceumException;

/** The one JSON mapper and the one data converter; every client and worker uses them. */
public final class Payloads {
  /**
   * Largest payload that may travel; anything bigger goes to object storage and travels by
   * reference.
   */
  public static final int MAX_BYTES = 256 * 1024;

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          // An older worker must be able to read what a newer one wrote.
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          // A missing number would otherwise silently become 0.
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          // One value has one text, so that a digest of the text is a digest of the value.
          .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .build();

  private Payloads() {}

  public static ObjectMapper mapper() {
    return MAPPER;
  }

  /** JSON in UTF-8, size-guarded. */
  public static DataConverter dataConverter() {
    DataConverter json =
        DefaultDataConverter.newDefaultInstance()
            .withPayloadConverterOverrides(new JacksonJsonPayloadConverter(MAPPER));
    return new CodecDataConverter(json, List.of(new PayloadSizeGuard()));
  }

  /** The value's one JSON text: keys in order, no white space. */
  public static String toJson(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw LyceumException.internal(
          "Cannot write " + value.getClass().getName() + " as JSON: " + e.getMessage(), e);
    }
  }

  public static <T> T fromJson(String json, Class<T> type) {
    try {
      return MAPPER.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw LyceumException.internal(
          "Cannot read " + type.getName() + " from JSON: " + e.getMessage(), e);
    }
  }
}
