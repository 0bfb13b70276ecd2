package lyceum.model.inference;

import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;

/**
 * The forward pass on the processor: RMSNorm (arXiv 1910.07467), grouped-query attention (arXiv
 * 2305.13245) with rotary positions (arXiv 2104.09864) over paged keys and values (arXiv
 * 2309.06180), SwiGLU (arXiv 2002.05202). The members of a {@link ComputeTeam} share each phase by
 * outputs or by heads, so that every number is computed by one thread and in one order.
 */
public final class CpuBackend implements Backend {
  private final ModelConfig config;
  private final ComputeTeam team;
  private final Kernels kernels;
  private final Kernels.KeyValueShape shape;
  private final float[] embedding;
  private final Block[] layers;
  private final float[] finalNorm;
  private final PackedMatrix output;
  private final int blocks;
  private final int mostRows;
  private final int mostWanted;

  /** Cosines and sines of the rotations, shape {@code [position][headDim / 2]}. */
  private final float[] cosines;

  private final float[] sines;

  /** Of each layer. */
  private final float[][] keys;

  private final float[][] values;

  private final int heads;
  private final int keyValueHeads;
  private final int headDim;
  private final int width;

  /** Whether inputs of products are rounded, as {@link Kernels#products} wants them. */
  private final boolean rounded;

  private final float[] x;

  /** The wanted rows of x, side by side, from the last layer's attention on. */
  private final float[] last;

  private final float[] normed;
  private final float[] qkv;
  private final float[] attended;
  private final float[] gates;
  private final float[] ups;
  private final float[] terms;
  private final float[] logits;
  private final float[] hidden;

  /** Of each member. */
  private final float[][] scratch;

  /** Of each member: a few rows that it normalises for itself. */
  private final float[][] own;

  /** Up to so many rows, each member normalises all for itself: that is cheaper than to wait. */
  private static final int OWN_ROWS = 4;

  /** Rows that the kernels take together. */
  private static final int ROW_GROUP = 4;

  private record Block(
      float[] attentionNorm,
      PackedMatrix qkv,
      PackedMatrix attentionOutput,
      float[] feedForwardNorm,
      PackedMatrix gate,
      PackedMatrix up,
      PackedMatrix down) {}

  /**
   * How much a backend may hold.
   *
   * @param blocks of keys and values, {@link BlockTable#BLOCK} positions each
   * @param mostRows of a call
   * @param mostWanted rows of a call whose logits may be wanted
   */
  public record Capacity(int blocks, int mostRows, int mostWanted) {
    public Capacity {
      if (blocks <= 0 || mostRows <= 0 || mostWanted <= 0) {
        throw LyceumException.user(
            String.format(
                Locale.ROOT,
                "A backend needs blocks, rows and wanted rows, not %d, %d and %d.",
                blocks,
                mostRows,
                mostWanted));
      }
    }

    /** Room for so many sequences as long as the context, 256 rows a call. */
    public static Capacity of(ModelConfig config, int sequences) {
      return new Capacity(
          sequences * BlockTable.blocks(config.contextLength()), 256, Math.max(64, sequences));
    }
  }

  public CpuBackend(
      LanguageModel model, WeightPrecision precision, Capacity capacity, ComputeTeam team) {
    this(model, precision, capacity, team, Kernels.best());
  }

  CpuBackend(
      LanguageModel model,
      WeightPrecision precision,
      Capacity capacity,
      ComputeTeam team,
      Kernels kernels) {
    this.config = model.config();
    this.team = team;
    this.kernels = kernels;
    this.heads = config.heads();
    this.keyValueHeads = config.keyValueHeads();
    this.headDim = config.headDim();
    this.width = config.embeddingDim();
    this.rounded = precision != WeightPrecision.F32;
    this.shape = new Kernels.KeyValueShape(keyValueHeads, headDim);
    this.blocks = capacity.blocks();
    this.mostRows = capacity.mostRows();
    this.mostWanted = Math.min(capacity.mostWanted(), capacity.mostRows());
    SortedMap<String, FloatTensor> weights = model.weights();
    int lanes = kernels.lanes();
    FloatTensor table = tensor(weights, LanguageModel.EMBEDDING);
    this.embedding = table.values();
    this.layers = new Block[config.layers()];
    for (int layer = 0; layer < layers.length; layer++) {
      layers[layer] =
          new Block(
              block(weights, layer, "input_layernorm").values(),
              new PackedMatrix(
                  List.of(
                      block(weights, layer, "self_attn.q_proj"),
                      block(weights, layer, "self_attn.k_proj"),
                      block(weights, layer, "self_attn.v_proj")),
                  precision,
                  lanes),
              packed(weights, layer, "self_attn.o_proj", precision, lanes),
              block(weights, layer, "post_attention_layernorm").values(),
              packed(weights, layer, "mlp.gate_proj", precision, lanes),
              packed(weights, layer, "mlp.up_proj", precision, lanes),
              packed(weights, layer, "mlp.down_proj", precision, lanes));
    }
    this.finalNorm = tensor(weights, LanguageModel.FINAL_NORM).values();
    this.output =
        new PackedMatrix(
            List.of(config.tiedEmbeddings() ? table : tensor(weights, LanguageModel.OUTPUT)),
            precision,
            lanes);
    int half = headDim / 2;
    int context = config.contextLength();
    this.cosines = new float[context * half];
    this.sines = new float[context * half];
    float[] frequencies = config.rotaryFrequencies();
    for (int i = 0; i < half; i++) {
      float frequency = frequencies[i];
      for (int position = 0; position < context; position++) {
        float angle = position * frequency;
        cosines[position * half + i] = (float) StrictMath.cos(angle);
        sines[position * half + i] = (float) StrictMath.sin(angle);
      }
    }
    this.keys = new float[layers.length][blocks * shape.keyBlock()];
    this.values = new float[layers.length][blocks * shape.valueBlock()];
    this.x = new float[mostRows * width];
    this.last = new float[mostRows * width];
    this.normed = new float[mostRows * width];
    this.qkv = new float[mostRows * layers[0].qkv.paddedOut()];
    this.attended = new float[mostRows * heads * headDim];
    this.gates = new float[mostRows * layers[0].gate.paddedOut()];
    this.ups = new float[mostRows * layers[0].up.paddedOut()];
    this.terms = new float[mostRows * layers[0].down.paddedOut()];
    this.logits = new float[mostWanted * output.paddedOut()];
    this.hidden = new float[mostRows * width];
    int scratchFloats =
        Math.max(
            kernels.scratch(), BlockTable.blocks(context) * BlockTable.BLOCK + 16 + headDim + 16);
    this.scratch = new float[team.members()][scratchFloats];
    this.own = new float[team.members()][OWN_ROWS * width];
  }

  @Override
  public ModelConfig config() {
    return config;
  }

  @Override
  public int blocks() {
    return blocks;
  }

  @Override
  public int mostRows() {
    return mostRows;
  }

  @Override
  public int mostWanted() {
    return mostWanted;
  }

  @Override
  public long weightBytes() {
    long bytes = output.bytes();
    for (Block layer : layers) {
      bytes +=
          layer.qkv.bytes()
              + layer.attentionOutput.bytes()
              + layer.gate.bytes()
              + layer.up.bytes()
              + layer.down.bytes();
    }
    return bytes;
  }

  @Override
  public Output forward(Batch batch) {
    check(batch);
    team.run(member -> work(batch, member));
    return new Output(logits, output.paddedOut(), hidden);
  }

  private void check(Batch batch) {
    int most = batch.logits ? mostWanted : mostRows;
    if (batch.rows == 0 || batch.rows > mostRows || batch.wanted > most) {
      throw LyceumException.internal(
          "A batch has 1 to "
              + mostRows
              + " rows and wants at most "
              + most
              + " of them, not "
              + batch.rows
              + " and "
              + batch.wanted
              + ".");
    }
    for (int r = 0; r < batch.rows; r++) {
      if (batch.tokens[r] < 0 || batch.tokens[r] >= config.vocabularySize()) {
        throw LyceumException.internal("No token " + batch.tokens[r] + " in this vocabulary.");
      }
      if (batch.positions[r] < 0 || batch.positions[r] >= config.contextLength()) {
        throw LyceumException.internal("No position " + batch.positions[r] + " in this context.");
      }
      int block = batch.tables[r][batch.positions[r] / BlockTable.BLOCK];
      if (block < 0 || block >= blocks) {
        throw LyceumException.internal("No block " + block + " of keys and values.");
      }
    }
  }

  /** A member's share of a forward pass. */
  private void work(Batch batch, int member) {
    int rows = batch.rows;
    for (int r = team.from(rows, member); r < team.from(rows, member + 1); r++) {
      System.arraycopy(embedding, batch.tokens[r] * width, x, r * width, width);
    }
    team.barrier();
    for (int layer = 0; layer < layers.length; layer++) {
      boolean narrowed = layer == layers.length - 1 && batch.wanted < batch.rows;
      Block block = layers[layer];
      float[] h = normalized(x, block.attentionNorm, batch.rows, member);
      products(block.qkv, h, width, batch.rows, qkv, member);
      team.barrier();
      rotateAndStore(batch, layer, block.qkv.paddedOut(), member);
      team.barrier();
      // After the last keys and values, only rows whose output is wanted have to be gone on with.
      float[] states = narrowed ? last : x;
      rows = narrowed ? batch.wanted : batch.rows;
      if (narrowed) {
        for (int w = team.from(rows, member); w < team.from(rows, member + 1); w++) {
          System.arraycopy(x, batch.wantedRows[w] * width, last, w * width, width);
        }
      }
      attend(batch, layer, block.qkv.paddedOut(), narrowed, member);
      team.barrier();
      addProducts(block.attentionOutput, attended, heads * headDim, rows, states, member);
      team.barrier();
      feedForward(block, states, rows, member);
    }
    boolean narrowed = batch.wanted < batch.rows;
    for (int w = team.from(batch.wanted, member); w < team.from(batch.wanted, member + 1); w++) {
      kernels.normalize(
          narrowed ? last : x,
          w * width,
          finalNorm,
          config.normEpsilon(),
          hidden,
          w * width,
          width);
      if (batch.logits) {
        round(hidden, w * width, (w + 1) * width);
      }
    }
    if (batch.logits && batch.wanted > 0) {
      team.barrier();
      products(output, hidden, width, batch.wanted, logits, member);
    }
  }

  private void feedForward(Block block, float[] states, int rows, int member) {
    float[] h = normalized(states, block.feedForwardNorm, rows, member);
    int stride = block.up.paddedOut();
    int panelWidth = block.up.width;
    share(
        block.up.panels,
        rows,
        member,
        (from, to, first, end) -> {
          products(block.gate, from, to, h, width, first, end, gates, member);
          products(block.up, from, to, h, width, first, end, ups, member);
          for (int r = first; r < end; r++) {
            kernels.gate(gates, ups, r * stride + from * panelWidth, r * stride + to * panelWidth);
            round(ups, r * stride + from * panelWidth, r * stride + to * panelWidth);
          }
        });
    team.barrier();
    addProducts(block.down, ups, stride, rows, states, member);
    team.barrier();
  }

  /** Panels {@code [from, to)} of a matrix for the rows {@code [first, end)}. */
  @FunctionalInterface
  private interface Piece {
    void work(int from, int to, int first, int end);
  }

  /**
   * A member's share of panels times rows, in pieces: panels whole, but for one at each end of
   * which others may have the other rows. Dealt out by whole panels, one member would have three of
   * five and the others would wait.
   */
  private void share(int panels, int rows, int member, Piece piece) {
    int groups = (rows + ROW_GROUP - 1) / ROW_GROUP;
    int at = team.from(panels * groups, member);
    int end = team.from(panels * groups, member + 1);
    while (at < end) {
      int panel = at / groups;
      int group = at % groups;
      int whole = (end - at) / groups;
      if (group == 0 && whole > 0) {
        piece.work(panel, panel + whole, 0, rows);
        at += whole * groups;
      } else {
        int next = Math.min(end, (panel + 1) * groups);
        piece.work(
            panel, panel + 1, group * ROW_GROUP, Math.min(rows, (group + next - at) * ROW_GROUP));
        at = next;
      }
    }
  }

  /** The rows' normed states, by each member for itself when they are few. */
  private float[] normalized(float[] states, float[] weight, int rows, int member) {
    if (rows <= OWN_ROWS) {
      for (int r = 0; r < rows; r++) {
        kernels.normalize(
            states, r * width, weight, config.normEpsilon(), own[member], r * width, width);
      }
      round(own[member], 0, rows * width);
      return own[member];
    }
    for (int r = team.from(rows, member); r < team.from(rows, member + 1); r++) {
      kernels.normalize(states, r * width, weight, config.normEpsilon(), normed, r * width, width);
      round(normed, r * width, (r + 1) * width);
    }
    team.barrier();
    return normed;
  }

  private void round(float[] values, int from, int to) {
    if (rounded) {
      kernels.round(values, from, to);
    }
  }

  private void products(
      PackedMatrix matrix, float[] in, int inStride, int rows, float[] out, int member) {
    share(
        matrix.panels,
        rows,
        member,
        (from, to, first, end) ->
            products(matrix, from, to, in, inStride, first, end, out, member));
  }

  private void products(
      PackedMatrix matrix,
      int from,
      int to,
      float[] in,
      int inStride,
      int first,
      int end,
      float[] out,
      int member) {
    kernels.products(
        matrix, from, to, in, inStride, first, end, out, matrix.paddedOut(), scratch[member]);
  }

  private void addProducts(
      PackedMatrix matrix, float[] in, int inStride, int rows, float[] states, int member) {
    int stride = matrix.paddedOut();
    share(
        matrix.panels,
        rows,
        member,
        (from, to, first, end) -> {
          products(matrix, from, to, in, inStride, first, end, terms, member);
          int firstColumn = from * matrix.width;
          int lastColumn = Math.min(width, to * matrix.width);
          for (int r = first; r < end; r++) {
            for (int c = firstColumn; c < lastColumn; c++) {
              states[r * width + c] += terms[r * stride + c];
            }
          }
        });
  }

  /** Rotates queries and keys by their positions and puts keys and values into their blocks. */
  private void rotateAndStore(Batch batch, int layer, int stride, int member) {
    int units = heads + keyValueHeads;
    float scale = (float) (1 / Math.sqrt(headDim));
    int total = batch.rows * units;
    for (int unit = team.from(total, member); unit < team.from(total, member + 1); unit++) {
      int r = unit / units;
      int head = unit % units;
      int at = r * stride + head * headDim;
      int position = batch.positions[r];
      rotate(qkv, at, position);
      if (head < heads) {
        for (int d = at; d < at + headDim; d++) {
          qkv[d] *= scale;
        }
      } else {
        store(batch, layer, r, head - heads, at, at + keyValueHeads * headDim);
      }
    }
  }

  private void store(Batch batch, int layer, int r, int head, int keyAt, int valueAt) {
    int position = batch.positions[r];
    int block = batch.tables[r][position / BlockTable.BLOCK];
    int slot = position % BlockTable.BLOCK;
    float[] k = keys[layer];
    float[] v = values[layer];
    int toKey = block * shape.keyBlock() + head * headDim * BlockTable.BLOCK + slot;
    for (int d = 0; d < headDim; d++) {
      k[toKey + d * BlockTable.BLOCK] = qkv[keyAt + d];
    }
    int toValue =
        block * shape.valueBlock() + (head * BlockTable.BLOCK + slot) * shape.paddedHeadDim();
    System.arraycopy(qkv, valueAt, v, toValue, headDim);
  }

  private void rotate(float[] q, int at, int position) {
    int half = headDim / 2;
    int angle = position * half;
    for (int i = 0; i < half; i++) {
      float a = q[at + i];
      float b = q[at + half + i];
      q[at + i] = a * cosines[angle + i] - b * sines[angle + i];
      q[at + half + i] = b * cosines[angle + i] + a * sines[angle + i];
    }
  }

  /**
   * @param narrowed whether only for the rows whose output is wanted, which then stand side by side
   */
  private void attend(Batch batch, int layer, int stride, boolean narrowed, int member) {
    int group = heads / keyValueHeads;
    int total = (narrowed ? batch.wanted : batch.rows) * heads;
    // Dealt in turn: later rows of a prompt look at more positions than earlier ones.
    for (int unit = member; unit < total; unit += team.members()) {
      int place = unit / heads;
      int r = narrowed ? batch.wantedRows[place] : place;
      int head = unit % heads;
      kernels.attend(
          qkv,
          r * stride + head * headDim,
          keys[layer],
          values[layer],
          batch.tables[r],
          head / group,
          shape,
          batch.positions[r] + 1,
          attended,
          (place * heads + head) * headDim,
          scratch[member]);
      int to = (place * heads + head) * headDim;
      round(attended, to, to + headDim);
    }
  }

  private static FloatTensor block(SortedMap<String, FloatTensor> weights, int layer, String part) {
    return tensor(weights, LanguageModel.block(layer, part));
  }

  private static PackedMatrix packed(
      SortedMap<String, FloatTensor> weights,
      int layer,
      String part,
      WeightPrecision precision,
      int lanes) {
    return new PackedMatrix(List.of(block(weights, layer, part)), precision, lanes);
  }

  private static FloatTensor tensor(SortedMap<String, FloatTensor> weights, String name) {
    FloatTensor tensor = weights.get(name);
    if (tensor == null) {
      throw LyceumException.internal("No weight " + name + ".");
    }
    return tensor;
  }
}
