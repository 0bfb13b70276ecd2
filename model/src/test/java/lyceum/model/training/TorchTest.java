package lyceum.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import lyceum.core.ModelConfig;
import lyceum.core.recipe.ComputeSettings;
import lyceum.core.recipe.LossSettings;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.core.recipe.Precision;
import lyceum.data.tokenizer.ChatTemplate;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.ModelDirectory;
import lyceum.model.format.Peers;
import lyceum.model.format.Safetensors;
import lyceum.model.transformer.InitialWeights;
import lyceum.model.transformer.RegularizedLoss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** The same model, batch and optimizer in transformers and torch. */
class TorchTest {
  private static final int LENGTH = 24;
  private static final int STEPS = 3;
  private static final OptimizerSettings ADAM_W =
      new OptimizerSettings(
          0.01, 1, 0, OptimizerSettings.Schedule.CONSTANT, 0.1, 0.9, 0.95, 1e-8, 0.5);

  private static final String SCRIPT =
      """
      import json, sys, torch
      from safetensors.torch import save_file
      from transformers import LlamaForCausalLM
      folder, tokens, steps = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
      model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
      ids = torch.tensor([tokens])
      named = dict(model.named_parameters())
      groups = [{"params": [p for p in named.values() if p.dim() > 1], "weight_decay": 0.1},
                {"params": [p for p in named.values() if p.dim() == 1], "weight_decay": 0.0}]
      optimizer = torch.optim.AdamW(groups, lr=0.01, betas=(0.9, 0.95), eps=1e-8)
      for step in range(steps):
          optimizer.zero_grad()
          out = model(ids)
          loss = torch.nn.functional.cross_entropy(out.logits[0, :-1], ids[0, 1:])
          loss.backward()
          if step == 0:
              save_file({"logits": out.logits[0].detach().contiguous()}, folder + "/logits.safetensors")
              save_file({n: p.grad.clone() for n, p in named.items()}, folder + "/gradients.safetensors")
          print(loss.item())
          torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
          optimizer.step()
      save_file({n: p.detach().clone() for n, p in named.items()}, folder + "/learned.safetensors")
      """;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void training_ofThreeSteps_equalsTransformersAndTorch(boolean tied, @TempDir Path folder)
      throws IOException, InterruptedException {
    Peers.python();
    ModelConfig config =
        new ModelConfig(
            LearnerFixture.TOKENIZER.vocabularySize(), LENGTH, 3, 4, 2, 32, 48, 10_000, 1e-5, tied);
    SortedMap<String, FloatTensor> weights = written(config, 6, folder);
    int[] tokens = new SplittableRandom(1).ints(LENGTH, 6, 300).toArray();
    List<Double> losses =
        Peers.run(folder, SCRIPT, folder.toString(), Arrays.toString(tokens), String.valueOf(STEPS))
            .lines()
            .map(Double::valueOf)
            .toList();

    try (Computation computation = new Computation()) {
      SortedMap<String, int[]> shapes = LanguageModel.shapes(config);
      Map<String, Operand<TFloat32>> variables = computation.variables("", shapes);
      TokenInputs inputs = TokenInputs.of(computation, 1, LENGTH);
      var loss = new TokenGraph(computation, config, variables, inputs, LENGTH).loss();
      Map<String, Operand<TFloat32>> gradients = loss.learned().gradients();
      AccumulatedGradients sums =
          new AccumulatedGradients(
              computation, shapes, new TrainingTask.Loss(loss.value(), gradients, List.of()));
      AdamW adam = new AdamW(computation, ADAM_W, shapes, variables, sums);
      SortedMap<String, FloatTensor> state = new TreeMap<>(weights);
      adam.state().forEach((name, shape) -> state.put(name, FloatTensor.zeros(shape)));
      computation.assign("", state);
      TokenInputs.Builder row = new TokenInputs.Builder(1, LENGTH);
      row.append(0, tokens);
      for (int i = 1; i < LENGTH; i++) {
        row.predict(i - 1, tokens[i]);
      }
      row.weigh(0, LENGTH - 1, 1.0 / (LENGTH - 1));

      List<String> names = List.copyOf(shapes.keySet());
      List<Operand<TFloat32>> fetches = new ArrayList<>(List.of(loss.logits()));
      names.forEach(name -> fetches.add(gradients.get(name)));
      List<float[]> before = computation.run(row.feeds(), fetches, List.of());
      float[] logits =
          Safetensors.read(folder.resolve("logits.safetensors")).tensors().get("logits").values();
      assertClose(
          "logits", before.getFirst(), Arrays.copyOf(logits, before.getFirst().length), 1e-5);
      SortedMap<String, FloatTensor> expected =
          Safetensors.read(folder.resolve("gradients.safetensors")).tensors();
      for (int i = 0; i < names.size(); i++) {
        assertClose(names.get(i), before.get(i + 1), expected.get(names.get(i)).values(), 1e-5);
      }

      for (int step = 0; step < STEPS; step++) {
        double value = sums.add(row.feeds(), true).getFirst()[0];
        adam.update(step, ADAM_W.learningRate(), sums.norm());
        assertThat(value).as("loss of step %d", step).isCloseTo(losses.get(step), within(1e-4));
      }
      SortedMap<String, FloatTensor> learned =
          Safetensors.read(folder.resolve("learned.safetensors")).tensors();
      computation
          .read("", shapes)
          // A step of Adam is the sign of a gradient that is nearly zero: rounding shows there.
          .forEach(
              (name, tensor) ->
                  assertClose(name, tensor.values(), learned.get(name).values(), 2e-3));
    }
  }

  private static final String REGULARIZED =
      """
      import json, sys, torch
      from safetensors.torch import save_file
      from transformers import LlamaForCausalLM
      folder, tokens = sys.argv[1], json.loads(sys.argv[2])
      z_loss, cap = float(sys.argv[3]), float(sys.argv[4])
      model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
      ids = torch.tensor([tokens])
      logits = model(ids).logits[0, :-1]
      if cap > 0:
          logits = cap * torch.tanh(logits / cap)
      loss = torch.nn.functional.cross_entropy(logits, ids[0, 1:])
      loss = loss + z_loss * torch.logsumexp(logits, -1).square().mean()
      loss.backward()
      print(loss.item())
      save_file({n: p.grad.clone() for n, p in model.named_parameters()}, folder + "/gradients.safetensors")
      """;

  @ParameterizedTest
  @CsvSource({"0.01, 0", "0, 3", "0.01, 3"})
  void gradients_ofTheRegularizedLoss_equalTorchs(double zLoss, double cap, @TempDir Path folder)
      throws IOException, InterruptedException {
    Peers.python();
    ModelConfig config =
        new ModelConfig(
            LearnerFixture.TOKENIZER.vocabularySize(), LENGTH, 2, 4, 2, 32, 48, 10_000, 1e-5, true);
    SortedMap<String, FloatTensor> weights = written(config, 12, folder);
    int[] tokens = new SplittableRandom(1).ints(LENGTH, 6, 300).toArray();
    double expectedLoss =
        Double.parseDouble(
            Peers.run(
                    folder,
                    REGULARIZED,
                    folder.toString(),
                    Arrays.toString(tokens),
                    String.valueOf(zLoss),
                    String.valueOf(cap))
                .strip());
    try (Computation computation = new Computation()) {
      SortedMap<String, int[]> shapes = LanguageModel.shapes(config);
      Map<String, Operand<TFloat32>> variables = computation.variables("", shapes);
      TokenInputs inputs = TokenInputs.of(computation, 1, LENGTH);
      RegularizedLoss loss =
          new RegularizedLoss(
              computation.tf(),
              config,
              new TokenGraph(computation, config, variables, inputs, LENGTH).loss(),
              inputs.targets_N(),
              inputs.weights_N(),
              new LossSettings(zLoss, cap));
      computation.assign("", weights);
      Map<String, Operand<TFloat32>> gradients = loss.gradients();
      TokenInputs.Builder row = new TokenInputs.Builder(1, LENGTH);
      row.append(0, tokens);
      for (int i = 1; i < LENGTH; i++) {
        row.predict(i - 1, tokens[i]);
      }
      row.weigh(0, LENGTH - 1, 1.0 / (LENGTH - 1));
      List<String> names = List.copyOf(shapes.keySet());
      List<Operand<TFloat32>> fetches = new ArrayList<>(List.of(loss.value()));
      names.forEach(name -> fetches.add(gradients.get(name)));
      List<float[]> values = computation.run(row.feeds(), fetches, List.of());
      assertThat((double) values.getFirst()[0])
          .isCloseTo(expectedLoss, within(1e-5 * expectedLoss));
      SortedMap<String, FloatTensor> expected =
          Safetensors.read(folder.resolve("gradients.safetensors")).tensors();
      for (int i = 0; i < names.size(); i++) {
        assertClose(names.get(i), values.get(i + 1), expected.get(names.get(i)).values(), 2e-5);
      }
    }
  }

  private static final String AUTOCAST =
      """
      import json, sys, torch
      from safetensors.torch import save_file
      from transformers import LlamaForCausalLM
      folder, tokens = sys.argv[1], json.loads(sys.argv[2])
      model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa")
      ids = torch.tensor([tokens])
      for name, enabled in (("f32", False), ("bf16", True)):
          model.zero_grad()
          with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
              logits = model(ids).logits
              loss = torch.nn.functional.cross_entropy(logits[0, :-1].float(), ids[0, 1:])
          loss.backward()
          print(loss.item())
          saved = {n: p.grad.clone() for n, p in model.named_parameters()}
          saved["logits"] = logits[0].detach().float().contiguous()
          save_file(saved, folder + "/" + name + ".safetensors")
      """;

  /** How much further from f32 than torch's autocast rounding may take us. */
  private static final double MORE_THAN_AUTOCAST = 1.5;

  @Test
  void gradients_inBf16_areAsNearToF32AsTorchAutocast(@TempDir Path folder)
      throws IOException, InterruptedException {
    Peers.python();
    ModelConfig config =
        new ModelConfig(
            LearnerFixture.TOKENIZER.vocabularySize(), LENGTH, 3, 4, 2, 64, 96, 10_000, 1e-5, true);
    SortedMap<String, FloatTensor> weights = written(config, 4, folder);
    int[] tokens = new SplittableRandom(1).ints(LENGTH, 6, 300).toArray();
    List<Double> losses =
        Peers.run(folder, AUTOCAST, folder.toString(), Arrays.toString(tokens))
            .lines()
            .map(Double::valueOf)
            .toList();
    SortedMap<String, FloatTensor> exact =
        Safetensors.read(folder.resolve("f32.safetensors")).tensors();
    SortedMap<String, FloatTensor> autocast =
        Safetensors.read(folder.resolve("bf16.safetensors")).tensors();

    try (Computation computation = new Computation()) {
      SortedMap<String, int[]> shapes = LanguageModel.shapes(config);
      Map<String, Operand<TFloat32>> variables = computation.variables("", shapes);
      TokenInputs inputs = TokenInputs.of(computation, 1, LENGTH);
      var loss =
          new TokenGraph(
                  computation,
                  config,
                  variables,
                  inputs,
                  LENGTH,
                  new ComputeSettings(1, Precision.BF16, false))
              .loss();
      computation.assign("", weights);
      Map<String, Operand<TFloat32>> gradients = loss.learned().gradients();
      TokenInputs.Builder row = new TokenInputs.Builder(1, LENGTH);
      row.append(0, tokens);
      for (int i = 1; i < LENGTH; i++) {
        row.predict(i - 1, tokens[i]);
      }
      row.weigh(0, LENGTH - 1, 1.0 / (LENGTH - 1));
      List<String> names = List.copyOf(shapes.keySet());
      List<Operand<TFloat32>> fetches = new ArrayList<>(List.of(loss.value(), loss.logits()));
      names.forEach(name -> fetches.add(gradients.get(name)));
      List<float[]> values = computation.run(row.feeds(), fetches, List.of());

      assertThat((double) values.getFirst()[0]).isCloseTo(losses.get(0), within(5e-3));
      int count = values.get(1).length;
      assertAsNear(
          "logits", values.get(1), cut(autocast, "logits", count), cut(exact, "logits", count));
      for (int i = 0; i < names.size(); i++) {
        String name = names.get(i);
        assertAsNear(
            name, values.get(i + 2), autocast.get(name).values(), exact.get(name).values());
      }
    }
  }

  private static float[] cut(SortedMap<String, FloatTensor> tensors, String name, int count) {
    return Arrays.copyOf(tensors.get(name).values(), count);
  }

  private static void assertAsNear(String name, float[] ours, float[] autocast, float[] exact) {
    double allowed = MORE_THAN_AUTOCAST * relativeError(autocast, exact);
    assertThat(allowed).as("torch's own error in %s", name).isBetween(1e-4, 0.1);
    assertThat(relativeError(ours, exact)).as(name).isLessThan(allowed);
  }

  /** Length of the difference beside that of the expected. */
  private static double relativeError(float[] values, float[] expected) {
    assertThat(values).hasSameSizeAs(expected);
    double difference = 0;
    double length = 0;
    for (int i = 0; i < values.length; i++) {
      difference += Math.pow(values[i] - expected[i], 2);
      length += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / length);
  }

  /**
   * Writes a model for the peer to load, and returns its weights.
   *
   * @param factor how much larger matrices are than at the start of a training, so that attention
   *     is far from uniform
   */
  private static SortedMap<String, FloatTensor> written(
      ModelConfig config, int factor, Path folder) {
    SortedMap<String, FloatTensor> weights = InitialWeights.of(config, 1);
    weights.values().stream()
        .filter(tensor -> tensor.shape().length > 1)
        .forEach(tensor -> scale(tensor.values(), factor));
    ModelDirectory.write(
        folder,
        config,
        weights,
        LearnerFixture.TOKENIZER.toJson(),
        ChatTemplate.tokenizerConfigJson());
    return weights;
  }

  private static void scale(float[] values, float factor) {
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
  }

  /** The largest difference is small beside the largest value. */
  private static void assertClose(String name, float[] values, float[] expected, double tolerance) {
    assertThat(values).as(name).hasSameSizeAs(expected);
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < values.length; i++) {
      difference = Math.max(difference, Math.abs(values[i] - expected[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    assertThat(difference / largest).as(name).isLessThan(tolerance);
  }
}
