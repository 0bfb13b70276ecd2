package lyceum.model.format;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import lyceum.core.LyceumException;

/**
 * The safetensors file format: eight bytes with the length of a JSON header, the header with name,
 * type, shape and place of each tensor, then the numbers, little-endian. F32, F16 and BF16 are read
 * and written.
 *
 * <p>A file is refused, with a USER error that names it, when it is cut short, when tensors overlap
 * or leave holes, or when a type is none of the three: the same rules as the reference
 * implementation's, so that what is read here is read there.
 */
public final class Safetensors {
  private static final String METADATA = "__metadata__";

  /**
   * The reference implementation's limit on the header, which keeps a broken length from asking for
   * all memory.
   */
  private static final long LONGEST_HEADER = 100_000_000;

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Safetensors() {}

  /** What a file holds. */
  public record Contents(
      SortedMap<String, FloatTensor> tensors, SortedMap<String, String> metadata) {}

  /** How a number is kept in a file. */
  public enum Type {
    F32(4),
    F16(2),
    BF16(2);

    private final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }
  }

  /**
   * One line of the header: a tensor and where its bytes are, counted from the end of the header.
   */
  private record Entry(String name, Type type, int[] shape, long begin, long end) {}

  /** Writes the tensors as F32; see {@link #write(Path, SortedMap, SortedMap, Type)}. */
  public static void write(
      Path file, SortedMap<String, FloatTensor> tensors, SortedMap<String, String> metadata) {
    write(file, tensors, metadata, Type.F32);
  }

  /**
   * Writes the tensors in ascending order of names. The bytes depend on nothing but the arguments,
   * and the file appears whole or not at all.
   *
   * @param type F32 keeps every bit; F16 and BF16 round to the nearest of their numbers, ties to
   *     even
   */
  public static void write(
      Path file,
      SortedMap<String, FloatTensor> tensors,
      SortedMap<String, String> metadata,
      Type type) {
    Path part = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".part");
    try {
      try {
        try (OutputStream out = Files.newOutputStream(part)) {
          writeTo(out, tensors, metadata, type);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw LyceumException.resource("Cannot write " + file + ": " + e + ".", e);
    }
  }

  private static void writeTo(
      OutputStream out,
      SortedMap<String, FloatTensor> tensors,
      SortedMap<String, String> metadata,
      Type type)
      throws IOException {
    byte[] header = header(tensors, metadata, type);
    out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array());
    out.write(header);
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    for (FloatTensor tensor : tensors.values()) {
      float[] values = tensor.values();
      int room = buffer.capacity() / type.bytes;
      for (int from = 0; from < values.length; from += room) {
        int count = Math.min(room, values.length - from);
        switch (type) {
          case F32 -> buffer.asFloatBuffer().put(values, from, count);
          case F16 -> {
            for (int i = 0; i < count; i++) {
              buffer.putShort(2 * i, Float.floatToFloat16(values[from + i]));
            }
          }
          case BF16 -> {
            for (int i = 0; i < count; i++) {
              buffer.putShort(2 * i, bfloat16(values[from + i]));
            }
          }
        }
        out.write(buffer.array(), 0, type.bytes * count);
      }
    }
  }

  /** The upper half of the float's bits, rounded to nearest, ties to even. */
  static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      // Rounding could carry a NaN's bits over into infinity.
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
  }

  private static byte[] header(
      SortedMap<String, FloatTensor> tensors, SortedMap<String, String> metadata, Type type)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(METADATA);
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long offset = 0;
      for (Map.Entry<String, FloatTensor> entry : tensors.entrySet()) {
        if (entry.getKey().equals(METADATA)) {
          throw LyceumException.internal("No tensor may be called " + METADATA + ".");
        }
        long end = offset + (long) type.bytes * entry.getValue().values().length;
        json.writeObjectFieldStart(entry.getKey());
        json.writeStringField("dtype", type.name());
        json.writeFieldName("shape");
        int[] shape = entry.getValue().shape();
        json.writeArray(shape, 0, shape.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {offset, end}, 0, 2);
        json.writeEndObject();
        offset = end;
      }
      json.writeEndObject();
    }
    // The numbers begin at a multiple of eight, as the reference implementation has it.
    while (bytes.size() % 8 != 0) {
      bytes.write(' ');
    }
    return bytes.toByteArray();
  }

  /** Reads the whole file; every type becomes {@code float}, which holds F16 and BF16 exactly. */
  public static Contents read(Path file) {
    return read(file, name -> true);
  }

  /** Reads the tensors that are asked for; the others are checked but not loaded. */
  public static Contents read(Path file, Predicate<String> wanted) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        Arena arena = Arena.ofConfined()) {
      long size = channel.size();
      if (size < 8) {
        throw broken(
            file, "it has " + size + " bytes, fewer than the eight of the header's length");
      }
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      long headerLength = bytes.get(LONG, 0);
      if (headerLength < 2 || headerLength > LONGEST_HEADER || headerLength > size - 8) {
        throw broken(file, "its header claims " + headerLength + " bytes of the file's " + size);
      }
      byte[] headerBytes = bytes.asSlice(8, headerLength).toArray(ValueLayout.JAVA_BYTE);
      JsonNode header = parseHeader(file, headerBytes);
      MemorySegment data = bytes.asSlice(8 + headerLength);
      TreeMap<String, String> metadata = metadata(file, header);
      TreeMap<String, FloatTensor> tensors = new TreeMap<>();
      for (Entry entry : entries(file, header, data.byteSize())) {
        if (wanted.test(entry.name)) {
          tensors.put(entry.name, tensor(entry, data));
        }
      }
      return new Contents(tensors, metadata);
    } catch (NoSuchFileException e) {
      throw LyceumException.user("There is no file " + file + ".", e);
    } catch (IOException e) {
      throw LyceumException.resource("Cannot read " + file + ": " + e + ".", e);
    }
  }

  private static JsonNode parseHeader(Path file, byte[] headerBytes) {
    String text = new String(headerBytes, StandardCharsets.UTF_8);
    try (JsonParser parser = JSON.createParser(text)) {
      JsonNode header = JSON.readTree(parser);
      if (header == null || !header.isObject()) {
        throw broken(file, "its header is not a JSON object");
      }
      return header;
    } catch (JsonProcessingException e) {
      throw broken(file, "its header is not JSON (" + e.getOriginalMessage() + ")");
    } catch (IOException e) {
      throw LyceumException.internal("Reading from a string failed.", e);
    }
  }

  private static TreeMap<String, String> metadata(Path file, JsonNode header) {
    TreeMap<String, String> metadata = new TreeMap<>();
    JsonNode node = header.get(METADATA);
    if (node == null) {
      return metadata;
    }
    if (!node.isObject()) {
      throw broken(file, "its " + METADATA + " is not a JSON object");
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!entry.getValue().isTextual()) {
        throw broken(
            file, "the value of '" + entry.getKey() + "' in its " + METADATA + " is not text");
      }
      metadata.put(entry.getKey(), entry.getValue().textValue());
    }
    return metadata;
  }

  /** The header's tensors in the order of their bytes, which they cover without overlap or hole. */
  private static List<Entry> entries(Path file, JsonNode header, long dataBytes) {
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, JsonNode> property : header.properties()) {
      if (!property.getKey().equals(METADATA)) {
        entries.add(entry(file, property.getKey(), property.getValue()));
      }
    }
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long covered = 0;
    for (Entry entry : entries) {
      if (entry.begin != covered) {
        throw broken(
            file,
            "the tensor "
                + entry.name
                + " begins at "
                + entry.begin
                + " where "
                + covered
                + " is expected");
      }
      covered = entry.end;
      if (covered > dataBytes) {
        throw broken(
            file,
            "the tensor "
                + entry.name
                + " ends at "
                + covered
                + ", past the "
                + dataBytes
                + " bytes of data");
      }
    }
    if (covered != dataBytes) {
      throw broken(
          file, "its tensors take " + covered + " bytes of the " + dataBytes + " bytes of data");
    }
    return entries;
  }

  private static Entry entry(Path file, String name, JsonNode node) {
    JsonNode shapeNode = node.path("shape");
    JsonNode offsets = node.path("data_offsets");
    if (!shapeNode.isArray() || !offsets.isArray() || offsets.size() != 2) {
      throw broken(file, "the tensor " + name + " lacks a shape or two data_offsets");
    }
    Type type = type(file, name, node.path("dtype").asText());
    int[] shape = new int[shapeNode.size()];
    long count = 1;
    for (int axis = 0; axis < shape.length; axis++) {
      JsonNode length = shapeNode.get(axis);
      if (!length.isIntegralNumber() || !length.canConvertToInt() || length.intValue() < 0) {
        throw broken(file, "the tensor " + name + " has the size " + length + " in its shape");
      }
      shape[axis] = length.intValue();
      if (shape[axis] != 0 && count > Integer.MAX_VALUE / shape[axis]) {
        throw broken(file, "the tensor " + name + " has more numbers than a Java array holds");
      }
      count *= shape[axis];
    }
    if (!offsets.get(0).canConvertToLong()
        || !offsets.get(0).isIntegralNumber()
        || !offsets.get(1).canConvertToLong()
        || !offsets.get(1).isIntegralNumber()) {
      throw broken(file, "the tensor " + name + " has the data_offsets " + offsets);
    }
    long begin = offsets.get(0).longValue();
    long end = offsets.get(1).longValue();
    if (begin < 0 || end < begin || end - begin != count * type.bytes) {
      throw broken(
          file,
          "the tensor "
              + name
              + " of "
              + count
              + " numbers of "
              + type
              + " has the data_offsets "
              + offsets);
    }
    return new Entry(name, type, shape, begin, end);
  }

  private static Type type(Path file, String name, String text) {
    for (Type type : Type.values()) {
      if (type.name().equals(text)) {
        return type;
      }
    }
    throw broken(file, "the tensor " + name + " has the type '" + text + "', not F32, F16 or BF16");
  }

  private static FloatTensor tensor(Entry entry, MemorySegment data) {
    float[] values = new float[Math.toIntExact((entry.end - entry.begin) / entry.type.bytes)];
    switch (entry.type) {
      case F32 -> MemorySegment.copy(data, FLOAT, entry.begin, values, 0, values.length);
      case F16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.float16ToFloat(data.get(SHORT, entry.begin + 2L * i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.intBitsToFloat(data.get(SHORT, entry.begin + 2L * i) << 16);
        }
      }
    }
    return new FloatTensor(entry.shape, values);
  }

  private static LyceumException broken(Path file, String why) {
    return LyceumException.user(
        file + " is not a whole safetensors file: " + why + ". Write or download it again.");
  }
}
