package lyceum.model.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import lyceum.core.ModelConfig;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;
import lyceum.model.format.TinyModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CpuBackendTest {
  private static final ComputeTeam TEAM = new ComputeTeam(2);
  private static final ComputeTeam ALONE = new ComputeTeam(1);
  private final Random random = new Random(5);

  @AfterAll
  static void close() {
    TEAM.close();
    ALONE.close();
  }

  private static CpuBackend backend(
      LanguageModel model, WeightPrecision precision, ComputeTeam team, Kernels kernels) {
    return new CpuBackend(
        model, precision, CpuBackend.Capacity.of(model.config(), 6), team, kernels);
  }

  /**
   * Logits after every token, the sequence's blocks being {@code table}, in calls of {@code step}.
   */
  private static float[][] logits(Backend backend, int[] tokens, int[] table, int step) {
    float[][] all = new float[tokens.length][];
    Batch batch = new Batch();
    for (int from = 0; from < tokens.length; from += step) {
      batch.clear();
      int end = Math.min(tokens.length, from + step);
      for (int t = from; t < end; t++) {
        batch.add(tokens[t], t, table);
        batch.want();
      }
      Backend.Output out = backend.forward(batch);
      for (int t = from; t < end; t++) {
        all[t] = row(backend, out, t - from);
      }
    }
    return all;
  }

  private static float[] row(Backend backend, Backend.Output out, int i) {
    return Arrays.copyOfRange(
        out.logits(), i * out.stride(), i * out.stride() + backend.config().vocabularySize());
  }

  @ParameterizedTest
  @EnumSource
  void forward_nativeVectorOrPlainOneThreadOrTwo_sameBits(WeightPrecision precision) {
    for (ModelConfig config : TinyModel.kinds()) {
      LanguageModel model = TinyModel.of(config, 1);
      int[] tokens = tokens(70, config);
      int[] table = {5, 3, 9, 1, 0, 7};
      float[][] plain =
          logits(backend(model, precision, ALONE, new PlainKernels()), tokens, table, 50);
      float[][] vector =
          logits(backend(model, precision, TEAM, new VectorKernels()), tokens, table, 50);
      assertThat(vector).isDeepEqualTo(plain);
      // The native ones where this processor has what they need.
      assertThat(logits(backend(model, precision, TEAM, Kernels.best()), tokens, table, 50))
          .isDeepEqualTo(plain);
    }
  }

  /** Sizes that fill no block, tile or group; rows that fill no tile, and more than several. */
  @ParameterizedTest
  @EnumSource
  void products_anyShape_sameBitsInAllKernels(WeightPrecision precision) {
    Kernels plain = new PlainKernels();
    for (int in : new int[] {1, 31, 40, 64, 97, 160, 321}) {
      FloatTensor weight = FloatTensor.zeros(150, in);
      for (int i = 0; i < weight.values().length; i++) {
        weight.values()[i] = (float) random.nextGaussian();
      }
      int stride = in + 3;
      for (int rows : new int[] {1, 2, 5, 16, 17, 32, 33, 70}) {
        float[] x = new float[(rows + 1) * stride];
        for (int i = 0; i < x.length; i++) {
          x[i] = (float) random.nextGaussian();
        }
        float[][] expected = products(plain, weight, precision, x, stride, rows);
        for (Kernels kernels : List.of(new VectorKernels(), Kernels.best())) {
          assertThat(products(kernels, weight, precision, x, stride, rows))
              .as("%s of %d rows by %d inputs", kernels, rows, in)
              .isDeepEqualTo(expected);
        }
      }
    }
  }

  /** Products of the rows but the first, shape {@code [rows][outputs]}. */
  private static float[][] products(
      Kernels kernels,
      FloatTensor weight,
      WeightPrecision precision,
      float[] x,
      int stride,
      int rows) {
    PackedMatrix packed = new PackedMatrix(List.of(weight), precision, kernels.lanes());
    float[] in = x.clone();
    if (precision != WeightPrecision.F32) {
      kernels.round(in, 0, in.length);
    }
    float[] y = new float[(rows + 1) * packed.paddedOut()];
    float[] scratch = new float[kernels.scratch()];
    // In two parts, as two threads share them.
    int part = packed.panels / 2;
    kernels.products(packed, 0, part, in, stride, 1, rows + 1, y, packed.paddedOut(), scratch);
    kernels.products(
        packed, part, packed.panels, in, stride, 1, rows + 1, y, packed.paddedOut(), scratch);
    float[][] results = new float[rows][];
    for (int r = 0; r < rows; r++) {
      int from = (r + 1) * packed.paddedOut();
      results[r] = Arrays.copyOfRange(y, from, from + packed.out);
    }
    return results;
  }

  @Test
  void library_builtFromTheSources() throws Exception {
    Path sources = Path.of("native/inference");
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (String file : List.of("build.sh", "products.cpp")) {
      digest.update(Files.readAllBytes(sources.resolve(file)));
    }
    assertThat(
            Files.readString(
                    Path.of(
                        "src/main/resources/lyceum/model/inference/linux-x86_64/sources.sha256"))
                .strip())
        .isEqualTo(HexFormat.of().formatHex(digest.digest()));
  }

  @ParameterizedTest
  @EnumSource
  void forward_oneByOneOrAtOnceOrAmongOthers_sameBits(WeightPrecision precision) {
    ModelConfig config = TinyModel.config(4, 2, true);
    CpuBackend backend = backend(TinyModel.of(config, 1), precision, TEAM, new VectorKernels());
    int[] tokens = tokens(80, config);
    int[] table = {5, 3, 9, 1, 0, 7};
    float[][] atOnce = logits(backend, tokens, table, 64);
    assertThat(logits(backend, tokens, new int[] {2, 4, 6, 8, 10, 11}, 1)).isDeepEqualTo(atOnce);
    assertThat(logits(backend, tokens, table, 7)).isDeepEqualTo(atOnce);
    Batch batch = new Batch();
    int[][] others = {{12, 13}, {14, 15}, {16, 17}, {18, 19}};
    for (int t = 0; t < tokens.length; t++) {
      batch.clear();
      for (int o = 0; o < 3; o++) {
        batch.add(random.nextInt(config.vocabularySize()), t % 32, others[o]);
      }
      batch.add(tokens[t], t, table);
      int wanted = batch.want();
      batch.add(random.nextInt(config.vocabularySize()), t % 32, others[3]);
      batch.want();
      assertThat(row(backend, backend.forward(batch), wanted)).isEqualTo(atOnce[t]);
    }
  }

  @Test
  void forward_f32_sameAsTheDecoderWithinRounding() {
    for (ModelConfig config : TinyModel.kinds()) {
      LanguageModel model = TinyModel.of(config, 2);
      int[] tokens = tokens(60, config);
      float[][] expected = new Decoder(model).logits(tokens);
      float[][] actual =
          logits(
              backend(model, WeightPrecision.F32, TEAM, new VectorKernels()),
              tokens,
              new int[] {0, 1, 2, 3},
              60);
      for (int t = 0; t < tokens.length; t++) {
        for (int v = 0; v < expected[t].length; v++) {
          assertThat(actual[t][v]).isCloseTo(expected[t][v], within(1e-4f));
        }
      }
    }
  }

  @Test
  void weights_roundedToTheirPrecision() {
    ModelConfig config = TinyModel.config(4, 2, true);
    var weight = TinyModel.of(config, 3).weights().get(LanguageModel.EMBEDDING);
    for (WeightPrecision precision : WeightPrecision.values()) {
      PackedMatrix packed = new PackedMatrix(List.of(weight), precision, 16);
      double most = 0;
      for (int o = 0; o < packed.out; o++) {
        for (int i = 0; i < packed.in; i++) {
          float exact = weight.values()[o * packed.in + i];
          float kept = packed.unscaled(o, i) * packed.scale(o, i / PackedMatrix.GROUP);
          most = Math.max(most, Math.abs(kept - exact) / Math.max(0.2, Math.abs(exact)));
        }
      }
      switch (precision) {
        case F32 -> assertThat(most).isZero();
        case BF16 -> assertThat(most).isBetween(1e-4, 1.0 / 256);
        case INT8 -> assertThat(most).isBetween(1e-4, 0.02);
      }
    }
  }

  @Test
  void largestAndSumOfExp_sameInBothKernels() {
    for (int count : new int[] {1, 15, 16, 47, 1024, 3000}) {
      float[] values = new float[count + 3];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian() * 20;
      }
      Kernels plain = new PlainKernels();
      Kernels vector = new VectorKernels();
      int largest = plain.largest(values, 3, count);
      assertThat(vector.largest(values, 3, count)).isEqualTo(largest);
      float shift = values[3 + largest];
      assertThat(vector.sumOfExp(values, 3, count, shift))
          .isEqualTo(plain.sumOfExp(values, 3, count, shift));
    }
  }

  private int[] tokens(int count, ModelConfig config) {
    return random.ints(count, 0, config.vocabularySize()).toArray();
  }
}
