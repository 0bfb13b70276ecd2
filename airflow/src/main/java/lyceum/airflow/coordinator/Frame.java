package lyceum.airflow.coordinator;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessagePacker;
import org.msgpack.core.MessageUnpacker;
import org.msgpack.value.Value;

/**
 * One message: four bytes of length, big end first, then a MessagePack array of number, body and
 * error; a request has a trace's context in the error's place.
 *
 * @param id an answer has its request's
 * @param body a message of the supervisor schema; {@code null} in an answer that says no more than
 *     that it was done
 * @param error what the supervisor refused a request with, or {@code null}
 */
record Frame(
    long id,
    @Nullable Map<String, @Nullable Object> body,
    @Nullable Map<String, @Nullable Object> error) {
  /** The largest that is read; XComs beyond it belong into object storage. */
  static final int MAX_BYTES = 64 << 20;

  private static final int MAX_DEPTH = 200;

  /** The bytes of a request, length included. */
  static byte[] request(long id, Map<String, ? extends @Nullable Object> body) {
    try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
      packer.packArrayHeader(3);
      packer.packLong(id);
      pack(packer, body);
      // Where a trace's context would stand.
      packer.packNil();
      byte[] message = packer.toByteArray();
      byte[] frame = new byte[4 + message.length];
      for (int i = 0; i < 4; i++) {
        frame[i] = (byte) (message.length >>> (24 - 8 * i));
      }
      System.arraycopy(message, 0, frame, 4, message.length);
      return frame;
    } catch (IOException e) {
      throw LyceumException.internal("Cannot pack a message: " + e.getMessage(), e);
    }
  }

  /**
   * Reads the next message.
   *
   * @throws LyceumException INTERNAL for bytes that are none
   * @throws EOFException when the supervisor has gone
   */
  static Frame read(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > MAX_BYTES) {
      throw malformed("a length of " + Integer.toUnsignedString(length) + " bytes", null);
    }
    byte[] message = in.readNBytes(length);
    if (message.length < length) {
      throw new EOFException("The supervisor closed the connection within a message.");
    }
    return parse(message);
  }

  /** Reads a message without its length. */
  static Frame parse(byte[] message) {
    try (MessageUnpacker unpacker = MessagePack.newDefaultUnpacker(message)) {
      List<@Nullable Object> parts = new ArrayList<>();
      int size = unpacker.unpackArrayHeader();
      if (size < 1 || size > 3) {
        throw malformed("an array of " + size, null);
      }
      for (int i = 0; i < size; i++) {
        parts.add(plain(unpacker.unpackValue(), 0));
      }
      if (unpacker.hasNext()) {
        throw malformed("bytes after its end", null);
      }
      if (!(parts.get(0) instanceof Long id)) {
        throw malformed("no number", null);
      }
      return new Frame(id, map(parts, 1), map(parts, 2));
    } catch (IOException | MessagePackException | StackOverflowError e) {
      throw malformed(String.valueOf(e.getMessage()), e);
    } catch (NegativeArraySizeException | OutOfMemoryError | IllegalArgumentException e) {
      throw malformed("a size that cannot be", e);
    }
  }

  @SuppressWarnings("unchecked") // keys are made text by plain()
  private static @Nullable Map<String, @Nullable Object> map(
      List<@Nullable Object> parts, int index) {
    Object part = index < parts.size() ? parts.get(index) : null;
    if (part != null && !(part instanceof Map)) {
      throw malformed("a part " + index + " that is no map", null);
    }
    return (Map<String, @Nullable Object>) part;
  }

  private static LyceumException malformed(String what, @Nullable Throwable cause) {
    String message =
        "Airflow's supervisor sent a message that cannot be read: it has " + what + ".";
    return cause == null
        ? LyceumException.internal(message)
        : LyceumException.internal(message, cause);
  }

  private static @Nullable Object plain(Value value, int depth) {
    if (depth > MAX_DEPTH) {
      throw malformed("more than " + MAX_DEPTH + " levels", null);
    }
    return switch (value.getValueType()) {
      case NIL -> null;
      case BOOLEAN -> value.asBooleanValue().getBoolean();
      case INTEGER ->
          value.asIntegerValue().isInLongRange()
              ? (Object) value.asIntegerValue().toLong()
              : value.asIntegerValue().toBigInteger();
      case FLOAT -> value.asFloatValue().toDouble();
      case STRING -> value.asStringValue().asString();
      case BINARY -> value.asBinaryValue().asByteArray();
      case ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        for (Value item : value.asArrayValue()) {
          list.add(plain(item, depth + 1));
        }
        yield list;
      }
      case MAP -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        value
            .asMapValue()
            .map()
            .forEach(
                (key, item) ->
                    map.put(String.valueOf(plain(key, depth + 1)), plain(item, depth + 1)));
        yield map;
      }
      case EXTENSION ->
          value.isTimestampValue()
              ? (Object) value.asTimestampValue().toInstant().toString()
              : value.toString();
    };
  }

  private static void pack(MessagePacker packer, @Nullable Object value) throws IOException {
    switch (value) {
      case null -> packer.packNil();
      case String text -> packer.packString(text);
      case Boolean truth -> packer.packBoolean(truth);
      case Integer number -> packer.packLong(number);
      case Long number -> packer.packLong(number);
      case BigInteger number -> packer.packBigInteger(number);
      case Float number -> packer.packDouble(number);
      case Double number -> packer.packDouble(number);
      case byte[] bytes -> {
        packer.packBinaryHeader(bytes.length);
        packer.writePayload(bytes);
      }
      case Map<?, ?> map -> {
        packer.packMapHeader(map.size());
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          packer.packString(String.valueOf(entry.getKey()));
          pack(packer, entry.getValue());
        }
      }
      case Collection<?> list -> {
        packer.packArrayHeader(list.size());
        for (Object item : list) {
          pack(packer, item);
        }
      }
      default ->
          throw LyceumException.internal(
              "A "
                  + value.getClass().getName()
                  + " cannot be sent to Airflow. Give text, numbers, true or false, lists and maps.");
    }
  }
}
