package lyceum.model.inference;

import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import lyceum.core.LyceumException;
import lyceum.core.ModelConfig;
import lyceum.model.format.FloatTensor;
import lyceum.model.format.LanguageModel;

/**
 * The forward pass of a Llama-family decoder in 32-bit floats: RMSNorm before each part (arXiv
 * 1910.07467), grouped-query attention (arXiv 2305.13245) with rotary positions in the
 * half-rotation convention (arXiv 2104.09864), SwiGLU (arXiv 2002.05202).
 *
 * <p>Many threads may share a decoder; what a sequence leaves behind is in its {@link Session},
 * which belongs to one thread at a time. A sequence's logits are the same bits whether its tokens
 * come one by one or all at once, alone or among others: all its sums are taken in one order. Names
 * of arrays end in their shape: R rows (tokens of this call), C width, Q heads times head
 * dimension, K key-value width, F feed-forward width, V vocabulary, P positions.
 */
public final class Decoder {
  /** Prompt tokens worked on at a time: bounds the scratch memory of a long prompt. */
  private static final int CHUNK = 64;

  /** Positions a session has room for at first. */
  private static final int FIRST_CAPACITY = 64;

  private final ModelConfig config;
  private final float[] embedding_VC;
  private final Block[] blocks;
  private final float[] finalNorm_C;
  private final Matrix output;

  /** Cosines and sines of the rotation of each position, shape {@code [P][headDim / 2]}. */
  private final float[][] cosines;

  private final float[][] sines;

  /** One decoder block's weights. */
  private record Block(
      float[] attentionNorm_C,
      Matrix query,
      Matrix key,
      Matrix value,
      Matrix attentionOutput,
      float[] feedForwardNorm_C,
      Matrix gate,
      Matrix up,
      Matrix down) {}

  public Decoder(LanguageModel model) {
    this(model.config(), model.weights());
  }

  /**
   * Copies the weights into the decoder's own layout.
   *
   * @param weights by the names and in the shapes of {@link LanguageModel#shapes}
   */
  public Decoder(ModelConfig config, SortedMap<String, FloatTensor> weights) {
    LanguageModel.check(config, weights);
    this.config = config;
    FloatTensor embedding = tensor(weights, LanguageModel.EMBEDDING);
    embedding_VC = embedding.values();
    blocks = new Block[config.layers()];
    for (int layer = 0; layer < blocks.length; layer++) {
      blocks[layer] =
          new Block(
              tensor(weights, LanguageModel.block(layer, "input_layernorm")).values(),
              new Matrix(tensor(weights, LanguageModel.block(layer, "self_attn.q_proj"))),
              new Matrix(tensor(weights, LanguageModel.block(layer, "self_attn.k_proj"))),
              new Matrix(tensor(weights, LanguageModel.block(layer, "self_attn.v_proj"))),
              new Matrix(tensor(weights, LanguageModel.block(layer, "self_attn.o_proj"))),
              tensor(weights, LanguageModel.block(layer, "post_attention_layernorm")).values(),
              new Matrix(tensor(weights, LanguageModel.block(layer, "mlp.gate_proj"))),
              new Matrix(tensor(weights, LanguageModel.block(layer, "mlp.up_proj"))),
              new Matrix(tensor(weights, LanguageModel.block(layer, "mlp.down_proj"))));
    }
    finalNorm_C = tensor(weights, LanguageModel.FINAL_NORM).values();
    output =
        new Matrix(config.tiedEmbeddings() ? embedding : tensor(weights, LanguageModel.OUTPUT));
    int half = config.headDim() / 2;
    cosines = new float[config.contextLength()][half];
    sines = new float[config.contextLength()][half];
    float[] frequencies = config.rotaryFrequencies();
    for (int i = 0; i < half; i++) {
      float frequency = frequencies[i];
      for (int position = 0; position < config.contextLength(); position++) {
        float angle = position * frequency;
        cosines[position][i] = (float) StrictMath.cos(angle);
        sines[position][i] = (float) StrictMath.sin(angle);
      }
    }
  }

  /** The tokens of one sequence so far, as the keys and values that later tokens attend to. */
  public static final class Session {
    private final Decoder decoder;
    private int length;
    private int capacity;

    /**
     * Transposed, so that the products with a query are taken along positions: shape {@code
     * [layer][K][P]}.
     */
    private final float[][][] keys;

    /** Shape {@code [layer][P][K]}. */
    private final float[][][] values;

    private Session(Decoder decoder) {
      this.decoder = decoder;
      int layers = decoder.config.layers();
      capacity = Math.min(FIRST_CAPACITY, decoder.config.contextLength());
      keys = new float[layers][decoder.config.keyValueHeads() * decoder.config.headDim()][capacity];
      values = new float[layers][capacity][];
    }

    /** How many tokens it holds. */
    public int length() {
      return length;
    }

    private void makeRoom(int positions) {
      int limit = decoder.config.contextLength();
      if (positions > limit) {
        throw LyceumException.user(
            "The sequence would have "
                + positions
                + " tokens; the model's context holds "
                + limit
                + ".");
      }
      if (positions <= capacity) {
        return;
      }
      capacity = Math.min(limit, Math.max(positions, 2 * capacity));
      for (int layer = 0; layer < keys.length; layer++) {
        for (int k = 0; k < keys[layer].length; k++) {
          keys[layer][k] = Arrays.copyOf(keys[layer][k], capacity);
        }
        values[layer] = Arrays.copyOf(values[layer], capacity);
      }
    }
  }

  public ModelConfig config() {
    return config;
  }

  /** An empty sequence. */
  public Session newSession() {
    return new Session(this);
  }

  /**
   * Appends the tokens to the sequence.
   *
   * @return the logits {@code [V]} of the token that follows the last one
   * @throws LyceumException USER when the context is too short for them or a token is not in the
   *     vocabulary
   */
  public float[] append(Session session, int... tokens) {
    if (tokens.length == 0) {
      throw LyceumException.user("There is no token to go on from; a prompt has at least one.");
    }
    check(session, tokens);
    session.makeRoom(session.length + tokens.length);
    float[] last_C = {};
    for (int from = 0; from < tokens.length; from += CHUNK) {
      int rows = Math.min(CHUNK, tokens.length - from);
      float[][] x_RC = forward(sameSession(session, rows), tokens, from, rows);
      last_C = x_RC[rows - 1];
    }
    return logits(new float[][] {last_C})[0];
  }

  /**
   * Appends one token to each of several sequences, whose products share the weights' way through
   * memory.
   *
   * @param sessions different ones
   * @param tokens one a session
   * @return logits {@code [session][V]}
   */
  public float[][] step(List<Session> sessions, int[] tokens) {
    if (sessions.size() != tokens.length) {
      throw LyceumException.internal(
          tokens.length + " tokens for " + sessions.size() + " sequences.");
    }
    for (int s = 0; s < tokens.length; s++) {
      check(sessions.get(s), tokens[s]);
      sessions.get(s).makeRoom(sessions.get(s).length + 1);
    }
    return logits(forward(sessions.toArray(new Session[0]), tokens, 0, tokens.length));
  }

  /**
   * Logits {@code [tokens][V]} after every token of a sequence that begins with {@code tokens[0]}.
   */
  public float[][] logits(int[] tokens) {
    Session session = newSession();
    check(session, tokens);
    session.makeRoom(tokens.length);
    float[][] logits = new float[tokens.length][];
    for (int from = 0; from < tokens.length; from += CHUNK) {
      int rows = Math.min(CHUNK, tokens.length - from);
      float[][] chunk = logits(forward(sameSession(session, rows), tokens, from, rows));
      System.arraycopy(chunk, 0, logits, from, rows);
    }
    return logits;
  }

  private static Session[] sameSession(Session session, int rows) {
    Session[] sessions = new Session[rows];
    Arrays.fill(sessions, session);
    return sessions;
  }

  private void check(Session session, int... tokens) {
    if (session.decoder != this) {
      throw LyceumException.internal("The sequence belongs to another decoder.");
    }
    for (int token : tokens) {
      if (token < 0 || token >= config.vocabularySize()) {
        throw LyceumException.user(
            "The token " + token + " is not among the model's " + config.vocabularySize() + ".");
      }
    }
  }

  /** Logits {@code [R][V]} of hidden states {@code [R][C]}. */
  private float[][] logits(float[][] x_RC) {
    return output.times(normalized(x_RC, finalNorm_C));
  }

  /**
   * Takes {@code rows} tokens through all blocks and stores their keys and values.
   *
   * @param sessions whose token each row is; rows of one session are consecutive in it
   * @return hidden states {@code [R][C]} before the final norm
   */
  private float[][] forward(Session[] sessions, int[] tokens, int from, int rows) {
    int width = config.embeddingDim();
    float[][] x_RC = new float[rows][width];
    int[] positions = new int[rows];
    for (int r = 0; r < rows; r++) {
      System.arraycopy(embedding_VC, tokens[from + r] * width, x_RC[r], 0, width);
      positions[r] = sessions[r].length++;
    }
    for (int layer = 0; layer < blocks.length; layer++) {
      Block block = blocks[layer];
      float[][] h_RC = normalized(x_RC, block.attentionNorm_C);
      float[][] q_RQ = block.query.times(h_RC);
      float[][] k_RK = block.key.times(h_RC);
      float[][] v_RK = block.value.times(h_RC);
      for (int r = 0; r < rows; r++) {
        rotate(q_RQ[r], positions[r]);
        rotate(k_RK[r], positions[r]);
        float[][] keys_KP = sessions[r].keys[layer];
        for (int k = 0; k < keys_KP.length; k++) {
          keys_KP[k][positions[r]] = k_RK[r][k];
        }
        sessions[r].values[layer][positions[r]] = v_RK[r];
      }
      float[][] attended_RQ = new float[rows][];
      for (int r = 0; r < rows; r++) {
        attended_RQ[r] =
            attend(q_RQ[r], sessions[r].keys[layer], sessions[r].values[layer], positions[r] + 1);
      }
      add(block.attentionOutput.times(attended_RQ), x_RC);

      float[][] g_RC = normalized(x_RC, block.feedForwardNorm_C);
      float[][] gate_RF = block.gate.times(g_RC);
      float[][] up_RF = block.up.times(g_RC);
      for (int r = 0; r < rows; r++) {
        gateInto(up_RF[r], gate_RF[r]);
      }
      add(block.down.times(up_RF), x_RC);
    }
    return x_RC;
  }

  /** Causal attention of one query over the positions before {@code length}. */
  private float[] attend(float[] q_Q, float[][] keys_KP, float[][] values_PK, int length) {
    int headDim = config.headDim();
    int group = config.heads() / config.keyValueHeads();
    float scale = (float) (1 / Math.sqrt(headDim));
    float[] attended_Q = new float[q_Q.length];
    float[] scores_P = new float[length];
    float[] sum_K = new float[keys_KP.length];
    float[] query_K = new float[keys_KP.length];
    for (int head = 0; head < config.heads(); head++) {
      int first = head / group * headDim;
      // The query stands where its keys are, so that one index serves both.
      System.arraycopy(q_Q, head * headDim, query_K, first, headDim);
      Arrays.fill(scores_P, 0);
      int k = first;
      for (; k + 4 <= first + headDim; k += 4) {
        Loops.addFour(keys_KP, k, query_K, scores_P, 0, length);
      }
      for (; k < first + headDim; k++) {
        Loops.add(keys_KP[k], query_K[k], scores_P, 0, length);
      }
      softmax(scores_P, scale);
      Arrays.fill(sum_K, first, first + headDim, 0);
      int p = 0;
      for (; p + 4 <= length; p += 4) {
        Loops.addFour(values_PK, p, scores_P, sum_K, first, first + headDim);
      }
      for (; p < length; p++) {
        Loops.add(values_PK[p], scores_P[p], sum_K, first, first + headDim);
      }
      System.arraycopy(sum_K, first, attended_Q, head * headDim, headDim);
    }
    return attended_Q;
  }

  private static void softmax(float[] scores, float scale) {
    float highest = Float.NEGATIVE_INFINITY;
    for (float score : scores) {
      highest = Math.max(highest, score);
    }
    float sum = 0;
    for (int i = 0; i < scores.length; i++) {
      scores[i] = Loops.exp((scores[i] - highest) * scale);
      sum += scores[i];
    }
    float factor = 1 / sum;
    for (int i = 0; i < scores.length; i++) {
      scores[i] *= factor;
    }
  }

  /** Rotates each head's first half against its second half by the position's angles. */
  private void rotate(float[] heads, int position) {
    int headDim = config.headDim();
    int half = headDim / 2;
    float[] cosine = cosines[position];
    float[] sine = sines[position];
    for (int head = 0; head < heads.length; head += headDim) {
      for (int i = 0; i < half; i++) {
        float a = heads[head + i];
        float b = heads[head + half + i];
        heads[head + i] = a * cosine[i] - b * sine[i];
        heads[head + half + i] = b * cosine[i] + a * sine[i];
      }
    }
  }

  private float[][] normalized(float[][] x_RC, float[] weight_C) {
    float[][] y_RC = new float[x_RC.length][weight_C.length];
    for (int r = 0; r < x_RC.length; r++) {
      float[] x = x_RC[r];
      float[] y = y_RC[r];
      double squares = 0;
      for (float value : x) {
        squares += (double) value * value;
      }
      float factor = (float) (1 / Math.sqrt(squares / x.length + config.normEpsilon()));
      for (int c = 0; c < y.length; c++) {
        y[c] = weight_C[c] * (x[c] * factor);
      }
    }
    return y_RC;
  }

  /** SwiGLU: {@code up} becomes silu(gate) times up. */
  private static void gateInto(float[] up, float[] gate) {
    for (int f = 0; f < up.length; f++) {
      up[f] = gate[f] / (1 + Loops.exp(-gate[f])) * up[f];
    }
  }

  private static void add(float[][] terms, float[][] x_RC) {
    for (int r = 0; r < x_RC.length; r++) {
      float[] x = x_RC[r];
      float[] term = terms[r];
      for (int c = 0; c < x.length; c++) {
        x[c] += term[c];
      }
    }
  }

  private static FloatTensor tensor(SortedMap<String, FloatTensor> weights, String name) {
    FloatTensor tensor = weights.get(name);
    if (tensor == null) {
      throw LyceumException.internal("No weight " + name + ".");
    }
    return tensor;
  }
}
