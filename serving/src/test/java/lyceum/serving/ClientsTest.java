package lyceum.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import lyceum.data.tokenizer.ChatMessage;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.format.LanguageModel;
import lyceum.model.inference.Generator;
import lyceum.model.inference.SamplingSettings;
import lyceum.model.inference.TokenListener;
import lyceum.model.training.TokenInputs;
import lyceum.model.training.TokenScorer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tools that people have, against a served model. */
class ClientsTest {
  private static final String QUESTION = "What is 4 plus 5?";
  private static ServedModel model;
  private static InferenceServer server;
  @TempDir Path folder;

  @BeforeAll
  static void start() {
    model = TinyModels.served(3, 1);
    server =
        InferenceServer.start(
            ServerSettings.of("127.0.0.1", 0, Optional.empty()), Optional.of(model));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String address() {
    return server.address() + "/v1";
  }

  private static String offline(int tokens) {
    int[] prompt =
        ChatTemplate.prompt(
            model.model().tokenizer(), List.of(new ChatMessage(ChatMessage.Role.USER, QUESTION)));
    return model
        .model()
        .tokenizer()
        .decode(
            new Generator(model.model())
                .generate(prompt, SamplingSettings.greedy(tokens), 0, TokenListener.ALL)
                .ids());
  }

  @Test
  void openaiPython_everyEndpoint() throws Exception {
    JsonNode out =
        Python.run(
            "LYCEUM_PEERS",
            "openai",
            folder,
            """
            import json, sys
            import openai
            client = openai.OpenAI(base_url=sys.argv[1], api_key="none", max_retries=0)
            ask = dict(model="tiny", messages=[{"role": "user", "content": sys.argv[2]}])
            out = {}
            two = client.chat.completions.create(n=2, seed=7, temperature=1, max_tokens=8, logprobs=True, top_logprobs=3, **ask)
            out["two"] = [c.message.content for c in two.choices]
            content = two.choices[0].logprobs.content
            out["logprobs"] = [[t.token, t.logprob, len(t.top_logprobs), bytes(t.bytes).decode("latin-1")] for t in content]
            strict = client.chat.completions.create(response_format={"type": "json_object"}, temperature=1, seed=1, max_tokens=24, **ask)
            out["json"] = isinstance(json.loads(strict.choices[0].message.content), dict)
            tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}},
                     {"type": "function", "function": {"name": "time", "parameters": {"type": "object"}}}]
            call = client.chat.completions.create(tools=tools, tool_choice="required", temperature=1, seed=2, max_tokens=90, **ask).choices[0]
            out["finish"] = call.finish_reason
            out["call"] = call.message.tool_calls[0].function.name
            out["arguments"] = isinstance(json.loads(call.message.tool_calls[0].function.arguments), dict)
            chunks = list(client.chat.completions.create(tools=tools, tool_choice={"type": "function", "function": {"name": "time"}},
                          temperature=1, seed=2, max_tokens=90, stream=True, stream_options={"include_usage": True}, **ask))
            out["streamed"] = "".join(t.function.name for c in chunks if c.choices for t in c.choices[0].delta.tool_calls or [])
            out["usage"] = chunks[-1].usage.completion_tokens
            calculated = client.chat.completions.create(tools=[{"type": "calculator"}], tool_choice="required", max_tokens=90, **ask)
            out["calculator"] = calculated.choices[0].finish_reason
            text = client.completions.create(model="tiny", prompt="It is", max_tokens=5, echo=True, logprobs=2)
            out["echo"] = text.choices[0].text
            out["tokens"] = text.choices[0].logprobs.tokens
            out["token_logprobs"] = text.choices[0].logprobs.token_logprobs
            parts = client.completions.create(model="tiny", prompt="It is", max_tokens=5, stream=True)
            out["parts"] = "".join(p.choices[0].text for p in parts if p.choices)
            vectors = client.embeddings.create(model="tiny", input=["It is", "What"])
            out["width"] = [len(d.embedding) for d in vectors.data]
            for name, kwargs in {"model": dict(ask, model="../secret"), "type": dict(ask, temperature="hot"),
                                 "context": dict(ask, messages=[{"role": "user", "content": "word " * 900}])}.items():
                try:
                    client.chat.completions.create(**kwargs)
                except openai.APIStatusError as e:
                    out["error_" + name] = [e.status_code, e.code, e.param]
            print(json.dumps(out))
            """,
            List.of(address(), QUESTION));
    assertThat(out.path("two").get(0).asText()).isNotEqualTo(out.path("two").get(1).asText());
    assertThat(out.path("logprobs")).hasSize(8);
    assertThat(out.path("logprobs").get(0).get(1).asDouble()).isNegative();
    assertThat(out.path("logprobs").get(0).get(2).asInt()).isEqualTo(3);
    assertThat(out.path("json").asBoolean()).isTrue();
    assertThat(out.path("finish").asText()).isEqualTo("tool_calls");
    assertThat(out.path("call").asText()).isIn("weather", "time");
    assertThat(out.path("arguments").asBoolean()).isTrue();
    assertThat(out.path("streamed").asText()).isEqualTo("time");
    assertThat(out.path("usage").asInt()).isPositive();
    // The forced call was worked out, and what followed was the model's own.
    assertThat(out.path("calculator").asText()).isIn("stop", "length");
    assertThat(out.path("echo").asText()).startsWith("It is").hasSizeGreaterThan(5);
    assertThat(out.path("tokens").get(0).asText()).isEqualTo("<|bos|>");
    assertThat(out.path("token_logprobs").get(0).isNull()).isTrue();
    assertThat(out.path("token_logprobs").get(1).asDouble()).isNegative();
    assertThat("It is" + out.path("parts").asText()).isEqualTo(out.path("echo").asText());
    assertThat(out.path("width").toString()).isEqualTo("[32,32]");
    assertThat(out.path("error_model").toString()).isEqualTo("[404,\"model_not_found\",\"model\"]");
    assertThat(out.path("error_type").toString()).isEqualTo("[400,null,\"temperature\"]");
    assertThat(out.path("error_context").toString())
        .isEqualTo("[400,\"context_length_exceeded\",\"messages\"]");
  }

  @Test
  void openaiJava_completionsAndEmbeddings() {
    OpenAIClient client =
        OpenAIOkHttpClient.builder().baseUrl(address()).apiKey("none").maxRetries(0).build();
    Completion completion =
        client
            .completions()
            .create(
                CompletionCreateParams.builder()
                    .model("tiny")
                    .prompt("It is")
                    .maxTokens(6)
                    .echo(true)
                    .logprobs(1)
                    .build());
    assertThat(completion.choices().getFirst().text()).startsWith("It is");
    assertThat(completion.usage().orElseThrow().completionTokens()).isEqualTo(6);
    assertThat(
            client
                .embeddings()
                .create(EmbeddingCreateParams.builder().model("tiny").input("It is").build())
                .data()
                .getFirst()
                .embedding())
        .hasSize(32);
    client.close();
  }

  @Test
  void langchain4j_chatStreamToolsAndEmbeddings() throws Exception {
    OpenAiChatModel chat =
        OpenAiChatModel.builder()
            .baseUrl(address())
            .apiKey("none")
            .modelName("tiny")
            .temperature(0.0)
            .maxTokens(40)
            .build();
    assertThat(chat.chat(QUESTION)).isEqualTo(offline(40));

    OpenAiStreamingChatModel streaming =
        OpenAiStreamingChatModel.builder()
            .baseUrl(address())
            .apiKey("none")
            .modelName("tiny")
            .temperature(0.0)
            .maxTokens(40)
            .build();
    CompletableFuture<String> whole = new CompletableFuture<>();
    StringBuilder parts = new StringBuilder();
    streaming.chat(
        QUESTION,
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String part) {
            parts.append(part);
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            whole.complete(response.aiMessage().text());
          }

          @Override
          public void onError(Throwable error) {
            whole.completeExceptionally(error);
          }
        });
    assertThat(whole.get(20, TimeUnit.SECONDS)).isEqualTo(offline(40));
    assertThat(parts.toString()).isEqualTo(offline(40));

    ToolSpecification weather =
        ToolSpecification.builder()
            .name("weather")
            .description("The weather of a town.")
            .parameters(JsonObjectSchema.builder().addStringProperty("town").build())
            .build();
    ChatResponse called =
        chat.chat(
            dev.langchain4j.model.chat.request.ChatRequest.builder()
                .messages(UserMessage.from(QUESTION))
                .parameters(
                    ChatRequestParameters.builder()
                        .toolSpecifications(weather)
                        .toolChoice(ToolChoice.REQUIRED)
                        .maxOutputTokens(90)
                        .build())
                .build());
    AiMessage message = called.aiMessage();
    assertThat(message.toolExecutionRequests()).hasSize(1);
    assertThat(message.toolExecutionRequests().getFirst().name()).isEqualTo("weather");
    assertThat(
            new ObjectMapper()
                .readTree(message.toolExecutionRequests().getFirst().arguments())
                .isObject())
        .isTrue();
    // The way back: the call and its result in the next request.
    assertThat(
            chat.chat(
                    UserMessage.from("Hi"),
                    AiMessage.from(message.toolExecutionRequests()),
                    ToolExecutionResultMessage.from(
                        message.toolExecutionRequests().getFirst(), "Rain"))
                .aiMessage()
                .text())
        .isNotEmpty();

    assertThat(
            OpenAiEmbeddingModel.builder()
                .baseUrl(address())
                .apiKey("none")
                .modelName("tiny")
                .build()
                .embed("It is")
                .content()
                .vector())
        .hasSize(32);
  }

  /** One item of multiple choice: which continuation the model holds likelier. */
  private record Item(String question, List<String> choices, int answer) {}

  @Test
  void lmEvaluationHarness_sameAsTheTrainersForwardOnTheSameItems() throws Exception {
    Random random = new Random(5);
    List<Item> items = new ArrayList<>();
    StringBuilder lines = new StringBuilder();
    ObjectMapper json = new ObjectMapper();
    for (int i = 0; i < 12; i++) {
      int a = random.nextInt(50);
      int b = random.nextInt(50);
      int answer = random.nextInt(3);
      List<String> choices = new ArrayList<>();
      for (int c = 0; c < 3; c++) {
        choices.add(Integer.toString(a + b + (c == answer ? 0 : 1 + random.nextInt(9))));
      }
      Item item = new Item("What is " + a + " plus " + b + "? It is", choices, answer);
      items.add(item);
      ObjectNode line = json.createObjectNode().put("question", item.question);
      line.put("answer", answer);
      line.set("choices", json.valueToTree(choices));
      lines.append(line).append('\n');
    }
    Files.writeString(folder.resolve("items.jsonl"), lines);
    TinyModels.write(folder.resolve("model"), 3);
    JsonNode out =
        Python.run(
            "LYCEUM_LM_EVAL",
            "lm-eval[api], transformers and datasets",
            folder,
            """
            import json, pathlib, sys
            import lm_eval
            from lm_eval.tasks import TaskManager
            pathlib.Path("task").mkdir()
            pathlib.Path("task/sums.yaml").write_text('''
            task: sums
            dataset_path: json
            dataset_kwargs: {data_files: {test: %s/items.jsonl}}
            test_split: test
            output_type: multiple_choice
            doc_to_text: "{{question}}"
            doc_to_target: answer
            doc_to_choice: choices
            metric_list: [{metric: acc}]
            ''' % pathlib.Path.cwd())
            result = lm_eval.simple_evaluate(
                model="local-completions",
                model_args=dict(model="tiny", base_url=sys.argv[1] + "/completions", tokenizer="model",
                                tokenizer_backend="huggingface", tokenized_requests=True, num_concurrent=4, max_length=512),
                tasks=["sums"], task_manager=TaskManager(include_path="task"), bootstrap_iters=0)
            samples = sorted(result["samples"]["sums"], key=lambda s: s["doc_id"])
            print(json.dumps({"acc": result["results"]["sums"]["acc,none"],
                              "scores": [[r[0] for r in s["filtered_resps"]] for s in samples],
                              "greedy": [[r[1] for r in s["filtered_resps"]] for s in samples]}))
            """,
            List.of(address()));
    LanguageModel language = model.model();
    int right = 0;
    for (int i = 0; i < items.size(); i++) {
      double best = Double.NEGATIVE_INFINITY;
      int chosen = -1;
      for (int c = 0; c < 3; c++) {
        double expected =
            logLikelihood(language, items.get(i).question, items.get(i).choices.get(c));
        assertThat(out.path("scores").get(i).get(c).asDouble())
            .as("item %d, choice %d", i, c)
            .isCloseTo(expected, within(1e-3));
        if (expected > best) {
          best = expected;
          chosen = c;
        }
      }
      right += chosen == items.get(i).answer ? 1 : 0;
    }
    assertThat(out.path("acc").asDouble()).isCloseTo(right / 12.0, within(1e-9));
  }

  /** By the trainer's forward pass: what a continuation after a space adds. */
  private static double logLikelihood(LanguageModel language, String question, String choice) {
    int[] whole = language.tokenizer().encode(question + " " + choice);
    int before = language.tokenizer().encode(question).length;
    TokenInputs.Builder inputs = new TokenInputs.Builder(1, whole.length - 1);
    inputs.appendText(0, whole, new boolean[language.config().vocabularySize()]);
    try (TokenScorer scorer = new TokenScorer(language, whole.length - 1)) {
      float[] losses = scorer.tokenLosses(inputs.feeds());
      double sum = 0;
      for (int t = before - 1; t < losses.length; t++) {
        sum -= losses[t];
      }
      return sum;
    }
  }
}
