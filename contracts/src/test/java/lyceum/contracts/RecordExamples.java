package lyceum.contracts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import lyceum.contracts.deployment.AuditEntry;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.schedule.ScheduleEvent;
import lyceum.core.ArtifactRef;
import lyceum.core.ModelArtifact;
import lyceum.core.ModelConfig;
import lyceum.core.RotaryScaling;
import lyceum.core.Sha256;
import lyceum.core.recipe.DeploymentSettings;
import lyceum.core.signing.ModelSignature;
import org.jspecify.annotations.Nullable;

/**
 * Builds an example of every record that may travel; the checked ones come from the golden request.
 */
final class RecordExamples {
  private final Map<Class<?>, Object> known = new HashMap<>();

  RecordExamples(LifecycleRequest request) {
    String digest = Sha256.of("bytes");
    ArtifactRef artifact =
        new ArtifactRef(URI.create("s3://lyceum/artifacts/" + digest), digest, 5);
    known.put(ArtifactRef.class, artifact);
    known.put(
        DeploymentSettings.Gate.class, new DeploymentSettings.Gate("addition/accuracy", 0.5, 1.0));
    known.put(ModelConfig.class, request.recipe().model().config(512));
    known.put(RotaryScaling.class, new RotaryScaling(8, 1, 4, 8192));
    known.put(
        ModelArtifact.class,
        ModelArtifact.of(
            Map.of(
                ModelArtifact.CONFIG, artifact,
                ModelArtifact.WEIGHTS, artifact,
                ModelArtifact.TOKENIZER, artifact,
                ModelArtifact.TOKENIZER_CONFIG, artifact)));
    remember(Payloads.fromJson(golden("AuditEntry"), AuditEntry.class));
    remember(ScheduleEvent.ofDataset("feedback-test-line", 3));
    remember(request);
  }

  /**
   * Every record type of core and contracts, nested ones included, but those of keys and
   * signatures, which lie beside a model's files and travel in no payload.
   */
  static List<Class<?>> recordTypes() throws IOException, URISyntaxException {
    List<Class<?>> types = new ArrayList<>();
    for (Class<?> anchor : List.of(ArtifactRef.class, Payloads.class)) {
      URL location = anchor.getProtectionDomain().getCodeSource().getLocation();
      Path path = Path.of(location.toURI());
      if (Files.isDirectory(path)) {
        collect(path, types);
      } else {
        try (FileSystem jar = FileSystems.newFileSystem(path)) {
          collect(jar.getPath("/"), types);
        }
      }
    }
    return types;
  }

  private static void collect(Path root, List<Class<?>> into) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).sorted().toList()) {
        String name = root.relativize(file).toString().replace('/', '.');
        Class<?> type;
        try {
          type =
              Class.forName(
                  name.substring(0, name.length() - ".class".length()),
                  false,
                  RecordExamples.class.getClassLoader());
        } catch (ClassNotFoundException e) {
          throw new AssertionError(e);
        }
        if (type.isRecord()
            && !Modifier.isPrivate(type.getModifiers())
            && type.getPackage() != ModelSignature.class.getPackage()) {
          into.add(type);
        }
      }
    }
  }

  /**
   * One example with every component present, and one with each nullable component null where the
   * type allows it alone.
   */
  List<Object> of(Class<?> type) {
    Object whole = example(type);
    List<Object> examples = new ArrayList<>(List.of(whole));
    RecordComponent[] components = type.getRecordComponents();
    for (int i = 0; i < components.length; i++) {
      if (isNullable(components[i])) {
        Object[] values = values(whole);
        values[i] = null;
        try {
          examples.add(construct(type, values));
        } catch (Refused e) {
          // Such as a gate, which needs one of its two bounds.
        }
      }
    }
    return examples;
  }

  private Object example(Class<?> type) {
    Object found = known.get(type);
    if (found != null) {
      return found;
    }
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      values[i] = value(components[i].getGenericType());
    }
    return construct(type, values);
  }

  private Object value(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      if (generic.getRawType() == List.class) {
        return List.of(value(arguments[0]));
      }
      if (generic.getRawType() == Optional.class) {
        return Optional.of(value(arguments[0]));
      }
      if (generic.getRawType() == SortedMap.class) {
        return new TreeMap<>(Map.of("key", value(arguments[1])));
      }
    }
    if (type == int.class || type == Integer.class) {
      return 3;
    }
    if (type == long.class || type == Long.class) {
      return 1L << 40;
    }
    if (type == double.class || type == Double.class) {
      return 0.1;
    }
    if (type == boolean.class) {
      return true;
    }
    if (type == String.class) {
      return "text with \"quotes\", ü and \uD83C\uDF3B";
    }
    if (type == URI.class) {
      return URI.create("http://127.0.0.1:8000/v1");
    }
    if (type instanceof Class<?> named && named.isEnum()) {
      return named.getEnumConstants()[0];
    }
    if (type instanceof Class<?> named && named.isRecord()) {
      return example(named);
    }
    throw new AssertionError(
        "No example of " + type + ". Add one here, or let the record have only types that travel.");
  }

  private static Object construct(Class<?> type, Object[] values) {
    Class<?>[] parameters =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(parameters);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      throw new Refused(type, e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private static Object[] values(Object record) {
    return Arrays.stream(record.getClass().getRecordComponents())
        .map(
            component -> {
              try {
                component.getAccessor().setAccessible(true);
                return component.getAccessor().invoke(record);
              } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
              }
            })
        .toArray();
  }

  private static boolean isNullable(RecordComponent component) {
    AnnotatedElement use = component.getAnnotatedType();
    return use.isAnnotationPresent(Nullable.class);
  }

  /** Keeps the record and every record in it as the example of its type. */
  private void remember(Object record) {
    known.putIfAbsent(record.getClass(), record);
    for (Object value : values(record)) {
      switch (value) {
        case Record inner -> remember(inner);
        case List<?> list -> list.stream().filter(Record.class::isInstance).forEach(this::remember);
        case null, default -> {}
      }
    }
  }

  static String golden(String name) {
    try (var in = RecordExamples.class.getResourceAsStream("/golden/" + name + ".json")) {
      if (in == null) {
        throw new AssertionError("There is no golden file " + name + ".json");
      }
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Refused extends AssertionError {
    Refused(Class<?> type, Throwable why) {
      super(type.getName() + " refuses the example. Put a valid one into the golden request.", why);
    }
  }
}
