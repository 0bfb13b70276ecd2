package lyceum.application.recipe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import lyceum.core.LyceumException;
import lyceum.core.plan.Device;

/** A table of devices: the built-in {@code hardware.yaml}, or a file of the same form. */
public record Hardware(List<Device> devices) {
  private static final String RESOURCE = "hardware.yaml";
  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build();

  public Hardware {
    devices = List.copyOf(devices);
  }

  public static Hardware builtIn() {
    try (InputStream in =
        Objects.requireNonNull(Hardware.class.getResourceAsStream(RESOURCE), RESOURCE)) {
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "built-in " + RESOURCE);
    } catch (IOException e) {
      throw LyceumException.internal("Cannot read the built-in " + RESOURCE + ".", e);
    }
  }

  public static Hardware read(Path file) {
    try {
      return parse(Files.readString(file), file.toString());
    } catch (IOException e) {
      throw LyceumException.user("Cannot read the hardware table " + file + ": " + e, e);
    }
  }

  public static Hardware parse(String yaml, String source) {
    try {
      Hardware table = YAML.readValue(yaml, Hardware.class);
      if (table == null || table.devices.isEmpty()) {
        throw LyceumException.user(source + " has no devices.");
      }
      return table;
    } catch (ValueInstantiationException e) {
      if (e.getCause() instanceof LyceumException refusal) {
        throw LyceumException.user(source + ": " + refusal.getMessage(), refusal);
      }
      throw LyceumException.user(source + " is no hardware table: " + e.getOriginalMessage(), e);
    } catch (JsonProcessingException e) {
      throw LyceumException.user(source + " is no hardware table: " + e.getOriginalMessage(), e);
    }
  }

  public Device device(String name) {
    return devices.stream()
        .filter(device -> device.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                LyceumException.user(
                    "There is no device '"
                        + name
                        + "'. The table has "
                        + devices.stream().map(Device::name).toList()
                        + "."));
  }
}
