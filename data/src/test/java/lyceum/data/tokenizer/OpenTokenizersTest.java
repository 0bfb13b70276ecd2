package lyceum.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import lyceum.core.LyceumException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tokenizers with the components of open models (GPT-2, Llama 3, Qwen 2, SmolLM, Pythia), made by
 * Hugging Face {@code tokenizers}: our ids are theirs. A small set of answers is kept in {@code
 * open-tokenizers.json.gz}; with LYCEUM_PEERS a large one is asked for.
 */
class OpenTokenizersTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNode KEPT = kept();

  @TempDir Path directory;

  private static JsonNode kept() {
    try (InputStream in =
            Objects.requireNonNull(
                OpenTokenizersTest.class.getResourceAsStream("open-tokenizers.json.gz"));
        GZIPInputStream plain = new GZIPInputStream(in)) {
      return JSON.readTree(plain);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static BpeTokenizer kept(String name) {
    return BpeTokenizer.fromJson(json(name));
  }

  private static String json(String name) {
    for (JsonNode made : KEPT.path("tokenizers")) {
      if (made.path("name").asText().equals(name)) {
        return made.path("json").asText();
      }
    }
    throw new IllegalArgumentException(name);
  }

  @Test
  void fromJson_keptTokenizers_giveTheIdsOfTheReference() throws IOException {
    List<String> probes = List.of(JSON.convertValue(KEPT.path("probes"), String[].class));
    assertThat(KEPT.path("tokenizers")).hasSize(6);
    for (JsonNode made : KEPT.path("tokenizers")) {
      check(made, probes);
    }
  }

  @Test
  void fromJson_freshTokenizers_giveTheIdsOfTheReference_onSourcesAndAllOfUnicode()
      throws Exception {
    String python = System.getenv("LYCEUM_PEERS");
    assumeTrue(python != null, "LYCEUM_PEERS does not name a Python with tokenizers");
    List<String> sources = PeerParityTest.sources();
    sources = sources.subList(0, Math.min(250, sources.size()));
    List<String> probes = new ArrayList<>(sources.subList(0, Math.min(100, sources.size())));
    probes.addAll(PeerParityTest.nastyTexts().subList(0, 800));
    probes.add("<|endoftext|> a<tool_call>b<|im_start|><tool_call  x   y");
    ObjectNode question = JSON.createObjectNode().put("size", 3000);
    question.set("training", JSON.valueToTree(sources));
    question.set("probes", JSON.valueToTree(probes));
    JsonNode answers = PeerParityTest.ask(python, "open_tokenizers.py", question, directory);
    assertThat(answers).hasSize(6);
    for (JsonNode made : answers) {
      check(made, probes);
    }
  }

  private static void check(JsonNode made, List<String> probes) throws IOException {
    BpeTokenizer tokenizer = BpeTokenizer.fromJson(made.path("json").asText());
    List<int[]> all = tokenizer.encodeAll(probes, 2);
    int checked = 0;
    for (int i = 0; i < probes.size(); i++) {
      // The peer composes by an older Unicode, which does not know the latest combining marks.
      String normal = made.path("normal").path(i).asText(probes.get(i));
      if (made.path("normal").isArray()
          && !normal.equals(Normalizer.normalize(probes.get(i), Normalizer.Form.NFC))) {
        continue;
      }
      checked++;
      String as = made.path("name").asText() + " on text " + i + ": " + probes.get(i);
      int[] ids = JSON.convertValue(made.path("ids").get(i), int[].class);
      assertThat(tokenizer.encode(probes.get(i))).as("%.300s", as).isEqualTo(ids);
      assertThat(all.get(i)).isEqualTo(ids);
      assertThat(tokenizer.encodeFramed(probes.get(i)))
          .as("%.300s", as)
          .isEqualTo(JSON.convertValue(made.path("framed").get(i), int[].class));
      assertThat(tokenizer.decode(ids))
          .as("%.300s", as)
          .isEqualTo(made.path("decoded").get(i).asText());
    }
    assertThat(checked).isGreaterThan(probes.size() * 97 / 100);
    assertThat(tokenizer.toJson()).isEqualTo(made.path("json").asText());
  }

  @Test
  void encode_controlTokensInText_stayText_andAddedWordsAreWhole() {
    BpeTokenizer qwen = kept("qwen2");
    assertThat(IntStream.of(qwen.encode("<|im_start|>x<|im_end|>"))).noneMatch(qwen::isSpecial);
    assertThat(qwen.encode("<tool_call>")).hasSize(1);
    assertThat(qwen.decode(qwen.encode("a<tool_call>b"))).isEqualTo("a<tool_call>b");
  }

  @Test
  void encodeFramed_llama3_beginsWithItsFirstToken() {
    BpeTokenizer llama = kept("llama3");
    int[] framed = llama.encodeFramed("Hello");
    assertThat(llama.isSpecial(framed[0])).isTrue();
    assertThat(framed).hasSize(1 + llama.encode("Hello").length);
  }

  @Test
  void controlToken_thatIsNotThere_isNamed() {
    assertThatThrownBy(() -> kept("gpt2").controlToken(SpecialTokens.END))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("<|end|>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "qwen2 ~ \"type\":\"NFC\" ~ \"type\":\"Lowercase\" ~ Lowercase",
        "qwen2 ~ \\p{N}| ?[^ ~ \\p{N}{2}| ?[^ ~ {2}",
        "smollm ~ \"individual_digits\":true ~ \"individual_digits\":false ~ Digits",
        "gpt2 ~ \"decoder\": {\"type\": \"ByteLevel\" ~ \"decoder\": {\"type\": \"Metaspace\" ~ Metaspace",
        "gpt2 ~ \"type\": \"BPE\" ~ \"type\": \"Unigram\" ~ Unigram",
        "gpt2 ~ \"byte_fallback\": false ~ \"byte_fallback\": true ~ byte_fallback",
        "gpt2 ~ \"dropout\": null ~ \"dropout\": 0.1 ~ dropout",
        "gpt2 ~ \"truncation\": null ~ \"truncation\": {\"max_length\": 5} ~ truncation",
        "pythia ~ \"TemplateProcessing\" ~ \"BertProcessing\" ~ BertProcessing",
        "pythia ~ \"lstrip\":false,\"rstrip\":false,\"normalized\":true ~ \"lstrip\":true,\"rstrip\":false,\"normalized\":true ~ lstrip"
      })
  void fromJson_unknownComponent_isRefusedByName(
      String name, String part, String other, String named) {
    String changed = json(name).replace(part, other);
    assertThat(changed).isNotEqualTo(json(name));
    assertThatThrownBy(() -> BpeTokenizer.fromJson(changed))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("tokenizer.json")
        .hasMessageContaining(named);
  }

  /** Damages a file at a place in one of several ways: it reads, or it says what is wrong. */
  @Property(tries = 300)
  void fromJson_damagedFile_readsOrSaysWhy(
      @ForAll @IntRange(max = 5) int which,
      @ForAll @IntRange(max = 4) int way,
      @ForAll @IntRange(max = 1_000_000) int at) {
    String json = KEPT.path("tokenizers").get(which).path("json").asText();
    // Components stand at both ends of the file; most of the rest is vocabulary.
    int place =
        at % 3 == 0 ? at % json.length() : at % 2 == 0 ? at % 3000 : json.length() - 1 - at % 3000;
    String damaged =
        switch (way) {
          case 0 -> json.substring(0, place);
          case 1 -> json.substring(0, place) + json.substring(Math.min(json.length(), place + 7));
          case 2 -> json.substring(0, place) + "9" + json.substring(place);
          case 3 -> json.substring(0, place) + "null" + json.substring(place);
          default -> json.substring(0, place) + '\uFFFF' + json.substring(place + 1);
        };
    try {
      BpeTokenizer read = BpeTokenizer.fromJson(damaged);
      assertThat(read.decode(read.encodeFramed("It's 2026 <tool_call>"))).isNotNull();
    } catch (LyceumException e) {
      assertThat(e).hasMessageContaining("tokenizer.json");
    }
  }
}
