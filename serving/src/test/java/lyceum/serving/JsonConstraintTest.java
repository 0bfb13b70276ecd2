package lyceum.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.SpecialTokens;
import org.junit.jupiter.api.Test;

class JsonConstraintTest {
  private static final BpeTokenizer TOKENIZER = TinyModels.served(1, 1).model().tokenizer();
  private final ObjectMapper json = new ObjectMapper();

  private static boolean accepts(String text) {
    JsonMachine machine = new JsonMachine();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (!machine.accept(b)) {
        return false;
      }
    }
    return machine.done();
  }

  @Test
  void machine_objects_acceptedAndNothingElse() {
    for (String good :
        List.of(
            "{}",
            "{ \"a\" : [ 1, -0.5e+7, true, null, \"é\\u00e9\\n\" ] }",
            "{\"a\":{\"b\":[[],{}]},\"c\":0}")) {
      assertThat(accepts(good)).as(good).isTrue();
    }
    for (String bad :
        List.of(
            "",
            "[]",
            "1",
            "{",
            "{}x",
            "{,}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":01}",
            "{\"a\":1.}",
            "{\"a\":-}",
            "{\"a\":1e}",
            "{\"a\":[1,]}",
            "{\"a\":1,}",
            "{\"a\":tru}",
            "{'a':1}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\u12g4\"}",
            "{\"a\":[1}}")) {
      assertThat(accepts(bad)).as(bad).isFalse();
    }
  }

  @Test
  void randomChoices_endWithinTheLimitAsJson() throws Exception {
    Random random = new Random(3);
    for (int round = 0; round < 400; round++) {
      int limit = 3 + random.nextInt(40);
      String text = generated(JsonConstraint.object(TOKENIZER, limit), limit, random);
      assertThat(json.readTree(text).isObject()).as("%d: %s", limit, text).isTrue();
    }
  }

  @Test
  void randomCalls_areReadAsCalls() {
    Random random = new Random(4);
    JsonNode request =
        JsonFields.object(
            """
            {"tools": [{"type": "function", "function": {"name": "weather"}},
                       {"type": "function", "function": {"name": "what"}}],
             "tool_choice": "required"}
            """
                .getBytes(StandardCharsets.UTF_8));
    Tools tools = Tools.parse(request);
    int both = 0;
    for (int round = 0; round < 100; round++) {
      int limit = 80 + random.nextInt(60);
      String text =
          generated(JsonConstraint.call(TOKENIZER, tools.openings(), limit), limit, random);
      assertThat(tools.parsed(text).calls()).as(text).hasSize(1);
      both += tools.parsed(text).calls().getFirst().name().equals("what") ? 1 : 0;
    }
    assertThat(both).isBetween(1, 99);
  }

  /** What comes when every token that may come is as likely as the others. */
  private static String generated(JsonConstraint constraint, int limit, Random random) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int t = 0; t < limit; t++) {
      float[] logits = new float[TOKENIZER.vocabularySize()];
      for (int id = 0; id < logits.length; id++) {
        logits[id] = random.nextFloat();
      }
      constraint.restrict(logits);
      int best = 0;
      for (int id = 1; id < logits.length; id++) {
        best = logits[id] > logits[best] ? id : best;
      }
      assertThat(logits[best]).isNotNegative();
      if (best == SpecialTokens.END) {
        break;
      }
      constraint.accept(best);
      text.writeBytes(TOKENIZER.tokenBytes(best));
    }
    return text.toString(StandardCharsets.UTF_8);
  }

  @Test
  void calculator_expressions_andNothingElse() {
    assertThat(Calculator.calculate("2 + 3 * (4 - 1) / 2")).hasValue("6.5");
    assertThat(Calculator.calculate("-(1.5 + 1.5)")).hasValue("-3");
    assertThat(Calculator.calculate("1 / 3").orElseThrow()).startsWith("0.33333");
    for (String bad : List.of("", "1 +", "(1", "1 / 0", "exit()", "1 2", "1..2", "(".repeat(900))) {
      assertThat(Calculator.calculate(bad)).as(bad).isEmpty();
    }
  }

  @Test
  void anyBytes_machineNeverThrows() {
    Random random = new Random(9);
    byte[] alphabet = "{}[]\",:\\ue-+.019tfn al".getBytes(StandardCharsets.US_ASCII);
    assertThatCode(
            () -> {
              for (int round = 0; round < 20_000; round++) {
                JsonMachine machine = new JsonMachine();
                while (machine.accept(alphabet[random.nextInt(alphabet.length)])) {
                  assertThat(machine.distance()).isNotNegative();
                }
              }
            })
        .doesNotThrowAnyException();
  }
}
