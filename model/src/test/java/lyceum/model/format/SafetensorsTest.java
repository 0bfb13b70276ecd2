package lyceum.model.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.TreeMap;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  @TempDir Path folder;

  @Test
  void read_whatWasWritten_sameBits() {
    TreeMap<String, FloatTensor> tensors = new TreeMap<>();
    tensors.put(
        "b",
        new FloatTensor(
            new int[] {2, 3}, new float[] {1, -0f, Float.NaN, 4e-45f, 5, Float.MAX_VALUE}));
    tensors.put("a \"quoted\" é", new FloatTensor(new int[] {}, new float[] {7}));
    tensors.put("empty", FloatTensor.zeros(0, 4));
    TreeMap<String, String> metadata = new TreeMap<>();
    metadata.put("step", "12");
    Path file = folder.resolve("x.safetensors");
    Safetensors.write(file, tensors, metadata);

    Safetensors.Contents contents = Safetensors.read(file);

    assertThat(contents.tensors()).isEqualTo(tensors);
    assertThat(contents.metadata()).isEqualTo(metadata);
  }

  @Test
  void write_sameContent_sameBytesAndNothingElseInTheFolder() throws IOException {
    LanguageModel model = TinyModel.of(1);
    Safetensors.write(folder.resolve("a"), model.weights(), new TreeMap<>());
    Safetensors.write(folder.resolve("b"), model.weights(), new TreeMap<>());
    assertThat(folder.resolve("a")).hasSameBinaryContentAs(folder.resolve("b"));
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void read_halfPrecision_exactValues() throws IOException {
    String header =
        "{\"h\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[0,6]},"
            + "\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[6,10]}}";
    ByteBuffer data = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
    data.putShort((short) 0x3C00).putShort((short) 0xC000).putShort((short) 0x0001);
    data.putShort((short) 0x3F80).putShort((short) 0xC049);
    Path file = write(header, data.array());

    var tensors = Safetensors.read(file).tensors();

    assertThat(tensors.get("h").values()).containsExactly(1f, -2f, 0x1p-24f);
    assertThat(tensors.get("b").values()).containsExactly(1f, -3.140625f);
  }

  @Test
  void write_bfloat16_roundsToNearestTiesToEven() {
    float[] exact = {1f, -3.140625f, 0f, -0f, Float.POSITIVE_INFINITY, Float.NaN};
    float[] between = {1 + 0x1p-8f, 1 + 3 * 0x1p-8f, 1 + 0x1p-8f + 0x1p-20f, Float.MAX_VALUE};
    TreeMap<String, FloatTensor> tensors = new TreeMap<>();
    tensors.put("exact", new FloatTensor(new int[] {6}, exact));
    tensors.put("between", new FloatTensor(new int[] {2, 2}, between));
    Path file = folder.resolve("b.safetensors");
    Safetensors.write(file, tensors, new TreeMap<>(), Safetensors.Type.BF16);

    var read = Safetensors.read(file).tensors();

    assertThat(read.get("exact").values()).containsExactly(exact);
    assertThat(read.get("between").values())
        .containsExactly(1f, 1 + 0x1p-6f, 1 + 0x1p-7f, Float.POSITIVE_INFINITY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647,4],\"data_offsets\":[0,8]}}",
        "[1]",
        "{\"a\"",
        "{\"__metadata__\":{\"x\":1}}",
      })
  void read_brokenHeader_userErrorNamingTheFile(String header) throws IOException {
    Path file = write(header, new byte[8]);
    assertThatThrownBy(() -> Safetensors.read(file))
        .isInstanceOfSatisfying(
            LyceumException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER))
        .hasMessageContaining(file.toString());
  }

  @Test
  void read_anyByteChangedOrCutOff_neverAnythingButAUserError() throws IOException {
    Path whole = folder.resolve("whole");
    TreeMap<String, FloatTensor> tensors = new TreeMap<>();
    tensors.put("a", FloatTensor.zeros(2, 3));
    tensors.put("b", FloatTensor.zeros(4));
    Safetensors.write(whole, tensors, new TreeMap<>());
    byte[] bytes = Files.readAllBytes(whole);
    Random random = new Random(7);
    int refused = 0;
    for (int round = 0; round < 600; round++) {
      byte[] broken =
          java.util.Arrays.copyOf(
              bytes, round % 3 == 0 ? random.nextInt(bytes.length) : bytes.length);
      for (int change = 0; change < round % 4 && broken.length > 0; change++) {
        broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
      }
      Path file = folder.resolve("broken");
      Files.write(file, broken);
      try {
        Safetensors.read(file);
      } catch (LyceumException e) {
        assertThat(e.category()).isEqualTo(ErrorCategory.USER);
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(300);
  }

  private Path write(String header, byte[] data) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer all =
        ByteBuffer.allocate(8 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    all.putLong(text.length).put(text).put(data);
    Path file = folder.resolve("hand.safetensors");
    Files.write(file, all.array());
    return file;
  }
}
