package lyceum.model.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.core.recipe.PretrainingSettings;
import lyceum.data.shard.TokenShard;
import lyceum.data.tokenizer.BpeTokenizer;
import lyceum.data.tokenizer.ChatMessage;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.data.tokenizer.SpecialTokens;
import lyceum.model.inference.Decoder;
import lyceum.model.pretraining.Pretraining;
import lyceum.model.training.LearnerFixture;
import lyceum.model.training.Trained;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Llama with a GPT-2 style tokenizer, made by transformers and tokenizers, adopted, trained a
 * little, and loaded by transformers again.
 */
class OpenModelPeersTest {
  private static final String PROBE =
      "The cat's 12 naïve friends, don't they?  Yes! 日本 \uD83D\uDE00";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @Test
  void openModel_adoptedTrainedAndWritten_isTheSameInTransformers()
      throws IOException, InterruptedException {
    Peers.python();
    String made =
        Peers.run(
            folder,
            """
            import json, sys, torch
            from tokenizers import Tokenizer, models, pre_tokenizers, decoders, trainers
            from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
            folder, probe = sys.argv[1], sys.argv[2]
            tokenizer = Tokenizer(models.BPE())
            tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
            tokenizer.decoder = decoders.ByteLevel()
            tokenizer.train_from_iterator(
                [f"The cat number {i} and its friend number {97 * i} sat down, didn't they?" for i in range(300)],
                trainers.BpeTrainer(vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                    special_tokens=["<|endoftext|>"], show_progress=False))
            fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<|endoftext|>", eos_token="<|endoftext|>")
            torch.manual_seed(1)
            model = LlamaForCausalLM(LlamaConfig(vocab_size=len(fast), hidden_size=48, intermediate_size=96,
                num_hidden_layers=3, num_attention_heads=6, num_key_value_heads=2, max_position_embeddings=128,
                tie_word_embeddings=False, bos_token_id=0, eos_token_id=0)).to(torch.bfloat16)
            model.save_pretrained(folder, max_shard_size="60KB")
            fast.save_pretrained(folder)
            again = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
            ids = fast(probe, add_special_tokens=False)["input_ids"]
            with torch.no_grad():
                print(json.dumps({"ids": ids, "logits": again(torch.tensor([ids])).logits[0].tolist()}))
            """,
            folder.resolve("open").toString(),
            PROBE);
    JsonNode open = JSON.readTree(made);
    Path adoptedFolder = folder.resolve("adopted");

    OpenModel.Adopted adopted = OpenModel.adopt(folder.resolve("open"), adoptedFolder);

    assertThat(adopted.addedTokens()).isEqualTo(SpecialTokens.ALL);
    BpeTokenizer tokenizer =
        BpeTokenizer.fromJson(Files.readString(adoptedFolder.resolve("tokenizer.json")));
    int[] ids = tokenizer.encode(PROBE);
    assertThat(ids).isEqualTo(JSON.treeToValue(open.path("ids"), int[].class));
    SortedMap<String, FloatTensor> weights =
        ModelDirectory.readWeights(adoptedFolder, adopted.config());
    assertLogits(adopted.config(), weights, ids, open.path("logits"));

    Trained trained = trained(adopted.config(), weights, tokenizer);
    Path written = folder.resolve("written");
    ModelDirectory.write(
        written,
        adopted.config(),
        trained.weights(),
        tokenizer.toJson(),
        ChatTemplate.tokenizerConfigJson());
    List<ChatMessage> chat =
        List.of(
            new ChatMessage(ChatMessage.Role.SYSTEM, "Be brief."),
            new ChatMessage(ChatMessage.Role.USER, PROBE));
    JsonNode back =
        JSON.readTree(
            Peers.run(
                folder,
                """
                import json, sys, torch
                from transformers import AutoModelForCausalLM, AutoTokenizer
                folder, probe = sys.argv[1], sys.argv[2]
                tokenizer = AutoTokenizer.from_pretrained(folder)
                model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
                ids = tokenizer(probe)["input_ids"]
                chat = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": probe}]
                with torch.no_grad():
                    print(json.dumps({"ids": ids, "logits": model(torch.tensor([ids])).logits[0].tolist(),
                        "chat": tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False),
                        "end": model.generation_config.eos_token_id}))
                """,
                written.toString(),
                PROBE));
    assertThat(JSON.treeToValue(back.path("ids"), int[].class)).isEqualTo(ids);
    assertThat(JSON.treeToValue(back.path("chat"), int[].class))
        .isEqualTo(ChatTemplate.prompt(tokenizer, chat));
    assertThat(back.path("end").asInt()).isEqualTo(tokenizer.controlToken(SpecialTokens.END));
    assertLogits(adopted.config(), trained.weights(), ids, back.path("logits"));
  }

  private Trained trained(
      ModelConfig config, SortedMap<String, FloatTensor> weights, BpeTokenizer tokenizer) {
    List<int[]> documents = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      int[] text = tokenizer.encode("The cat number " + i + " sat down with its friend.");
      int[] ids = new int[text.length + 1];
      ids[0] = tokenizer.controlToken(SpecialTokens.BOS);
      System.arraycopy(text, 0, ids, 1, text.length);
      documents.add(ids);
    }
    OptimizerSettings optimizer = LearnerFixture.optimizer(0.01);
    LearnerFixture.Recorder recorder = new LearnerFixture.Recorder();
    try (TokenShard shard = TokenShard.write(folder.resolve("tokens"), documents.iterator())) {
      Trained trained =
          new Pretraining(
                  config,
                  new PretrainingSettings(12, 4, 32, 12, 12, optimizer),
                  shard,
                  shard,
                  64,
                  tokenizer,
                  weights,
                  1)
              .train(Optional.empty(), recorder);
      assertThat(recorder.reports.getLast().loss())
          .isLessThan(recorder.reports.getFirst().loss() - 0.5);
      return trained;
    }
  }

  /**
   * Largest difference beside logits of the order of 1; the tokens that were added are left out.
   */
  private static void assertLogits(
      ModelConfig config, SortedMap<String, FloatTensor> weights, int[] ids, JsonNode expected) {
    float[][] logits = new Decoder(config, weights).logits(ids);
    for (int t = 0; t < ids.length; t++) {
      for (int v = 0; v < expected.get(t).size(); v++) {
        assertThat(logits[t][v]).isCloseTo(expected.get(t).get(v).floatValue(), within(1e-5f));
      }
    }
  }
}
