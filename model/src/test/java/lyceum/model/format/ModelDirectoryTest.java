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
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.core.RotaryScaling;
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
          {"\"rope_type\" : \"default\"", "\"rope_type\" : \"yarn\""},
          {"\"rope_type\" : \"default\"", "\"rope_type\" : \"llama3\""},
          {"\"use_cache\"", "\"quantization_config\" : {}, \"use_cache\""},
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
  void read_shardsByTheirIndex_sameModel() throws IOException {
    ModelConfig config = TinyModel.config(4, 2, false);
    write(folder, config);
    SortedMap<String, FloatTensor> first = TinyModel.weights(config, 3);
    SortedMap<String, FloatTensor> second = new TreeMap<>(first.tailMap("model.layers.1"));
    first.keySet().removeAll(second.keySet());
    second.put("model.layers.1.self_attn.rotary_emb.inv_freq", FloatTensor.zeros(2));
    Files.delete(folder.resolve("model.safetensors"));
    Safetensors.write(folder.resolve("model-1.safetensors"), first, new TreeMap<>());
    Safetensors.write(folder.resolve("model-2.safetensors"), second, new TreeMap<>());
    ObjectNode index = new ObjectMapper().createObjectNode();
    ObjectNode files = index.putObject("weight_map");
    first.keySet().forEach(name -> files.put(name, "model-1.safetensors"));
    second.keySet().forEach(name -> files.put(name, "model-2.safetensors"));
    Path indexFile = folder.resolve("model.safetensors.index.json");
    Files.writeString(indexFile, index.toString());

    assertThat(ModelDirectory.read(folder).weights()).isEqualTo(TinyModel.weights(config, 3));

    Files.writeString(indexFile, index.toString().replace("model-2", "../model-2"));
    assertThatThrownBy(() -> ModelDirectory.read(folder)).hasMessageContaining("plain file name");
    files.remove("model.norm.weight");
    Files.writeString(indexFile, index.toString());
    assertThatThrownBy(() -> ModelDirectory.read(folder)).hasMessageContaining("model.norm.weight");
  }

  @Test
  void logits_sameAsTransformers() throws IOException, InterruptedException {
    Peers.python();
    int[] ids =
        TinyModel.tokenizer()
            .encode("What is 41 plus 56? The café says 97, and 3 and then some more.");
    StringBuilder directories = new StringBuilder();
    List<ModelConfig> kinds = new ArrayList<>(TinyModel.kinds());
    ModelConfig plain = TinyModel.config(4, 2, true);
    kinds.add(
        new ModelConfig(
            plain.vocabularySize(),
            96,
            2,
            2,
            1,
            32,
            50,
            10_000,
            1e-5,
            true,
            new RotaryScaling(8, 1, 4, 24)));
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
      assertClose(kinds.get(i).toString(), logits, expected);
    }
  }

  /**
   * Checkpoints as transformers saves them: in shards and whole, in each type, with each spelling
   * of what the configuration may say.
   */
  @Test
  void readWeights_ofCheckpointsThatTransformersMade_sameLogits()
      throws IOException, InterruptedException {
    Peers.python();
    String out =
        Peers.run(
            folder,
            """
            import json, sys, torch
            from transformers import LlamaConfig, LlamaForCausalLM
            folder, ids = sys.argv[1], torch.tensor([list(range(5, 60))])
            scaling = {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0,
                       "high_freq_factor": 4.0, "original_max_position_embeddings": 16, "rope_theta": 5000.0}
            cases = [
                ("float32", "10GB", 4, 4, dict(tie_word_embeddings=False)),
                ("bfloat16", "20KB", 4, 2, dict(tie_word_embeddings=True)),
                ("float16", "20KB", 6, 1, dict(tie_word_embeddings=False, head_dim=8)),
                ("float32", "30KB", 2, 2, dict(tie_word_embeddings=True, rope_parameters=scaling)),
            ]
            for number, (dtype, shard, heads, kv, more) in enumerate(cases):
                torch.manual_seed(number)
                config = LlamaConfig(vocab_size=97, hidden_size=48, intermediate_size=80, num_hidden_layers=2,
                    num_attention_heads=heads, num_key_value_heads=kv, max_position_embeddings=64,
                    rms_norm_eps=1e-5, initializer_range=0.2, **more)
                model = LlamaForCausalLM(config).to(getattr(torch, dtype))
                where = f"{folder}/open{number}"
                model.save_pretrained(where, max_shard_size=shard)
                again = LlamaForCausalLM.from_pretrained(where, dtype=torch.float32)
                with torch.no_grad():
                    print(json.dumps(again(ids).logits[0].tolist()))
            """,
            folder.toString());
    List<String> lines = out.lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(folder.resolve("open1").resolve("model.safetensors.index.json")).exists();
    int[] ids = java.util.stream.IntStream.range(5, 60).toArray();
    for (int i = 0; i < lines.size(); i++) {
      Path open = folder.resolve("open" + i);
      ModelConfig config = ModelDirectory.readConfig(open);
      float[][] logits = new Decoder(config, ModelDirectory.readWeights(open, config)).logits(ids);
      assertClose(config.toString(), logits, new ObjectMapper().readTree(lines.get(i)));
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

  private static void assertClose(String model, float[][] logits, JsonNode expected) {
    float largest = 0;
    for (int t = 0; t < logits.length; t++) {
      assertThat(logits[t]).hasSize(expected.get(t).size());
      for (int v = 0; v < logits[t].length; v++) {
        largest = Math.max(largest, Math.abs(logits[t][v] - expected.get(t).get(v).floatValue()));
      }
    }
    assertThat(largest).as(model).isCloseTo(0, within(LOGIT_TOLERANCE));
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
