package lyceum.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.temporal.api.common.v1.Payload;
import io.temporal.common.converter.DataConverter;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import lyceum.contracts.alignment.Ranking;
import lyceum.contracts.deployment.ApprovalDecision;
import lyceum.contracts.deployment.AuditEntry;
import lyceum.contracts.deployment.PromotionWorkflow.PromotionRequest;
import lyceum.contracts.lifecycle.LifecycleRequest;
import lyceum.contracts.lifecycle.PauseRequest;
import lyceum.contracts.lifecycle.StageOutcome;
import lyceum.contracts.lifecycle.StageProgress;
import lyceum.core.ErrorCategory;
import lyceum.core.LyceumException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Everything that travels arrives as it was sent, under the names that it had in the first release.
 */
class PayloadsTest {
  private static final DataConverter CONVERTER = Payloads.dataConverter();
  private static final RecordExamples EXAMPLES =
      new RecordExamples(
          Payloads.fromJson(RecordExamples.golden("LifecycleRequest"), LifecycleRequest.class));

  static List<Class<?>> recordTypes() throws Exception {
    return RecordExamples.recordTypes();
  }

  static List<Class<?>> goldenTypes() {
    return List.of(
        LifecycleRequest.class,
        PauseRequest.class,
        Ranking.class,
        ApprovalDecision.class,
        PromotionRequest.class,
        AuditEntry.class,
        StageOutcome.class,
        StageProgress.class);
  }

  @Test
  void recordTypes_areFound() throws Exception {
    assertThat(recordTypes())
        .hasSizeGreaterThan(60)
        .contains(LifecycleRequest.class, PromotionRequest.class);
  }

  @ParameterizedTest
  @MethodSource("recordTypes")
  void everyRecord_arrivesAsItWasSent(Class<?> type) {
    for (Object example : EXAMPLES.of(type)) {
      Payload payload = CONVERTER.toPayload(example).orElseThrow();
      Object arrived = CONVERTER.fromPayload(payload, type, type);

      assertThat(arrived).isEqualTo(example);
      assertThat(Payloads.toJson(arrived)).isEqualTo(Payloads.toJson(example));
    }
  }

  @ParameterizedTest
  @MethodSource("recordTypes")
  void everyRecord_isWrittenWithItsComponentsAndNothingElse(Class<?> type) {
    JsonNode json =
        Payloads.fromJson(Payloads.toJson(EXAMPLES.of(type).getFirst()), JsonNode.class);

    assertThat(json.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList());
  }

  @ParameterizedTest
  @MethodSource("goldenTypes")
  void golden_isReadAndWrittenUnchanged(Class<?> type) throws Exception {
    String golden = RecordExamples.golden(type.getSimpleName());
    Object read = Payloads.fromJson(golden, type);

    assertThat(Payloads.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(read) + "\n")
        .isEqualTo(golden);
  }

  @Test
  void read_aFieldOfANewerVersion_isIgnored() throws Exception {
    ObjectNode json = (ObjectNode) Payloads.mapper().readTree(RecordExamples.golden("Ranking"));
    json.put("confidence", 0.9);

    assertThat(Payloads.fromJson(json.toString(), Ranking.class))
        .isEqualTo(new Ranking(4, Ranking.Choice.FIRST, "ann"));
  }

  @Test
  void read_aMissingNumber_isRefused() {
    assertThatThrownBy(
            () -> Payloads.fromJson("{\"choice\":\"FIRST\",\"rater\":\"ann\"}", Ranking.class))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("pair");
  }

  @Test
  void write_notANumber_comesBackAsNotANumber() {
    StageProgress before = new StageProgress("corpus", 1, 0, Double.NaN, 0, 0);

    assertThat(Payloads.fromJson(Payloads.toJson(before), StageProgress.class)).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(ints = {300_000, Payloads.MAX_BYTES + 1})
  void payload_overTheLimit_isRefusedAsFinal(int characters) {
    assertThatThrownBy(() -> CONVERTER.toPayload("a".repeat(characters)))
        .satisfies(
            e -> {
              assertThat(Failures.category(e)).contains(ErrorCategory.INTERNAL);
              assertThat(Failures.reason(e)).contains("over the limit of 262144").contains("aaaa");
            });
  }

  @Test
  void payload_atTheLimit_travels() {
    String text = "a".repeat(Payloads.MAX_BYTES - 2);

    assertThat(CONVERTER.toPayload(text).orElseThrow().getData().size())
        .isEqualTo(Payloads.MAX_BYTES);
  }
}
