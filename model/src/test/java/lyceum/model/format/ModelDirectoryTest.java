package lyceum.model.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.data.tokenizer.ChatMessage;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.inference.Decoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelDirectoryTest {
  /**
   * Logits are of the order of 1 to 10; both sides compute in 32-bit floats, in different orders.
   */
  private static final float LOGIT_TOLERANCE = 1e-4f;

  @TempDir Path folder;

  @Test
  void read_whatWasWritten_sameModel() {
    for (ModelConfig config : TinyModel.kinds()) {
      Path directory = folder.resolve("m" + TinyModel.kinds().indexOf(config));
      write(directory, config);
      LanguageModel read = ModelDirectory.read(directory);
      assertThat(read.config()).isEqualTo(config);
      assertThat(read.weights()).isEqualTo(TinyModel.weights(config, 3));
      assertThat(read.tokenizer().encode("What is 41 plus 1?"))
          .isEqualTo(TinyModel.tokenizer().encode("What is 41 plus 1?"));
    }
  }

  @Test
  void read_whatTheDecoderDoesNotDo_refusedByName() throws IOException {
    write(folder, TinyModel.config(4, 2, true));
    Path config = folder.resolve("config.json");
    String good = Files.readString(config);
    for (String[] change :
        new String[][] {
          {"\"hidden_act\" : \"silu\"", "\"hidden_act\" : \"gelu\""},
          {"\"attention_bias\" : false", "\"attention_bias\" : true"},
          {"\"rope_type\" : \"default\"", "\"rope_type\" : \"llama3\""},
          {"\"model_type\" : \"llama\"", "\"model_type\" : \"qwen3\""},
          {"\"head_dim\" : 8", "\"head_dim\" : 16"},
          {"\"num_hidden_layers\" : 2", "\"num_hidden_layers\" : 3"},
          {"\"vocab_size\" : ", "\"vocab_size\" : 1"},
          {"\"vocab_size\"", "\"vocabulary\""},
          {"{", "["},
        }) {
      assertThat(good).contains(change[0]);
      Files.writeString(config, good.replace(change[0], change[1]));
      assertThatThrownBy(() -> ModelDirectory.read(folder))
          .as(change[1])
          .isInstanceOf(LyceumException.class);
    }
    Files.delete(config);
    assertThatThrownBy(() -> ModelDirectory.read(folder))
        .hasMessageContaining("There is no file " + config);
  }

  @Test
  void logits_sameAsTransformers() throws IOException, InterruptedException {
    Peers.python();
    int[] ids =
        TinyModel.tokenizer()
            .encode("What is 41 plus 56? The café says 97, and 3 and then some more.");
    StringBuilder directories = new StringBuilder();
    List<ModelConfig> kinds = TinyModel.kinds();
    for (int i = 0; i < kinds.size(); i++) {
      write(folder.resolve("m" + i), kinds.get(i));
      directories.append(folder.resolve("m" + i)).append(i + 1 < kinds.size() ? "," : "");
    }
    String out =
        Peers.run(
            folder,
            """
            import json, sys, torch
            from transformers import AutoModelForCausalLM
            ids = torch.tensor([json.loads(sys.argv[2])])
            for directory in sys.argv[1].split(","):
                model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
                with torch.no_grad():
                    print(json.dumps(model(ids).logits[0].tolist()))
            """,
            directories.toString(),
            java.util.Arrays.toString(ids));
    List<String> lines = out.lines().toList();
    assertThat(lines).hasSize(kinds.size());
    for (int i = 0; i < kinds.size(); i++) {
      JsonNode expected = new ObjectMapper().readTree(lines.get(i));
      float[][] logits = new Decoder(TinyModel.of(kinds.get(i), 3)).logits(ids);
      float largest = 0;
      for (int t = 0; t < ids.length; t++) {
        assertThat(logits[t]).hasSize(expected.get(t).size());
        for (int v = 0; v < logits[t].length; v++) {
          largest = Math.max(largest, Math.abs(logits[t][v] - expected.get(t).get(v).floatValue()));
        }
      }
      assertThat(largest).as("%s", kinds.get(i)).isCloseTo(0, within(LOGIT_TOLERANCE));
    }
  }

  @Test
  void chatTemplate_sameIdsAsTransformers() throws IOException, InterruptedException {
    Peers.python();
    write(folder.resolve("m"), TinyModel.config(4, 2, true));
    List<ChatMessage> messages =
        List.of(
            new ChatMessage(ChatMessage.Role.SYSTEM, "Be brief."),
            new ChatMessage(ChatMessage.Role.USER, "What is 4 plus 5?\n  Say it!"),
            new ChatMessage(ChatMessage.Role.ASSISTANT, "9."),
            new ChatMessage(ChatMessage.Role.USER, "Et le café? 日本"));
    ObjectMapper json = new ObjectMapper();
    var list = json.createArrayNode();
    messages.forEach(
        m -> list.addObject().put("role", m.role().noun()).put("content", m.content()));
    String out =
        Peers.run(
            folder,
            """
            import json, sys
            from transformers import AutoTokenizer
            tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
            print(json.dumps(tokenizer.apply_chat_template(
                json.loads(sys.argv[2]), add_generation_prompt=True, return_dict=False)))
            """,
            folder.resolve("m").toString(),
            list.toString());
    assertThat(json.readValue(out, int[].class))
        .isEqualTo(ChatTemplate.prompt(TinyModel.tokenizer(), messages));
  }

  private static void write(Path directory, ModelConfig config) {
    ModelDirectory.write(
        directory,
        config,
        TinyModel.weights(config, 3),
        TinyModel.tokenizer().toJson(),
        ChatTemplate.tokenizerConfigJson());
  }
}
