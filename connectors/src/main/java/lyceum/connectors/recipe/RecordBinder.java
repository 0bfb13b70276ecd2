package lyceum.connectors.recipe;

import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import lyceum.core.LyceumException;
import org.apache.commons.text.similarity.JaroWinklerSimilarity;
import org.jspecify.annotations.Nullable;

/**
 * Builds records from {@link Value}s by the names of their components. What does not fit is a USER
 * error with the key's path, where it was written, and what was expected.
 */
final class RecordBinder {
  private static final double SIMILAR = 0.75;
  private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9][0-9_]*");
  private static final Pattern DECIMAL =
      Pattern.compile("[-+]?([0-9][0-9_]*)?\\.?[0-9]*([eE][-+]?[0-9]+)?");

  private final Class<? extends Record> root;

  RecordBinder(Class<? extends Record> root) {
    this.root = root;
  }

  /** A record of the root type. */
  Object bind(Value value) {
    return record(root, value, "");
  }

  private Object record(Class<?> type, Value value, String path) {
    if (!(value instanceof Value.Mapping mapping)) {
      throw wrong(value, path, "a mapping with the keys " + names(type));
    }
    for (Map.Entry<String, Value> entry : mapping.entries().entrySet()) {
      if (!names(type).contains(entry.getKey())) {
        throw unknown(type, entry.getKey(), entry.getValue(), path);
      }
    }
    RecordComponent[] components = type.getRecordComponents();
    @Nullable Object[] arguments = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      String name = components[i].getName();
      String child = path.isEmpty() ? name : path + "." + name;
      Value given = mapping.entries().get(name);
      if (given == null || (given instanceof Value.Scalar scalar && scalar.isNull())) {
        if (!isNullable(components[i].getAnnotatedType())) {
          throw LyceumException.user(
              (given != null && given.isGiven() ? given.origin() : mapping.origin())
                  + ": "
                  + child
                  + " is missing; it has no default.");
        }
      } else {
        arguments[i] = bind(components[i].getGenericType(), given, child);
      }
    }
    return construct(type, components, arguments, mapping, path);
  }

  private Object bind(Type type, Value value, String path) {
    if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
      if (!(value instanceof Value.Sequence sequence)) {
        throw wrong(value, path, "a list");
      }
      List<Object> items = new ArrayList<>();
      for (int i = 0; i < sequence.items().size(); i++) {
        items.add(bind(list.getActualTypeArguments()[0], sequence.items().get(i), path + "." + i));
      }
      return items;
    }
    Class<?> plain = (Class<?>) type;
    if (plain.isRecord()) {
      return record(plain, value, path);
    }
    if (!(value instanceof Value.Scalar scalar)) {
      throw wrong(value, path, expected(plain));
    }
    return scalar(plain, scalar, path);
  }

  private static Object scalar(Class<?> type, Value.Scalar scalar, String path) {
    String text = scalar.text();
    boolean bare = !scalar.quoted();
    try {
      if (type == String.class) {
        return text;
      }
      if (type == URI.class) {
        return new URI(text);
      }
      if (type.isEnum()) {
        return Arrays.stream(type.getEnumConstants())
            .filter(constant -> constant.toString().equalsIgnoreCase(text))
            .findFirst()
            .orElseThrow(() -> wrong(scalar, path, expected(type)));
      }
      if (bare && (type == int.class || type == Integer.class) && WHOLE.matcher(text).matches()) {
        return Integer.parseInt(text.replace("_", ""));
      }
      if (bare && type == long.class && WHOLE.matcher(text).matches()) {
        return Long.parseLong(text.replace("_", ""));
      }
      if (bare
          && (type == double.class || type == Double.class)
          && DECIMAL.matcher(text).matches()) {
        return Double.parseDouble(text.replace("_", ""));
      }
      if (bare
          && (type == boolean.class || type == Boolean.class)
          && (text.equals("true") || text.equals("false"))) {
        return text.equals("true");
      }
    } catch (NumberFormatException | URISyntaxException e) {
      throw wrong(scalar, path, expected(type));
    }
    throw wrong(scalar, path, expected(type));
  }

  private static Object construct(
      Class<?> type,
      RecordComponent[] components,
      @Nullable Object[] arguments,
      Value.Mapping mapping,
      String path) {
    try {
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof LyceumException refusal) {
        String message = String.valueOf(refusal.getMessage());
        String where = path.isEmpty() ? "" : " (in " + path + ")";
        throw LyceumException.user(
            origin(mapping, path, message) + ": " + message + where, refusal);
      }
      throw LyceumException.internal(
          "Cannot build " + type.getName() + " for " + path + ": " + e.getCause(), e);
    } catch (ReflectiveOperationException e) {
      throw LyceumException.internal(
          "Cannot build " + type.getName() + " for " + path + ": " + e, e);
    }
  }

  /**
   * Where the value was written that a record's refusal speaks of: of all values that someone gave,
   * the one whose path the message names in most detail, and of those the one it names first.
   */
  private static String origin(Value.Mapping mapping, String path, String message) {
    List<Mention> mentions = new ArrayList<>();
    collect(mapping, path, message, mentions);
    return mentions.stream()
        .min(Comparator.comparingInt(Mention::keys).reversed().thenComparingInt(Mention::position))
        .map(Mention::origin)
        .orElse(mapping.origin());
  }

  /** A message naming a value: by how many keys of its path, and where in the message. */
  private record Mention(int keys, int position, String origin) {}

  private static void collect(Value value, String path, String message, List<Mention> mentions) {
    if (value instanceof Value.Mapping mapping) {
      mapping
          .entries()
          .forEach(
              (key, child) ->
                  collect(child, path.isEmpty() ? key : path + "." + key, message, mentions));
    } else if (value.isGiven()) {
      List<String> keys = List.of(path.split("\\.", -1));
      for (int from = 0; from < keys.size(); from++) {
        String suffix = String.join(".", keys.subList(from, keys.size()));
        Matcher matcher = Pattern.compile("\\b" + Pattern.quote(suffix) + "\\b").matcher(message);
        if (matcher.find()) {
          mentions.add(new Mention(keys.size() - from, matcher.start(), value.origin()));
          return;
        }
      }
    }
  }

  private LyceumException unknown(Class<?> type, String key, Value value, String path) {
    String child = path.isEmpty() ? key : path + "." + key;
    String hint =
        nearest(key, names(type))
            .map(name -> "Did you mean '" + (path.isEmpty() ? name : path + "." + name) + "'?")
            .or(() -> elsewhere(key).map(place -> "Did you mean '" + place + "'?"))
            .orElse("The keys here are " + names(type) + ".");
    return LyceumException.user(value.origin() + ": unknown key '" + child + "'. " + hint);
  }

  private static Optional<String> nearest(String key, List<String> names) {
    JaroWinklerSimilarity similarity = new JaroWinklerSimilarity();
    TreeMap<Double, String> ranked = new TreeMap<>();
    for (String name : names) {
      ranked.putIfAbsent(
          similarity.apply(key.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT)), name);
    }
    return ranked.isEmpty() || ranked.lastKey() < SIMILAR
        ? Optional.empty()
        : Optional.of(ranked.lastEntry().getValue());
  }

  /** The first place of the whole recipe where a key of this name belongs. */
  private Optional<String> elsewhere(String key) {
    return paths(root, "").stream().filter(path -> path.endsWith("." + key)).findFirst();
  }

  /** Paths of all keys; the items of a list are not entered. */
  static List<String> paths(Class<?> type, String path) {
    List<String> paths = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      String child = path.isEmpty() ? component.getName() : path + "." + component.getName();
      paths.add(child);
      if (component.getType().isRecord()) {
        paths.addAll(paths(component.getType(), child));
      }
    }
    return paths;
  }

  static boolean isNullable(AnnotatedType type) {
    return type.isAnnotationPresent(Nullable.class);
  }

  private static List<String> names(Class<?> type) {
    return Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList();
  }

  private static LyceumException wrong(Value value, String path, String expected) {
    String name = path.isEmpty() ? "the recipe" : path;
    return LyceumException.user(
        value.origin() + ": " + name + " must be " + expected + ", not " + value.kind() + ".");
  }

  private static String expected(Class<?> type) {
    if (type.isEnum()) {
      return "one of "
          + Arrays.stream(type.getEnumConstants())
              .map(Object::toString)
              .collect(Collectors.joining(", "));
    }
    return switch (type.getSimpleName()) {
      case "int", "Integer" -> "a whole number that fits 32 bits";
      case "long" -> "a whole number that fits 64 bits";
      case "double", "Double" -> "a number";
      case "boolean", "Boolean" -> "true or false";
      case "URI" -> "an address";
      default -> "text";
    };
  }
}
