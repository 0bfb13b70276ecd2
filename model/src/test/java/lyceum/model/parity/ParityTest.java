package lyceum.model.parity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import lyceum.core.ModelConfig;
import lyceum.core.RotaryScaling;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.ModelDirectory;
import lyceum.model.format.Peers;
import lyceum.model.format.Safetensors;
import lyceum.model.format.TinyModel;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * Logits and the gradient of every weight against transformers' Llama in f32, over head counts,
 * grouped-query settings, tied and untied embeddings, plain and stretched rotary positions, and
 * lengths from 1 to the context. With {@code -Dlyceum.parity=full} over more shapes and every
 * length.
 */
class ParityTest {
  private static final boolean FULL = "full".equals(System.getProperty("lyceum.parity"));
  private static final int CONTEXT = 33;

  /** A tensor of gradients smaller than this share of the largest is measured beside that share. */
  private static final double SMALLEST = 0.03;

  @TempDir static Path folder;

  private static List<Case> cases = List.of();

  /** A model and a row of it. */
  private record Case(
      String name,
      ModelConfig config,
      SortedMap<String, FloatTensor> weights,
      int[] ids,
      int[] targets) {
    static Case of(ModelConfig config, int length, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      return new Case(
          "heads %d of %d, width %d, layers %d, %s, %s, length %d"
              .formatted(
                  config.heads(),
                  config.keyValueHeads(),
                  config.embeddingDim(),
                  config.layers(),
                  config.tiedEmbeddings() ? "tied" : "untied",
                  config.rotaryScaling() == null ? "plain" : "stretched",
                  length),
          config,
          ParityTest.random(config, random),
          random.ints(length, 0, config.vocabularySize()).toArray(),
          random.ints(length, 0, config.vocabularySize()).toArray());
    }
  }

  static List<Backend> backends() {
    return Backend.all(FULL);
  }

  @BeforeAll
  static void compute() throws IOException, InterruptedException {
    Peers.python();
    cases = cases();
    ObjectMapper json = new ObjectMapper();
    ArrayNode list = json.createArrayNode();
    for (int i = 0; i < cases.size(); i++) {
      Case each = cases.get(i);
      Path model = folder.resolve("case-" + i);
      ModelDirectory.write(
          model,
          each.config(),
          each.weights(),
          TinyModel.tokenizer().toJson(),
          ChatTemplate.tokenizerConfigJson());
      ObjectNode row = list.addObject().put("folder", model.toString());
      row.set("ids", json.valueToTree(each.ids()));
      row.set("targets", json.valueToTree(each.targets()));
    }
    json.writeValue(folder.resolve("cases.json").toFile(), list);
    Peers.run(
        folder,
        """
        import json, sys, torch
        from safetensors.torch import save_file
        from transformers import LlamaForCausalLM
        torch.set_num_threads(1)
        for case in json.load(open(sys.argv[1])):
            model = LlamaForCausalLM.from_pretrained(case["folder"], dtype=torch.float32, attn_implementation="eager")
            # PyTorch leaves the padding id out of the embedding's gradient; here it is an id as any other.
            model.model.embed_tokens.padding_idx = None
            logits = model(torch.tensor([case["ids"]])).logits[0]
            torch.nn.functional.cross_entropy(logits, torch.tensor(case["targets"])).backward()
            saved = {n: p.grad.clone() for n, p in model.named_parameters()}
            saved["logits"] = logits.detach().contiguous()
            save_file(saved, case["folder"] + "/expected.safetensors")
        """,
        folder.resolve("cases.json").toString());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void logitsAndGradients_ofEveryCase_areThoseOfTransformers(Backend backend) {
    double worst = 0;
    String where = "";
    for (int i = 0; i < cases.size(); i++) {
      Case each = cases.get(i);
      SortedMap<String, FloatTensor> expected =
          Safetensors.read(folder.resolve("case-" + i).resolve("expected.safetensors")).tensors();
      SortedMap<String, float[]> computed =
          backend.computing().of(each.config(), each.weights(), each.ids(), each.targets());
      assertThat(computed).containsKey("logits");
      double largest = 0;
      for (String weight : LanguageModel.shapes(each.config()).keySet()) {
        largest = Math.max(largest, largest(expected.get(weight).values()));
      }
      for (var tensor : computed.entrySet()) {
        double error =
            error(tensor.getValue(), expected.get(tensor.getKey()).values(), SMALLEST * largest);
        assertThat(error)
            .as("%s: %s of %s", backend, tensor.getKey(), each.name())
            .isLessThan(backend.tolerance());
        if (error > worst) {
          worst = error;
          where = tensor.getKey() + " of " + each.name();
        }
      }
    }
    LoggerFactory.getLogger(ParityTest.class)
        .info("{}: {} cases, largest relative error {} in {}", backend, cases.size(), worst, where);
  }

  private static List<Case> cases() {
    int[][] heads =
        FULL
            ? new int[][] {
              {1, 1}, {2, 2}, {2, 1}, {4, 4}, {4, 2}, {4, 1}, {8, 8}, {8, 4}, {8, 2}, {8, 1},
              {16, 4}
            }
            : new int[][] {{1, 1}, {2, 1}, {4, 4}, {4, 2}, {8, 2}};
    List<Case> cases = new ArrayList<>();
    for (int[] head : heads) {
      for (boolean tied : new boolean[] {true, false}) {
        cases.add(Case.of(config(head[0], head[1], 32, 2, tied, null), CONTEXT, cases.size()));
        cases.add(
            Case.of(
                config(head[0], head[1], 32, 2, tied, null), 1 + cases.size() % 7, cases.size()));
      }
    }
    RotaryScaling scaling = new RotaryScaling(8, 1, 4, 8);
    cases.add(Case.of(config(4, 2, 64, 2, true, scaling), CONTEXT, cases.size()));
    if (FULL) {
      // Every length, and models further from the smallest.
      IntStream.rangeClosed(1, CONTEXT)
          .forEach(
              length ->
                  cases.add(Case.of(config(4, 2, 32, 2, length % 2 == 0, null), length, length)));
      cases.add(Case.of(config(8, 2, 256, 6, true, null), CONTEXT, 71));
      cases.add(Case.of(config(6, 3, 192, 8, false, scaling), CONTEXT, 72));
    }
    return cases;
  }

  private static ModelConfig config(
      int heads,
      int keyValueHeads,
      int width,
      int layers,
      boolean tied,
      @org.jspecify.annotations.Nullable RotaryScaling scaling) {
    return new ModelConfig(
        TinyModel.tokenizer().vocabularySize(),
        CONTEXT,
        layers,
        heads,
        keyValueHeads,
        width,
        2 * width - 8,
        10_000,
        1e-5,
        tied,
        scaling);
  }

  /** So large that attention is far from uniform, and activations stay of the order of 1. */
  private static SortedMap<String, FloatTensor> random(
      ModelConfig config, SplittableRandom random) {
    SortedMap<String, FloatTensor> weights = new TreeMap<>();
    LanguageModel.shapes(config)
        .forEach(
            (name, shape) -> {
              FloatTensor tensor = FloatTensor.zeros(shape);
              double deviation = shape.length == 1 ? 0.2 : 1 / Math.sqrt(shape[1]);
              for (int i = 0; i < tensor.values().length; i++) {
                tensor.values()[i] =
                    (float) ((shape.length == 1 ? 1 : 0) + deviation * random.nextGaussian());
              }
              weights.put(name, tensor);
            });
    return weights;
  }

  /**
   * The largest difference beside the largest value.
   *
   * @param floor of the largest value: in a row of one token the gradient of queries and keys is
   *     nothing but rounding
   */
  private static double error(float[] values, float[] expected, double floor) {
    assertThat(values).hasSameSizeAs(expected);
    double difference = 0;
    for (int i = 0; i < values.length; i++) {
      difference = Math.max(difference, Math.abs((double) values[i] - expected[i]));
    }
    return difference / Math.max(floor, largest(expected));
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
