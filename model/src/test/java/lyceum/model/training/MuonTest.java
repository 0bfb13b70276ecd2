package lyceum.model.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import lyceum.core.recipe.OptimizerSettings;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.Peers;
import lyceum.model.format.Safetensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

class MuonTest {
  private static final int STEPS = 4;
  private static final OptimizerSettings SETTINGS =
      new OptimizerSettings(
          0.02,
          1,
          0,
          OptimizerSettings.Schedule.CONSTANT,
          0.1,
          0.9,
          0.95,
          1e-8,
          1e6,
          OptimizerSettings.Algorithm.MUON,
          0.95,
          0.2);

  private static final SortedMap<String, int[]> SHAPES =
      new TreeMap<>(
          Map.of(
              LanguageModel.EMBEDDING,
              new int[] {12, 8},
              LanguageModel.block(0, "input_layernorm"),
              new int[] {8},
              LanguageModel.block(0, "self_attn.q_proj"),
              new int[] {8, 8},
              LanguageModel.block(0, "mlp.gate_proj"),
              new int[] {20, 8},
              LanguageModel.block(0, "mlp.down_proj"),
              new int[] {8, 20}));

  private static SortedMap<String, FloatTensor> normal(long seed, double deviation) {
    SplittableRandom random = new SplittableRandom(seed);
    SortedMap<String, FloatTensor> tensors = new TreeMap<>();
    SHAPES.forEach(
        (name, shape) -> {
          FloatTensor tensor = FloatTensor.zeros(shape);
          for (int i = 0; i < tensor.values().length; i++) {
            tensor.values()[i] = (float) (random.nextGaussian() * deviation);
          }
          tensors.put(name, tensor);
        });
    return tensors;
  }

  private static SortedMap<String, FloatTensor> learned(OptimizerSettings settings) {
    try (Computation computation = new Computation()) {
      Map<String, Operand<TFloat32>> weights = computation.variables("", SHAPES);
      Map<String, Operand<TFloat32>> gradients = new HashMap<>();
      SHAPES.forEach(
          (name, shape) -> {
            long[] size = Arrays.stream(shape).asLongStream().toArray();
            gradients.put(name, computation.floats("gradient of " + name, size));
          });
      AccumulatedGradients sums =
          new AccumulatedGradients(
              computation,
              SHAPES,
              new TrainingTask.Loss(computation.tf().constant(0f), gradients, List.of()));
      Optimizer muon = Optimizer.of(computation, settings, SHAPES, weights, sums);
      SortedMap<String, FloatTensor> state = normal(0, 0.5);
      muon.state().forEach((name, shape) -> state.put(name, FloatTensor.zeros(shape)));
      computation.assign("", state);
      for (int step = 0; step < STEPS; step++) {
        Feeds feeds = new Feeds();
        normal(step + 1, 0.1)
            .forEach(
                (name, tensor) ->
                    feeds.floats(
                        "gradient of " + name,
                        tensor.values(),
                        Arrays.stream(tensor.shape()).asLongStream().toArray()));
        sums.add(feeds, true);
        muon.update(step, settings.learningRate(), sums.norm());
      }
      return computation.read("", SHAPES);
    }
  }

  /**
   * PyTorch iterates in bfloat16, whatever the weights are; told that bfloat16 is float32, its own
   * code gives what the formulas say.
   */
  private static final String SCRIPT =
      """
      import sys, torch
      from safetensors.torch import load_file, save_file
      folder, steps = sys.argv[1], int(sys.argv[2])
      for precision in ("f32", "bf16"):
          if precision == "f32":
              kept, torch.bfloat16 = torch.bfloat16, torch.float32
          else:
              torch.bfloat16 = kept
          params = {n: torch.nn.Parameter(t) for n, t in load_file(folder + "/0.safetensors").items()}
          mine = [n for n, p in params.items() if p.dim() == 2 and "layers" in n]
          muon = torch.optim.Muon([params[n] for n in mine], lr=0.02, weight_decay=0.1, momentum=0.95,
                                  nesterov=True, adjust_lr_fn="match_rms_adamw")
          rest = [n for n in params if n not in mine]
          adamw = torch.optim.AdamW(
              [{"params": [params[n] for n in rest if params[n].dim() == 2], "weight_decay": 0.1},
               {"params": [params[n] for n in rest if params[n].dim() == 1], "weight_decay": 0.0}],
              lr=0.02, betas=(0.9, 0.95), eps=1e-8)
          for step in range(steps):
              for n, g in load_file(folder + "/%d.safetensors" % (step + 1)).items():
                  params[n].grad = g
              muon.step()
              adamw.step()
          save_file({n: p.detach() for n, p in params.items()}, folder + "/" + precision + ".safetensors")
      """;

  @Test
  void update_overFourSteps_equalsPyTorchs(@TempDir Path folder)
      throws IOException, InterruptedException {
    Peers.python();
    Safetensors.write(folder.resolve("0.safetensors"), normal(0, 0.5), new TreeMap<>());
    for (int step = 1; step <= STEPS; step++) {
      Safetensors.write(folder.resolve(step + ".safetensors"), normal(step, 0.1), new TreeMap<>());
    }
    Peers.run(folder, SCRIPT, folder.toString(), String.valueOf(STEPS));
    SortedMap<String, FloatTensor> learned = learned(SETTINGS);
    assertNear(learned, folder.resolve("f32.safetensors"), 2e-5);
    // The steps go 4 times 0.02 times 0.2 sqrt(20) far; bfloat16 knows a part in 256 of it.
    assertNear(learned, folder.resolve("bf16.safetensors"), 5e-3);
  }

  private static void assertNear(
      SortedMap<String, FloatTensor> learned, Path file, double tolerance) {
    SortedMap<String, FloatTensor> expected = Safetensors.read(file).tensors();
    learned.forEach(
        (name, tensor) -> {
          for (int i = 0; i < tensor.values().length; i++) {
            assertThat(Math.abs((double) tensor.values()[i] - expected.get(name).values()[i]))
                .as("%s[%d] beside %s", name, i, file.getFileName())
                .isLessThan(tolerance);
          }
        });
  }

  @Test
  void update_ofAMatrix_movesAllItsDirectionsAlike() {
    SortedMap<String, FloatTensor> before = normal(0, 0.5);
    OptimizerSettings withoutDecay =
        new OptimizerSettings(
            0.02,
            1,
            0,
            OptimizerSettings.Schedule.CONSTANT,
            0,
            0.9,
            0.95,
            1e-8,
            1e6,
            OptimizerSettings.Algorithm.MUON,
            0.0,
            0.2);
    SortedMap<String, FloatTensor> learned = learned(withoutDecay);
    // Without momentum each of the four steps is a matrix whose 8 singular values are near 1, times
    // the rate; the sum of four such in random directions is 2 long, within 40 %.
    String name = LanguageModel.block(0, "mlp.down_proj");
    double squares = 0;
    for (int i = 0; i < learned.get(name).values().length; i++) {
      squares += Math.pow(learned.get(name).values()[i] - before.get(name).values()[i], 2);
    }
    double unit = 0.02 * 0.2 * Math.sqrt(20) * Math.sqrt(8);
    assertThat(Math.sqrt(squares) / unit).isBetween(1.2, 2.8);
  }
}
