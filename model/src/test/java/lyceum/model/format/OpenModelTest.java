package lyceum.model.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.data.tokenizer.SpecialTokens;
import lyceum.model.inference.Decoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenModelTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SIZE = TinyModel.tokenizer().vocabularySize();

  @TempDir Path folder;

  /** A model whose tokenizer has other control tokens than Lyceum's. */
  private Path foreign(ModelConfig config) throws IOException {
    Path source = folder.resolve("source");
    String tokenizer = TinyModel.tokenizer().toJson();
    for (int id = 0; id < SpecialTokens.ALL.size(); id++) {
      tokenizer = tokenizer.replace(SpecialTokens.ALL.get(id), "<s" + id + ">");
    }
    ModelDirectory.write(
        source,
        config,
        TinyModel.weights(config, 3),
        tokenizer,
        ChatTemplate.tokenizerConfigJson());
    return source;
  }

  @Test
  void adopt_tokenizerWithoutTheControlTokens_addsThemWithRowsOfTheirOwn() throws IOException {
    ModelConfig config = TinyModel.config(4, 2, false);
    Path source = foreign(config);
    ObjectNode names = (ObjectNode) JSON.readTree(source.resolve("config.json").toFile());
    names.put("bos_token_id", 7).putArray("eos_token_id").add(9).add(10);
    Files.writeString(source.resolve("config.json"), names.toString());
    Path target = folder.resolve("target");

    OpenModel.Adopted adopted = OpenModel.adopt(source, target);

    assertThat(adopted.addedTokens()).isEqualTo(SpecialTokens.ALL);
    assertThat(adopted.vocabularySize()).isEqualTo(SIZE + 6);
    assertThat(adopted.config()).isEqualTo(config.withVocabularySize(SIZE + 6));
    assertThat(ModelDirectory.readConfig(target)).isEqualTo(adopted.config());
    SortedMap<String, FloatTensor> before = TinyModel.weights(config, 3);
    SortedMap<String, FloatTensor> after = ModelDirectory.readWeights(target, adopted.config());
    for (String table : List.of(LanguageModel.EMBEDDING, LanguageModel.OUTPUT)) {
      float[] rows = after.get(table).values();
      assertThat(Arrays.copyOf(rows, SIZE * 32)).isEqualTo(before.get(table).values());
      assertThat(row(rows, SIZE + SpecialTokens.BOS)).isEqualTo(row(rows, 7));
      assertThat(row(rows, SIZE + SpecialTokens.END)).isEqualTo(row(rows, 9));
      double mean = 0;
      for (int i = 0; i < SIZE; i++) {
        mean += row(rows, i)[5] / SIZE;
      }
      assertThat((double) row(rows, SIZE + SpecialTokens.USER)[5]).isCloseTo(mean, within(1e-6));
    }
    BpeTokenizer adoptedTokenizer =
        BpeTokenizer.fromJson(Files.readString(target.resolve("tokenizer.json")));
    assertThat(adoptedTokenizer.encode("What is 41 plus 1? <|user|>"))
        .isEqualTo(TinyModel.tokenizer().encode("What is 41 plus 1? <|user|>"));
    assertThat(adoptedTokenizer.controlToken(SpecialTokens.USER)).isEqualTo(SIZE + 3);
    JsonNode written = JSON.readTree(target.resolve("config.json").toFile());
    assertThat(written.path("eos_token_id").asInt()).isEqualTo(SIZE + SpecialTokens.END);
    JsonNode tokenizer = JSON.readTree(target.resolve("tokenizer.json").toFile());
    JsonNode last = tokenizer.path("added_tokens").path(11);
    assertThat(last.path("content").asText()).isEqualTo("<|pad|>");
    assertThat(last.path("id").asInt()).isEqualTo(SIZE + 5);
    // The model says the same as before about the tokens it had.
    int[] text = TinyModel.tokenizer().encode("What is 41 plus 1?");
    float[][] expected = new Decoder(config, before).logits(text);
    float[][] logits = new Decoder(adopted.config(), after).logits(text);
    for (int t = 0; t < text.length; t++) {
      assertThat(Arrays.copyOf(logits[t], SIZE)).isEqualTo(expected[t]);
    }
  }

  @Test
  void adopt_modelWithRoomForMoreTokens_usesItsSpareRows() throws IOException {
    ModelConfig padded = TinyModel.config(4, 2, true).withVocabularySize(SIZE + 64);
    OpenModel.Adopted adopted = OpenModel.adopt(foreign(padded), folder.resolve("target"));
    assertThat(adopted.config()).isEqualTo(padded);
    assertThat(adopted.vocabularySize()).isEqualTo(SIZE + 6);
  }

  @Test
  void adopt_modelOfThisTokenizer_changesNothing() {
    ModelConfig config = TinyModel.config(4, 2, true);
    Path source = folder.resolve("source");
    ModelDirectory.write(
        source,
        config,
        TinyModel.weights(config, 3),
        TinyModel.tokenizer().toJson(),
        ChatTemplate.tokenizerConfigJson());
    OpenModel.Adopted adopted = OpenModel.adopt(source, folder.resolve("target"));
    assertThat(adopted.addedTokens()).isEmpty();
    for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      assertThat(folder.resolve("target").resolve(file))
          .hasSameBinaryContentAs(source.resolve(file));
    }
  }

  @Test
  void adopt_tokenizerLargerThanTheModel_refused() throws IOException {
    Path source = foreign(TinyModel.config(4, 2, true));
    ModelConfig small = TinyModel.config(4, 2, true).withVocabularySize(SIZE - 1);
    Path other = folder.resolve("other");
    ModelDirectory.write(
        other,
        small,
        TinyModel.weights(small, 3),
        Files.readString(source.resolve("tokenizer.json")),
        ChatTemplate.tokenizerConfigJson());
    assertThatThrownBy(() -> OpenModel.adopt(other, folder.resolve("target")))
        .isInstanceOf(LyceumException.class)
        .hasMessageContaining("They were not made for each other");
  }

  private static float[] row(float[] rows, int row) {
    return Arrays.copyOfRange(rows, row * 32, (row + 1) * 32);
  }
}
