package lyceum.airflow.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lyceum.core.LyceumException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/** The golden frames were written by Airflow 3.3.2's own encoder. */
class FrameTest {
  @Example
  void parse_startup_namesTheTask() {
    TaskInstance instance = TaskInstance.of(body("startup"));

    assertThat(instance.name()).isEqualTo("lyceum_retrain_weekly.start");
    assertThat(instance.runId()).isEqualTo("scheduled__2026-11-28T00:00:00+00:00");
    assertThat(instance.tryNumber()).isEqualTo(2);
    assertThat(instance.mapIndex()).isEqualTo(-1);
    assertThat(instance.shouldRetry()).isTrue();
    assertThat(instance.nextMethod()).isNull();
    assertThat(instance.conf())
        .containsEntry("fresh", true)
        .containsEntry("n", 3L)
        .containsEntry("rate", 0.5)
        .containsEntry("none", null)
        .containsEntry("list", List.of(1L, "ä"));
  }

  @Example
  void parse_answers_areBodyOrErrorOrNeither() {
    assertThat(body("variable")).containsEntry("value", "name: tiny");
    Frame done = frame("done");
    assertThat(done.id()).isEqualTo(2);
    assertThat(done.body()).isNull();
    Frame refused = frame("refused");
    assertThat(refused.error()).containsEntry("error", "XCOM_NOT_FOUND");
  }

  @Example
  void request_isWhatAirflowWouldWrite() throws IOException {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("type", "SetXCom");
    body.put("key", "return_value");
    body.put("value", Arrays.asList("x", 7, -1L, 2.5, true, null, Map.of("ä", 70000)));

    assertThat(Frame.request(4, body)).isEqualTo(golden("set-xcom"));
  }

  @Property(tries = 300)
  void request_readBack_isTheSame(@ForAll long id, @ForAll("bodies") Map<String, Object> body)
      throws IOException {
    Frame read = Frame.read(in(Frame.request(id, body)));

    assertThat(read.id()).isEqualTo(id);
    assertThat(read.body()).isEqualTo(body);
  }

  @Property(tries = 3000)
  void parse_anyBytes_isAFrameOrRefused(@ForAll byte[] bytes) {
    try {
      Frame.parse(bytes);
    } catch (LyceumException e) {
      assertThat(e).hasMessageContaining("cannot be read");
    }
  }

  @Property(tries = 3000)
  void parse_damagedFrame_isAFrameOrRefused(@ForAll int at, @ForAll byte value) throws IOException {
    byte[] bytes = Arrays.copyOfRange(golden("startup"), 4, golden("startup").length);
    bytes[Math.floorMod(at, bytes.length)] = value;
    try {
      Frame.parse(bytes);
    } catch (LyceumException e) {
      assertThat(e).hasMessageContaining("cannot be read");
    }
  }

  @Example
  void read_cutOff_isTheEndOfTheConnection() throws IOException {
    byte[] bytes = golden("variable");
    for (int length = 0; length < bytes.length; length++) {
      DataInputStream in = in(Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> Frame.read(in)).isInstanceOf(EOFException.class);
    }
  }

  @Example
  void read_anImpossibleLength_isRefused() {
    assertThatThrownBy(() -> Frame.read(in(new byte[] {-1, -1, -1, -1})))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("4294967295");
  }

  @Example
  void parse_levelsWithoutEnd_areRefused() {
    byte[] bytes = new byte[100_000];
    Arrays.fill(bytes, (byte) 0x91);
    assertThatThrownBy(() -> Frame.parse(bytes)).isInstanceOf(LyceumException.class);
  }

  @Example
  void request_ofAnotherType_namesIt() {
    assertThatThrownBy(() -> Frame.request(1, Map.of("value", new StringBuilder())))
        .hasMessageContaining("StringBuilder");
  }

  @Provide
  Arbitrary<Map<String, Object>> bodies() {
    return Arbitraries.maps(Arbitraries.strings().ofMaxLength(8), values(3)).ofMaxSize(5);
  }

  private static Arbitrary<@Nullable Object> values(int depth) {
    Arbitrary<Object> leaves =
        Arbitraries.oneOf(
            Arbitraries.longs().asGeneric(),
            Arbitraries.doubles().asGeneric(),
            Arbitraries.strings().ofMaxLength(40).asGeneric(),
            Arbitraries.of(true, false).asGeneric());
    Arbitrary<Object> nullable = leaves.injectNull(0.1);
    if (depth == 0) {
      return nullable;
    }
    Arbitrary<Object> deeper = values(depth - 1);
    return Arbitraries.frequencyOf(
        net.jqwik.api.Tuple.of(4, nullable),
        net.jqwik.api.Tuple.of(1, deeper.list().ofMaxSize(4).map(l -> (Object) new ArrayList<>(l))),
        net.jqwik.api.Tuple.of(
            1,
            Combinators.combine(Arbitraries.strings().ofMaxLength(5), deeper)
                .as(
                    (key, value) -> {
                      Map<String, Object> map = new LinkedHashMap<>();
                      map.put(key, value);
                      return map;
                    })));
  }

  private static Frame frame(String name) {
    try {
      return Frame.read(in(golden(name)));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Map<String, @Nullable Object> body(String name) {
    Map<String, @Nullable Object> body = frame(name).body();
    assertThat(body).isNotNull();
    return body;
  }

  private static DataInputStream in(byte[] bytes) {
    return new DataInputStream(new ByteArrayInputStream(bytes));
  }

  static byte[] golden(String name) throws IOException {
    try (var in = FrameTest.class.getResourceAsStream("/frames/" + name + ".bin")) {
      return in.readAllBytes();
    }
  }
}
