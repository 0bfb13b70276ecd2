#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "decoder.h"
#include "pool.h"
#include "products.h"

namespace LYCEUM_ISA {

using lyceum::Arena;
using lyceum::Job;
using lyceum::Shape;
using lyceum::parallel;
using lyceum::threads;

// Tokens that go through a layer together: their numbers stay in the cache from one product to the next.
// Tiles go through weights faster than the next ones come from memory, unless more tokens use them.
constexpr int BLOCK = TILED ? 256 : 128;
// Queries whose attention scores are computed together.
constexpr int QUERIES = 64;
constexpr float MASKED = -1e30f;
// Columns of a wide product that go on together: they are still in the cache when they are used.
constexpr int GROUP = 8 * PANEL;
// Most panels of the left and of the right operand that make one task of a weight's gradient. Where there are tiles their
// sums stay in the second cache, and larger tasks read the operands less often.
constexpr int LEFT = TILED ? 16 : 4;
constexpr int RIGHT = TILED ? 8 : 4;
// Units whose products are summed before the next part's: they stay in the cache meanwhile.
constexpr long DEPTH = 128;

// e^x, and 0 where that is below the normal numbers.
inline vf expOrZero(vf x) {
  vf e = exp(x);
#if defined(__AVX512F__)
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, set(-87.0f), _CMP_GE_OQ), e);
#else
  return _mm256_and_ps(_mm256_cmp_ps(x, set(-87.0f), _CMP_GE_OQ), e);
#endif
}

template <class P>
class Decoder {
  using E = typename P::elem;
  static constexpr int PAIR = P::PAIR;

 public:
  Decoder(const Job& job, Arena& arena) : job_(job), s_(job.shape), arena_(arena), save_(job.gradients != nullptr), keep_(save_ && !job.shape.recompute) {}

  void run() {
    prepare();
    pack();
    parallel(s_.rows, [this](int row, int thread) { forward(row, thread); });
    if (job_.hidden) std::memcpy(job_.hidden, hidden_, sizeof(float) * N_ * C_);
    const float* toHidden = job_.toHidden;
    if (job_.tokenLosses) {
      loss();
      toHidden = toHidden_;
    }
    if (save_) backward(toHidden);
  }

 private:
  struct Layer {
    // Packed weights: the way forth sums over inputs, the way back over outputs.
    uint32_t *qkv, *output, *gate, *up, *down;
    uint32_t *qkvBack, *outputBack, *gateUpBack, *downBack;
    // What the way back needs; the same memory for every layer where it is not kept.
    float *in, *middle, *inScale, *middleScale, *logSum;
    E *qkvs, *mixes, *gateUps;
  };

  // Numbers of all tokens as operands of gradients of weights, summed over tokens: for each block of tokens
  // panels of its own, so that what is written together lies together.
  struct TokenPanels {
    uint32_t* at;
    // Columns, padded, and units of a block.
    long columns, units;
    uint32_t* block(long i) const { return at + i * columns * units; }
  };

  // Of a thread.
  struct Scratch {
    E *normed, *act, *group, *narrow, *toGateUp, *toQkvE, *mixBack;
    float *groupF, *narrowF;
    // Attention.
    uint32_t *keyColumns, *valueRows, *keyRows, *valueColumns, *weightsPaired, *scoresPaired, *queryRows, *outRows;
    float *scores, *toWeights, *rowSum, *toQkv, *toKeysTurned, *toValuesTurned;
    E *weights, *toScores;
    int* start;
    // Gradients of weights.
    float* sums;
    // Loss.
    float *logits, *toRows;
    E *rowsE, *toLogits;
  };

  const float* weight(int index) const { return job_.weights[index]; }
  const float* weight(int layer, int which) const { return job_.weights[lyceum::weightOf(layer, which)]; }
  float* gradient(int layer, int which) const { return job_.gradients[lyceum::weightOf(layer, which)]; }

  void prepare() {
    C_ = s_.width;
    T_ = s_.length;
    N_ = static_cast<long>(s_.rows) * T_;
    X_ = s_.mixed();
    Q_ = s_.heads * s_.headDim;
    D_ = s_.headDim;
    F_ = s_.hidden;
    V_ = s_.vocabulary;
    wideT_ = up(T_, PANEL);
    wideV_ = up(V_, PANEL);
    // As many as begin and end with a panel.
    headsTogether_ = 1;
    while (headsTogether_ * D_ % PANEL != 0) headsTogether_++;
    headsTogether_ *= std::max(1, GROUP / (headsTogether_ * D_));
    int half = D_ / 2;
    cos_ = arena_.take<float>(static_cast<size_t>(T_) * half);
    sin_ = arena_.take<float>(static_cast<size_t>(T_) * half);
    for (int d = 0; d < half; d++) {
      for (int t = 0; t < T_; t++) {
        // The angle as the reference implementation has it, a float.
        double angle = static_cast<float>(t) * s_.frequencies[d];
        cos_[t * half + d] = static_cast<float>(std::cos(angle));
        sin_[t * half + d] = static_cast<float>(std::sin(angle));
      }
    }

    layers_.resize(s_.layers);
    float *x = nullptr, *middle = nullptr, *inScale = nullptr, *middleScale = nullptr, *logSum = nullptr;
    E *qkvs = nullptr, *mixes = nullptr, *gateUps = nullptr;
    for (int l = 0; l < s_.layers; l++) {
      Layer& layer = layers_[l];
      layer.qkv = panelsOf(X_, C_);
      layer.output = panelsOf(C_, Q_);
      layer.gate = panelsOf(F_, C_);
      layer.up = panelsOf(F_, C_);
      layer.down = panelsOf(C_, F_);
      if (save_) {
        layer.qkvBack = panelsOf(C_, X_);
        layer.outputBack = panelsOf(Q_, C_);
        layer.gateUpBack = panelsOf(C_, 2 * F_);
        layer.downBack = panelsOf(F_, C_);
      }
      if (save_ || l == 0) x = arena_.take<float>(N_ * C_);
      if (keep_ || l == 0) {
        middle = save_ ? arena_.take<float>(N_ * C_) : x;
        inScale = arena_.take<float>(N_);
        middleScale = arena_.take<float>(N_);
        logSum = arena_.take<float>(N_ * s_.heads);
        qkvs = arena_.take<E>(N_ * X_);
        mixes = arena_.take<E>(N_ * Q_);
        gateUps = save_ ? arena_.take<E>(N_ * 2 * F_) : nullptr;
      }
      layer.in = x;
      layer.middle = middle;
      layer.inScale = inScale;
      layer.middleScale = middleScale;
      layer.logSum = logSum;
      layer.qkvs = qkvs;
      layer.mixes = mixes;
      layer.gateUps = gateUps;
    }
    last_ = save_ ? arena_.take<float>(N_ * C_) : x;
    lastScale_ = arena_.take<float>(N_);
    hidden_ = arena_.take<float>(N_ * C_);

    scratch_.resize(threads());
    for (Scratch& t : scratch_) {
      t.normed = arena_.take<E>(BLOCK * C_);
      t.act = arena_.take<E>(static_cast<size_t>(BLOCK) * F_);
      t.group = arena_.take<E>(BLOCK * 2 * GROUP);
      t.groupF = arena_.take<float>(static_cast<size_t>(BLOCK) * std::max(GROUP, headsTogether_ * D_));
      t.keyColumns = arena_.take<uint32_t>(wideT_ * (D_ / PAIR));
      t.valueRows = arena_.take<uint32_t>(panels(D_) * (wideT_ / PAIR) * PANEL);
      t.scores = arena_.take<float>(QUERIES * wideT_);
      t.weights = arena_.take<E>(QUERIES * wideT_);
      t.rowSum = arena_.take<float>(QUERIES);
      t.start = arena_.take<int>(T_);
      if (save_) {
        t.narrow = arena_.take<E>(BLOCK * C_);
        t.toGateUp = arena_.take<E>(static_cast<size_t>(BLOCK) * 2 * F_);
        t.toQkvE = arena_.take<E>(static_cast<size_t>(BLOCK) * X_);
        t.mixBack = arena_.take<E>(static_cast<size_t>(T_) * Q_);
        t.narrowF = arena_.take<float>(static_cast<size_t>(BLOCK) * C_);
        t.keyRows = arena_.take<uint32_t>(panels(D_) * (wideT_ / PAIR) * PANEL);
        t.valueColumns = arena_.take<uint32_t>(wideT_ * (D_ / PAIR));
        t.weightsPaired = arena_.take<uint32_t>(QUERIES / PAIR * wideT_);
        t.scoresPaired = arena_.take<uint32_t>(QUERIES / PAIR * wideT_);
        t.queryRows = arena_.take<uint32_t>(panels(D_) * (QUERIES / PAIR) * PANEL);
        t.outRows = arena_.take<uint32_t>(panels(D_) * (QUERIES / PAIR) * PANEL);
        t.toWeights = arena_.take<float>(QUERIES * wideT_);
        t.toScores = arena_.take<E>(QUERIES * wideT_);
        t.toQkv = arena_.take<float>(static_cast<size_t>(T_) * X_);
        if constexpr (TILED) {
          t.sums = arena_.take<float>(LEFT * RIGHT * PANEL * PANEL);
          t.toKeysTurned = arena_.take<float>(up(D_, PANEL) * wideT_);
          t.toValuesTurned = arena_.take<float>(up(D_, PANEL) * wideT_);
        }
      }
      if (job_.tokenLosses) {
        t.logits = arena_.take<float>(BLOCK * wideV_);
        t.rowsE = arena_.take<E>(BLOCK * C_);
        if (save_) {
          t.toLogits = arena_.take<E>(BLOCK * wideV_);
          t.toRows = arena_.take<float>(BLOCK * C_);
        }
      }
    }
  }

  uint32_t* panelsOf(long columns, long summed) {
    return arena_.take<uint32_t>(panels(columns) * PANEL * (up(summed, PAIR) / PAIR));
  }

  // ---- Weights into panels ----

  // Rows of matrices that stand on top of each other.
  struct Stack {
    const float* parts[3];
    int rows[3];
    int columns;
    int height() const { return rows[0] + rows[1] + rows[2]; }
    const float* row(int r) const {
      for (int p = 0;; p++) {
        if (r < rows[p]) return parts[p] + static_cast<long>(r) * columns;
        r -= rows[p];
      }
    }
  };

  // One panel of PANEL outputs, summed over inputs.
  void packForth(const Stack& w, uint32_t* target, int panel) {
    long count = up(w.columns, PAIR) / PAIR;
    std::vector<E> rows(static_cast<size_t>(PANEL) * count * PAIR);
    int first = panel * PANEL, n = std::min(PANEL, w.height() - first);
    for (int r = 0; r < n; r++) narrow(w.row(first + r), w.columns, rows.data() + r * count * PAIR);
    packColumns(rows.data(), count * PAIR, n, count, target + panel * PANEL * count);
  }

  // Some outputs, as units of all panels of inputs.
  void packBack(const Stack& w, uint32_t* target, int firstRow, int n) {
    long count = up(w.height(), PAIR) / PAIR;
    std::vector<E> rows(static_cast<size_t>(n) * w.columns);
    for (int r = 0; r < n; r++) narrow(w.row(firstRow + r), w.columns, rows.data() + static_cast<long>(r) * w.columns);
    packRows<P>(rows.data(), w.columns, n, w.columns, target + firstRow / PAIR * PANEL, count * PANEL);
  }

  struct Packing {
    Stack weights;
    // Null where it is packed with another matrix.
    uint32_t *forth, *back;
  };

  void pack() {
    std::vector<Packing> all;
    int kv = s_.keyHeads * D_;
    for (int l = 0; l < s_.layers; l++) {
      const Layer& layer = layers_[l];
      all.push_back({{{weight(l, lyceum::QUERY), weight(l, lyceum::KEY), weight(l, lyceum::VALUE)}, {Q_, kv, kv}, C_},
                     layer.qkv,
                     layer.qkvBack});
      all.push_back({{{weight(l, lyceum::OUTPUT)}, {C_, 0, 0}, Q_}, layer.output, layer.outputBack});
      const float *gate = weight(l, lyceum::GATE), *up = weight(l, lyceum::UP);
      all.push_back({{{gate}, {F_, 0, 0}, C_}, layer.gate, nullptr});
      all.push_back({{{up}, {F_, 0, 0}, C_}, layer.up, nullptr});
      if (save_) all.push_back({{{gate, up}, {F_, F_, 0}, C_}, nullptr, layer.gateUpBack});
      all.push_back({{{weight(l, lyceum::DOWN)}, {C_, 0, 0}, F_}, layer.down, layer.downBack});
    }
    if (job_.tokenLosses) {
      headForth_ = panelsOf(V_, C_);
      headBack_ = save_ ? panelsOf(C_, wideV_) : nullptr;
      if (save_) std::memset(headBack_, 0, sizeof(uint32_t) * panels(C_) * PANEL * (wideV_ / PAIR));
      all.push_back({{{weight(lyceum::head(s_))}, {V_, 0, 0}, C_}, headForth_, headBack_});
    }
    // A task is a panel's worth of rows of one matrix.
    std::vector<std::pair<int, int>> tasks;
    for (int i = 0; i < static_cast<int>(all.size()); i++) {
      for (int p = 0; p < panels(all[i].weights.height()); p++) tasks.emplace_back(i, p);
    }
    long headCount = wideV_ / PAIR;
    parallel(static_cast<int>(tasks.size()), [&](int task, int) {
      auto [which, panel] = tasks[task];
      const Packing& one = all[which];
      if (one.forth) packForth(one.weights, one.forth, panel);
      if (!save_ || !one.back) return;
      int first = panel * PANEL, n = std::min(PANEL, one.weights.height() - first);
      if (one.back == headBack_) {
        std::vector<E> rows(static_cast<size_t>(n) * C_);
        for (int r = 0; r < n; r++) narrow(one.weights.row(first + r), C_, rows.data() + static_cast<long>(r) * C_);
        packRows<P>(rows.data(), C_, n, C_, headBack_ + first / PAIR * PANEL, headCount * PANEL);
      } else {
        packBack(one.weights, one.back, first, n);
      }
    });
  }

  static void narrow(const float* from, int n, E* to) {
    int i = 0;
    for (; i + LANES <= n; i += LANES) P::store(to + i, load(from + i));
    for (; i < n; i++) to[i] = P::narrow(from[i]);
    if (n % PAIR) to[n] = 0;
  }

  // ---- Norms ----

  float normScale(const float* x) const {
    vf squares = zero();
    int i = 0;
    for (; i + LANES <= C_; i += LANES) squares = fma(load(x + i), load(x + i), squares);
    float total = sum(squares);
    for (; i < C_; i++) total += x[i] * x[i];
    return 1.0f / std::sqrt(total / static_cast<float>(C_) + s_.epsilon);
  }

  float norm(const float* x, const float* gain, E* out) const {
    float scale = normScale(x);
    normAgain(x, scale, gain, out);
    return scale;
  }

  void normAgain(const float* x, float scale, const float* gain, E* out) const {
    vf v = set(scale);
    int i = 0;
    for (; i + LANES <= C_; i += LANES) P::store(out + i, mul(mul(load(x + i), v), load(gain + i)));
    for (; i < C_; i++) out[i] = P::narrow(x[i] * scale * gain[i]);
  }

  // Adds to toX and to toGain.
  void normBack(const float* x, float scale, const float* gain, const float* toY, float* toX, float* toGain) const {
    vf total = zero();
    int i = 0;
    for (; i + LANES <= C_; i += LANES) total = fma(mul(load(toY + i), load(gain + i)), load(x + i), total);
    float dot = sum(total);
    for (; i < C_; i++) dot += toY[i] * gain[i] * x[i];
    float pull = dot * scale * scale * scale / static_cast<float>(C_);
    vf vs = set(scale), vp = set(pull);
    i = 0;
    for (; i + LANES <= C_; i += LANES) {
      vf y = load(toY + i), xi = load(x + i);
      vf d = sub(mul(mul(y, load(gain + i)), vs), mul(xi, vp));
      store(toX + i, add(load(toX + i), d));
      store(toGain + i, fma(mul(y, xi), vs, load(toGain + i)));
    }
    for (; i < C_; i++) {
      toX[i] += toY[i] * gain[i] * scale - x[i] * pull;
      toGain[i] += toY[i] * x[i] * scale;
    }
  }

  // ---- The way forth: one row of the batch through all layers ----

  void forward(int row, int thread) {
    Tiles tiles;
    Scratch& t = scratch_[thread];
    long base = static_cast<long>(row) * T_;
    const int32_t* ids = job_.ids + base;
    const float* table = weight(0);
    float* x = layers_[0].in + base * C_;
    for (int i = 0; i < T_; i++) std::memcpy(x + static_cast<long>(i) * C_, table + static_cast<long>(ids[i]) * C_, sizeof(float) * C_);
    starts(row, t.start);
    for (int l = 0; l < s_.layers; l++) {
      const Layer& layer = layers_[l];
      for (int from = 0; from < T_; from += BLOCK) queriesKeysValues(l, base, from, std::min(BLOCK, T_ - from), t);
      attend(layer, base, t);
      float* out = l + 1 < s_.layers ? layers_[l + 1].in : last_;
      for (int from = 0; from < T_; from += BLOCK) {
        int n = std::min(BLOCK, T_ - from);
        afterAttention(l, base + from, n, t);
        feedForward(layer, base + from, n, keep_, out, t);
      }
    }
    const float* gain = weight(lyceum::finalNorm(s_));
    for (long n = base; n < base + T_; n++) {
      const float* from = last_ + n * C_;
      float scale = normScale(from);
      lastScale_[n] = scale;
      for (int c = 0; c < C_; c++) hidden_[n * C_ + c] = from[c] * scale * gain[c];
    }
  }

  // First token that each token sees.
  void starts(int row, int* start) const {
    const int32_t* segments = job_.segments + static_cast<long>(row) * T_;
    for (int i = 0; i < T_; i++) start[i] = i > 0 && segments[i] == segments[i - 1] ? start[i - 1] : i;
  }

  void queriesKeysValues(int l, long base, int from, int n, Scratch& t) {
    const Layer& layer = layers_[l];
    const float* gain = weight(l, lyceum::NORM1);
    long first = base + from;
    for (int i = 0; i < n; i++) {
      layer.inScale[first + i] = norm(layer.in + (first + i) * C_, gain, t.normed + static_cast<long>(i) * C_);
    }
    int half = D_ / 2, heads = s_.heads + 2 * s_.keyHeads;
    for (int head = 0; head < heads; head += headsTogether_) {
      int together = std::min(headsTogether_, heads - head), turned = std::min(together, s_.heads + s_.keyHeads - head);
      int columns = together * D_;
      product<P>(units(t.normed), C_ / PAIR, 1, n, layer.qkv + static_cast<long>(head) * D_ * (C_ / PAIR),
                 static_cast<long>(C_ / PAIR) * PANEL, C_ / PAIR, columns, ToFloat{t.groupF, columns, false});
      for (int i = 0; i < n; i++) {
        float* q = t.groupF + static_cast<long>(i) * columns;
        const float* cos = cos_ + static_cast<long>(from + i) * half;
        const float* sin = sin_ + static_cast<long>(from + i) * half;
        for (int h = 0; h < turned; h++) turn(q + h * D_, cos, sin, half);
        narrow(q, columns, layer.qkvs + (first + i) * X_ + head * D_);
      }
    }
  }

  // Rotary positions, in place.
  static void turn(float* x, const float* cos, const float* sin, int half) {
    int d = 0;
    for (; d + LANES <= half; d += LANES) {
      vf a = load(x + d), b = load(x + half + d), c = load(cos + d), s = load(sin + d);
      store(x + d, sub(mul(a, c), mul(b, s)));
      store(x + half + d, fma(b, c, mul(a, s)));
    }
    for (; d < half; d++) {
      float a = x[d], b = x[half + d];
      x[d] = a * cos[d] - b * sin[d];
      x[half + d] = b * cos[d] + a * sin[d];
    }
  }

  static void turnBack(float* x, const float* cos, const float* sin, int half) {
    int d = 0;
    for (; d + LANES <= half; d += LANES) {
      vf a = load(x + d), b = load(x + half + d), c = load(cos + d), s = load(sin + d);
      store(x + d, fma(a, c, mul(b, s)));
      store(x + half + d, sub(mul(b, c), mul(a, s)));
    }
    for (; d < half; d++) {
      float a = x[d], b = x[half + d];
      x[d] = a * cos[d] + b * sin[d];
      x[half + d] = b * cos[d] - a * sin[d];
    }
  }

  // Units of n tokens: whole tiles of them where there are tiles.
  static long unitsOf(long n) { return up(n, TILED ? 2 * LANES : PAIR) / PAIR; }

  TokenPanels tokenPanels(int columns, long blocks, int tokens) {
    long wide = up(columns, PANEL), units = unitsOf(std::min(tokens, BLOCK));
    return {arena_.take<uint32_t>(static_cast<size_t>(blocks) * wide * units), wide, units};
  }

  // Rows of a block of tokens as the right operand of the gradient of a weight.
  // from: first column of the target, with which a panel begins.
  static void packRight(const E* rows, long stride, int n, int columns, const TokenPanels& target, long block, int from = 0) {
    uint32_t* to = target.block(block) + from * target.units;
    packRows<P>(rows, stride, n, columns, to, target.units * PANEL);
    long full = up(n, PAIR) / PAIR, blank = unitsOf(n) - full;
    for (long p = 0; blank && p < panels(columns); p++) {
      std::memset(to + (p * target.units + full) * PANEL, 0, sizeof(uint32_t) * blank * PANEL);
    }
  }

  // The same as the left operand: in tiles a row for each column; a tile's rows cost more to make, so this is
  // for the narrower of the two.
  static void packLeft(const E* rows, long stride, int n, int columns, const TokenPanels& target, long block) {
    if constexpr (TILED) {
      packTransposed(rows, stride, n, columns, target.block(block), target.units);
    } else {
      packRight(rows, stride, n, columns, target, block);
    }
  }

  // Which block of all tokens some of a row's are.
  long blockOf(int row, int from) const { return static_cast<long>(row) * blocksOfRow() + from / BLOCK; }
  long blocksOfRow() const { return (T_ + BLOCK - 1) / BLOCK; }

  // Columns of keys that a block of queries looks at: a multiple of PANEL on both sides.
  struct Window {
    int from, to;
  };

  Window window(const int* start, int first, int n) const {
    int from = start[first];
    return {from / PANEL * PANEL, static_cast<int>(up(first + n, PANEL))};
  }

  void scoresOf(const E* queries, int n, const uint32_t* keyColumns, Window w, float* scores) const {
    product<P>(units(queries), X_ / PAIR, 1, n, keyColumns + static_cast<long>(w.from) * (D_ / PAIR),
               static_cast<long>(D_ / PAIR) * PANEL, D_ / PAIR, w.to - w.from, ToFloat{scores + w.from, wideT_, false});
  }

  void mask(float* scores, const int* start, int query, Window w) const {
    for (int j = w.from; j < start[query]; j++) scores[j] = MASKED;
    for (int j = query + 1; j < w.to; j++) scores[j] = MASKED;
  }

  void attend(const Layer& layer, long base, Scratch& t) {
    int group = s_.heads / s_.keyHeads;
    float scale = 1.0f / std::sqrt(static_cast<float>(D_));
    E* qkvs = layer.qkvs + base * X_;
    for (int k = 0; k < s_.keyHeads; k++) {
      const E* keys = qkvs + Q_ + k * D_;
      const E* values = keys + s_.keyHeads * D_;
      packColumns(keys, X_, T_, D_ / PAIR, t.keyColumns);
      packValues(values, t.valueRows);
      for (int h = k * group; h < (k + 1) * group; h++) {
        for (int first = 0; first < T_; first += QUERIES) {
          int n = std::min(QUERIES, T_ - first);
          Window w = window(t.start, first, n);
          scoresOf(qkvs + static_cast<long>(first) * X_ + h * D_, n, t.keyColumns, w, t.scores);
          for (int i = 0; i < n; i++) {
            float* scores = t.scores + i * wideT_;
            mask(scores, t.start, first + i, w);
            vf top = set(MASKED);
            for (int j = w.from; j < w.to; j += LANES) top = max(top, load(scores + j));
            float m = largest(top);
            vf vm = set(-m * scale), vs = set(scale), total = zero();
            E* weights = t.weights + i * wideT_;
            for (int j = w.from; j < w.to; j += LANES) {
              vf e = expOrZero(fma(load(scores + j), vs, vm));
              total = add(total, e);
              P::store(weights + j, e);
            }
            float all = sum(total);
            t.rowSum[i] = 1.0f / all;
            layer.logSum[(base + first + i) * s_.heads + h] = m * scale + std::log(all);
          }
          product<P>(units(t.weights + w.from), wideT_ / PAIR, 1, n, t.valueRows + static_cast<long>(w.from / PAIR) * PANEL,
                     wideT_ / PAIR * PANEL, (w.to - w.from) / PAIR, D_,
                     ToElements<P>{layer.mixes + (base + first) * Q_ + h * D_, Q_, t.rowSum});
        }
      }
    }
  }

  // Values, or keys on the way back, as units over tokens of the row; zeros after the last.
  void packValues(const E* values, uint32_t* target) const {
    long stride = wideT_ / PAIR * PANEL;
    if (wideT_ != T_) {
      for (int p = 0; p < panels(D_); p++) {
        std::memset(target + p * stride + T_ / PAIR * PANEL, 0, sizeof(uint32_t) * (wideT_ - T_) / PAIR * PANEL);
      }
    }
    packRows<P>(values, X_, T_, D_, target, stride);
  }

  // The stream after attention, and its norm.
  void afterAttention(int l, long first, int n, Scratch& t) {
    const Layer& layer = layers_[l];
    product<P>(units(layer.mixes + first * Q_), Q_ / PAIR, 1, n, layer.output, static_cast<long>(Q_ / PAIR) * PANEL, Q_ / PAIR,
               C_, ToSum{layer.middle + first * C_, layer.in + first * C_, C_});
    const float* gain = weight(l, lyceum::NORM2);
    for (int i = 0; i < n; i++) {
      layer.middleScale[first + i] = norm(layer.middle + (first + i) * C_, gain, t.normed + static_cast<long>(i) * C_);
    }
  }

  // keeps: gate and up, for the way back. out: the stream after the layer; null where it is known.
  void feedForward(const Layer& layer, long first, int n, bool keeps, float* out, Scratch& t) {
    long panel = static_cast<long>(C_ / PAIR) * PANEL;
    for (int f = 0; f < F_; f += GROUP) {
      int columns = std::min(GROUP, F_ - f);
      E *gates = t.group, *ups = t.group + GROUP;
      product<P>(units(t.normed), C_ / PAIR, 1, n, layer.gate + f / PANEL * panel, panel, C_ / PAIR, columns,
                 ToElements<P>{gates, 2 * GROUP, nullptr});
      product<P>(units(t.normed), C_ / PAIR, 1, n, layer.up + f / PANEL * panel, panel, C_ / PAIR, columns,
                 ToElements<P>{ups, 2 * GROUP, nullptr});
      for (int i = 0; i < n; i++, gates += 2 * GROUP, ups += 2 * GROUP) {
        if (keeps) {
          E* kept = layer.gateUps + (first + i) * 2 * F_ + f;
          std::memcpy(kept, gates, sizeof(E) * columns);
          std::memcpy(kept + F_, ups, sizeof(E) * columns);
        }
        if (out) activate(gates, ups, columns, t.act + static_cast<long>(i) * F_ + f);
      }
    }
    if (!out) return;
    product<P>(units(t.act), F_ / PAIR, 1, n, layer.down, static_cast<long>(F_ / PAIR) * PANEL, F_ / PAIR, C_,
               ToSum{out + first * C_, layer.middle + first * C_, C_});
  }

  static void activate(const E* gate, const E* up, int columns, E* act) {
    int f = 0;
    for (; f + LANES <= columns; f += LANES) {
      vf g = P::load(gate + f);
      P::store(act + f, mul(mul(g, sigmoid(g)), P::load(up + f)));
    }
    for (; f < columns; f++) {
      float g = P::widen(gate[f]);
      act[f] = P::narrow(g / (1.0f + std::exp(-g)) * P::widen(up[f]));
    }
  }

  static vf sigmoid(vf x) { return div(set(1.0f), add(set(1.0f), exp(sub(zero(), x)))); }

  // ---- The loss ----

  void loss() {
    long M = job_.count;
    // Rows whose gradient by the logits is kept at a time.
    long chunk = std::max<long>(1024, 2L * BLOCK * threads());
    chunk = std::min(chunk, up(std::max<long>(M, 1), BLOCK));
    TokenPanels rowPanels{}, logitPanels{};
    if (save_) {
      toHidden_ = arena_.take<float>(N_ * C_);
      std::memset(toHidden_, 0, sizeof(float) * N_ * C_);
      rowPanels = tokenPanels(C_, chunk / BLOCK, BLOCK);
      logitPanels = tokenPanels(V_, chunk / BLOCK, BLOCK);
    }
    for (long from = 0; from < M || (from == 0 && save_); from += chunk) {
      int n = static_cast<int>(std::min(chunk, M - from));
      parallel(static_cast<int>((n + BLOCK - 1) / BLOCK), [&](int task, int thread) {
        int first = task * BLOCK;
        lossBlock(from + first, task, std::min(BLOCK, n - first), rowPanels, logitPanels, scratch_[thread]);
      });
      if (save_) {
        float* toHead = job_.gradients[lyceum::head(s_)];
        std::vector<long> counts;
        for (int first = 0; first < n || first == 0; first += BLOCK) counts.push_back(unitsOf(std::min(BLOCK, n - first)));
        std::vector<float*> rows(V_);
        for (int v = 0; v < V_; v++) rows[v] = toHead + static_cast<long>(v) * C_;
        weightGradients({{rows.data(), V_, C_, logitPanels, rowPanels, Narrow::INPUTS, from > 0}}, counts);
      }
    }
  }

  // from: of all tokens to predict; block: of the chunk.
  void lossBlock(long from, int block, int n, const TokenPanels& rowPanels, const TokenPanels& logitPanels, Scratch& t) {
    Tiles tiles;
    for (int i = 0; i < n; i++) {
      narrow(hidden_ + static_cast<long>(job_.places[from + i]) * C_, C_, t.rowsE + static_cast<long>(i) * C_);
    }
    product<P>(units(t.rowsE), C_ / PAIR, 1, n, headForth_, static_cast<long>(C_ / PAIR) * PANEL, C_ / PAIR, V_,
               ToFloat{t.logits, wideV_, false});
    for (int i = 0; i < n; i++) {
      float* logits = t.logits + i * wideV_;
      for (long v = V_; v < wideV_; v++) logits[v] = MASKED;
      vf top = set(MASKED);
      for (long v = 0; v < wideV_; v += LANES) top = max(top, load(logits + v));
      float m = largest(top);
      vf vm = set(m), total = zero();
      int target = job_.targets[from + i];
      float targetLogit = logits[target];
      if (!save_) {
        for (long v = 0; v < wideV_; v += LANES) total = add(total, expOrZero(sub(load(logits + v), vm)));
      } else {
        for (long v = 0; v < wideV_; v += LANES) {
          vf e = expOrZero(sub(load(logits + v), vm));
          total = add(total, e);
          store(logits + v, e);
        }
      }
      float all = sum(total);
      job_.tokenLosses[from + i] = m + std::log(all) - targetLogit;
      if (save_) {
        float w = job_.tokenWeights[from + i];
        vf share = set(w / all);
        E* to = t.toLogits + i * wideV_;
        for (long v = 0; v < wideV_; v += LANES) P::store(to + v, mul(load(logits + v), share));
        to[target] = P::narrow(logits[target] * (w / all) - w);
      }
    }
    if (!save_) return;
    packLeft(t.rowsE, C_, n, C_, rowPanels, block);
    packRight(t.toLogits, wideV_, n, V_, logitPanels, block);
    product<P>(units(t.toLogits), wideV_ / PAIR, 1, n, headBack_, wideV_ / PAIR * PANEL, wideV_ / PAIR, C_,
               ToFloat{t.toRows, C_, false});
    for (int i = 0; i < n; i++) {
      std::memcpy(toHidden_ + static_cast<long>(job_.places[from + i]) * C_, t.toRows + static_cast<long>(i) * C_, sizeof(float) * C_);
    }
  }

  // ---- Gradients of weights: products over all tokens ----

  enum class Narrow { OUTPUTS, INPUTS };

  struct WeightGradient {
    float* const* rows;
    int outputs, inputs;
    TokenPanels toOutputs, inputPanels;
    // Which of the two is the left operand where there are tiles.
    Narrow left;
    bool adds;
  };

  // A task of a weight's gradient: panels from one to before another.
  struct Part {
    const WeightGradient* of;
    int output, outputs, input, inputs;
    int size() const { return outputs * inputs; }
  };

  // counts: units of each block of tokens.
  void weightGradients(const std::vector<WeightGradient>& all, const std::vector<long>& counts) {
    std::vector<Part> parts;
    for (const WeightGradient& g : all) {
      bool turned = TILED && g.left == Narrow::INPUTS;
      int outputs = static_cast<int>(panels(g.outputs)), inputs = static_cast<int>(panels(g.inputs));
      int down = cuts(outputs, turned ? RIGHT : LEFT), across = cuts(inputs, turned ? LEFT : RIGHT);
      for (int o = 0; o < down; o++) {
        for (int i = 0; i < across; i++) {
          int output = outputs * o / down, input = inputs * i / across;
          parts.push_back({&g, output, outputs * (o + 1) / down - output, input, inputs * (i + 1) / across - input});
        }
      }
    }
    // The smallest last: they fill up what the others leave.
    std::stable_sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.size() > b.size(); });
    parallel(static_cast<int>(parts.size()), [&](int task, int thread) {
      const Part& part = parts[task];
      const WeightGradient& g = *part.of;
      if constexpr (TILED) {
        Tiles tiles;
        weightGradientInTiles(part, counts, scratch_[thread]);
      } else {
        for (size_t block = 0; block < counts.size(); block++) {
          const uint32_t* left = g.toOutputs.block(block);
          const uint32_t* right = g.inputPanels.block(block) + part.input * g.inputPanels.units * PANEL;
          int columns = std::min(part.inputs * PANEL, g.inputs - part.input * PANEL);
          for (int o = part.output; o < part.output + part.outputs; o++) {
            product<P>(left + o * g.toOutputs.units * PANEL, 1, PANEL, std::min(PANEL, g.outputs - o * PANEL), right,
                       g.inputPanels.units * PANEL, counts[block], columns,
                       ToRowsFrom{g.rows + o * PANEL, part.input * PANEL, g.adds || block > 0});
          }
        }
      }
    });
  }

  static int cuts(int panels, int most) { return (panels + most - 1) / most; }

#if defined(__AMX_BF16__)
  // The first block after those whose sums are made together.
  static size_t depthFrom(const std::vector<long>& counts, size_t from) {
    for (long depth = 0; from < counts.size() && depth < DEPTH; from++) depth += counts[from];
    return from;
  }

  // Sums of a part stay in the cache from some blocks of tokens to the next.
  void weightGradientInTiles(const Part& part, const std::vector<long>& counts, Scratch& t) {
    const WeightGradient& g = *part.of;
    bool turned = g.left == Narrow::INPUTS;
    const TokenPanels &left = turned ? g.inputPanels : g.toOutputs, &right = turned ? g.toOutputs : g.inputPanels;
    int leftFirst = turned ? part.input : part.output, leftCount = turned ? part.inputs : part.outputs;
    int rightFirst = turned ? part.output : part.input, rightCount = turned ? part.outputs : part.inputs;
    size_t from = 0;
    while (from < counts.size()) {
      size_t to = depthFrom(counts, from);
      // What comes next is fetched while this is gone through.
      Ahead ahead;
      for (size_t block = to; block < depthFrom(counts, to); block++) {
        ahead.add(left.block(block) + leftFirst * PANEL * left.units, leftCount * PANEL * left.units);
        ahead.add(right.block(block) + rightFirst * right.units * PANEL, rightCount * PANEL * right.units);
      }
      long steps = 0;
      for (size_t block = from; block < to; block++) steps += counts[block] / SIDE;
      int lines = ahead.each(steps * leftCount * rightCount);
      for (int l = 0; l < leftCount; l++) {
        for (int r = 0; r < rightCount; r++) {
          float* sums = t.sums + (l * RIGHT + r) * PANEL * PANEL;
          if (from == 0) {
            zeroSums();
          } else {
            loadSums(sums, PANEL);
          }
          for (size_t block = from; block < to; block++) {
            const uint32_t* a = left.block(block) + (leftFirst + l) * PANEL * left.units;
            const uint32_t* b = right.block(block) + (rightFirst + r) * right.units * PANEL;
            for (long k = 0; k < counts[block]; k += SIDE) {
              ahead.some(lines);
              multiply(a + k, left.units, b + k * PANEL, PANEL);
            }
          }
          storeSums(sums, PANEL);
        }
      }
      from = to;
    }
    alignas(64) float aside[PANEL * PANEL];
    for (int l = 0; l < leftCount; l++) {
      for (int r = 0; r < rightCount; r++) {
        const float* sums = t.sums + (l * RIGHT + r) * PANEL * PANEL;
        int o = part.output + (turned ? r : l), i = part.input + (turned ? l : r);
        if (turned) {
          for (int y = 0; y < PANEL; y += SIDE) {
            for (int x = 0; x < PANEL; x += SIDE) {
              transpose(units(sums) + y * PANEL + x, PANEL, units(aside) + x * PANEL + y, PANEL);
            }
          }
          sums = aside;
        }
        ToRowsFrom out{g.rows + o * PANEL, i * PANEL, g.adds};
        int n = std::min(PANEL, g.inputs - i * PANEL);
        for (int row = 0; row < std::min(PANEL, g.outputs - o * PANEL); row++) {
          vf v[2];
          start(out, row, 0, n, v);
          v[0] = add(v[0], load(sums + row * PANEL));
          v[1] = add(v[1], load(sums + row * PANEL + LANES));
          put(out, row, 0, n, v);
        }
      }
    }
  }
#endif

  struct ToRowsFrom {
    float* const* rows;
    int column;
    bool adds;
    float* at(int row, int c) const { return rows[row] + column + c; }
  };

  // ---- The way back ----

  void backward(const float* toHidden) {
    long L = s_.layers;
    toX_ = arena_.take<float>(N_ * C_);
    std::memset(toX_, 0, sizeof(float) * N_ * C_);
    // Gains of each row of the batch apart, so that their sum does not depend on threads.
    toGains_ = arena_.take<float>(static_cast<size_t>(s_.rows) * (2 * L + 1) * C_);
    std::memset(toGains_, 0, sizeof(float) * s_.rows * (2 * L + 1) * C_);
    long blocks = s_.rows * blocksOfRow();
    inPanels_ = tokenPanels(C_, blocks, T_);
    mixPanels_ = tokenPanels(Q_, blocks, T_);
    middlePanels_ = tokenPanels(C_, blocks, T_);
    toQkvPanels_ = tokenPanels(X_, blocks, T_);
    toMiddlePanels_ = tokenPanels(C_, blocks, T_);
    toGatePanels_ = tokenPanels(F_, blocks, T_);
    toUpPanels_ = tokenPanels(F_, blocks, T_);
    actPanels_ = tokenPanels(F_, blocks, T_);
    toOutPanels_ = tokenPanels(C_, blocks, T_);
    std::vector<long> counts;
    for (int row = 0; row < s_.rows; row++) {
      for (int from = 0; from < T_; from += BLOCK) counts.push_back(unitsOf(std::min(BLOCK, T_ - from)));
    }

    const float* gain = weight(lyceum::finalNorm(s_));
    parallel(s_.rows, [&](int row, int) {
      float* toGain = gainOf(row, 2 * L);
      for (long n = static_cast<long>(row) * T_; n < (row + 1L) * T_; n++) {
        normBack(last_ + n * C_, lastScale_[n], gain, toHidden + n * C_, toX_ + n * C_, toGain);
      }
    });
    int kv = s_.keyHeads * D_;
    for (int l = s_.layers - 1; l >= 0; l--) {
      parallel(s_.rows, [&](int row, int thread) { layerBack(l, row, scratch_[thread]); });
      std::vector<float*> qkv, output, gate, up, down;
      stacked(qkv, gradient(l, lyceum::QUERY), Q_, C_);
      stacked(qkv, gradient(l, lyceum::KEY), kv, C_);
      stacked(qkv, gradient(l, lyceum::VALUE), kv, C_);
      stacked(output, gradient(l, lyceum::OUTPUT), C_, Q_);
      stacked(gate, gradient(l, lyceum::GATE), F_, C_);
      stacked(up, gradient(l, lyceum::UP), F_, C_);
      stacked(down, gradient(l, lyceum::DOWN), C_, F_);
      weightGradients({{gate.data(), F_, C_, toGatePanels_, middlePanels_, Narrow::INPUTS, false},
                       {up.data(), F_, C_, toUpPanels_, middlePanels_, Narrow::INPUTS, false},
                       {down.data(), C_, F_, toOutPanels_, actPanels_, Narrow::OUTPUTS, false},
                       {qkv.data(), X_, C_, toQkvPanels_, inPanels_, Narrow::INPUTS, false},
                       {output.data(), C_, Q_, toMiddlePanels_, mixPanels_, Narrow::OUTPUTS, false}},
                      counts);
    }
    for (int l = 0; l < s_.layers; l++) {
      sumGains(2 * l, gradient(l, lyceum::NORM1));
      sumGains(2 * l + 1, gradient(l, lyceum::NORM2));
    }
    sumGains(2 * s_.layers, job_.gradients[lyceum::finalNorm(s_)]);
    embeddingBack();
  }

  static void stacked(std::vector<float*>& rows, float* matrix, int height, int columns) {
    for (int r = 0; r < height; r++) rows.push_back(matrix + static_cast<long>(r) * columns);
  }

  float* gainOf(int row, int which) const { return toGains_ + (static_cast<long>(row) * (2 * s_.layers + 1) + which) * C_; }

  void sumGains(int which, float* gradient) const {
    std::memset(gradient, 0, sizeof(float) * C_);
    for (int row = 0; row < s_.rows; row++) {
      const float* g = gainOf(row, which);
      for (int c = 0; c < C_; c++) gradient[c] += g[c];
    }
  }

  // Tokens in their order, each thread with columns of its own.
  void embeddingBack() {
    float* gradient = job_.gradients[0];
    bool fresh = !(s_.tied && job_.tokenLosses);
    int slice = static_cast<int>(up((C_ + threads() - 1) / threads(), LANES));
    parallel((C_ + slice - 1) / slice, [&](int task, int) {
      int from = task * slice, to = std::min(C_, from + slice);
      if (fresh) {
        for (long v = 0; v < V_; v++) std::memset(gradient + v * C_ + from, 0, sizeof(float) * (to - from));
      }
      for (long n = 0; n < N_; n++) {
        float* g = gradient + static_cast<long>(job_.ids[n]) * C_;
        const float* x = toX_ + n * C_;
        for (int c = from; c < to; c++) g[c] += x[c];
      }
    });
  }

  void layerBack(int l, int row, Scratch& t) {
    Tiles tiles;
    const Layer& layer = layers_[l];
    long base = static_cast<long>(row) * T_;
    starts(row, t.start);
    if (!keep_) {
      for (int from = 0; from < T_; from += BLOCK) queriesKeysValues(l, base, from, std::min(BLOCK, T_ - from), t);
      attend(layer, base, t);
      for (int from = 0; from < T_; from += BLOCK) {
        int n = std::min(BLOCK, T_ - from);
        afterAttention(l, base + from, n, t);
        feedForward(layer, base + from, n, true, nullptr, t);
      }
    }
    for (int from = 0; from < T_; from += BLOCK) feedForwardBack(l, row, base + from, std::min(BLOCK, T_ - from), from, t);
    attendBack(layer, base, t);
    int half = D_ / 2;
    const float* gain = weight(l, lyceum::NORM1);
    float* toGain = gainOf(row, 2 * l);
    for (int from = 0; from < T_; from += BLOCK) {
      int n = std::min(BLOCK, T_ - from);
      for (int i = 0; i < n; i++) {
        float* q = t.toQkv + static_cast<long>(from + i) * X_;
        const float* cos = cos_ + static_cast<long>(from + i) * half;
        const float* sin = sin_ + static_cast<long>(from + i) * half;
        for (int h = 0; h < s_.heads + s_.keyHeads; h++) turnBack(q + h * D_, cos, sin, half);
        narrow(q, X_, t.toQkvE + static_cast<long>(i) * X_);
      }
      packRight(t.toQkvE, X_, n, X_, toQkvPanels_, blockOf(row, from));
      product<P>(units(t.toQkvE), X_ / PAIR, 1, n, layer.qkvBack, static_cast<long>(X_ / PAIR) * PANEL, X_ / PAIR, C_,
                 ToFloat{t.narrowF, C_, false});
      for (int i = 0; i < n; i++) {
        long token = base + from + i;
        normAgain(layer.in + token * C_, layer.inScale[token], gain, t.normed + static_cast<long>(i) * C_);
        normBack(layer.in + token * C_, layer.inScale[token], gain, t.narrowF + static_cast<long>(i) * C_,
                 toX_ + token * C_, toGain);
      }
      packLeft(t.normed, C_, n, C_, inPanels_, blockOf(row, from));
    }
  }

  void feedForwardBack(int l, int row, long first, int n, int from, Scratch& t) {
    const Layer& layer = layers_[l];
    float* toX = toX_ + first * C_;
    for (int i = 0; i < n; i++) narrow(toX + static_cast<long>(i) * C_, C_, t.narrow + static_cast<long>(i) * C_);
    long block = blockOf(row, from);
    packLeft(t.narrow, C_, n, C_, toOutPanels_, block);
    long panel = static_cast<long>(C_ / PAIR) * PANEL;
    for (int f = 0; f < F_; f += GROUP) {
      int columns = std::min(GROUP, F_ - f);
      product<P>(units(t.narrow), C_ / PAIR, 1, n, layer.downBack + f / PANEL * panel, panel, C_ / PAIR, columns,
                 ToFloat{t.groupF, GROUP, false});
      for (int i = 0; i < n; i++) {
        const E* gate = layer.gateUps + (first + i) * 2 * F_ + f;
        E* toGate = t.toGateUp + static_cast<long>(i) * 2 * F_ + f;
        activateBack(gate, gate + F_, t.groupF + static_cast<long>(i) * GROUP, columns, t.group + static_cast<long>(i) * GROUP,
                     toGate, toGate + F_);
      }
      packRight(t.group, GROUP, n, columns, actPanels_, block, f);
      packRight(t.toGateUp + f, 2L * F_, n, columns, toGatePanels_, block, f);
      packRight(t.toGateUp + F_ + f, 2L * F_, n, columns, toUpPanels_, block, f);
    }
    product<P>(units(t.toGateUp), 2 * F_ / PAIR, 1, n, layer.gateUpBack, 2L * F_ / PAIR * PANEL, 2 * F_ / PAIR, C_,
               ToFloat{t.narrowF, C_, false});
    const float* gain = weight(l, lyceum::NORM2);
    float* toGain = gainOf(row, 2 * l + 1);
    for (int i = 0; i < n; i++) {
      normAgain(layer.middle + (first + i) * C_, layer.middleScale[first + i], gain, t.normed + static_cast<long>(i) * C_);
      normBack(layer.middle + (first + i) * C_, layer.middleScale[first + i], gain, t.narrowF + static_cast<long>(i) * C_,
               toX + static_cast<long>(i) * C_, toGain);
      narrow(toX + static_cast<long>(i) * C_, C_, t.narrow + static_cast<long>(i) * C_);
    }
    packLeft(t.normed, C_, n, C_, middlePanels_, block);
    packLeft(t.narrow, C_, n, C_, toMiddlePanels_, block);
    packRight(layer.mixes + first * Q_, Q_, n, Q_, mixPanels_, block);
    product<P>(units(t.narrow), C_ / PAIR, 1, n, layer.outputBack, static_cast<long>(C_ / PAIR) * PANEL, C_ / PAIR, Q_,
               ToElements<P>{t.mixBack + static_cast<long>(from) * Q_, Q_, nullptr});
  }

  static void activateBack(const E* gate, const E* up, const float* toAct, int columns, E* act, E* toGate, E* toUp) {
    int f = 0;
    for (; f + LANES <= columns; f += LANES) {
      vf g = P::load(gate + f), u = P::load(up + f), d = load(toAct + f);
      vf sig = sigmoid(g), silu = mul(g, sig);
      P::store(act + f, mul(silu, u));
      // Derivative of silu: sigmoid (1 + g (1 - sigmoid)).
      vf slope = fma(sub(g, silu), sig, sig);
      P::store(toGate + f, mul(mul(d, u), slope));
      P::store(toUp + f, mul(d, silu));
    }
    for (; f < columns; f++) {
      float g = P::widen(gate[f]), u = P::widen(up[f]), d = toAct[f];
      float sig = 1.0f / (1.0f + std::exp(-g)), silu = g * sig;
      act[f] = P::narrow(silu * u);
      toGate[f] = P::narrow(d * u * ((g - silu) * sig + sig));
      toUp[f] = P::narrow(d * silu);
    }
  }

  void attendBack(const Layer& layer, long base, Scratch& t) {
    int group = s_.heads / s_.keyHeads;
    float scale = 1.0f / std::sqrt(static_cast<float>(D_));
    E* qkvs = layer.qkvs + base * X_;
    std::memset(t.toQkv, 0, sizeof(float) * T_ * X_);
    for (int k = 0; k < s_.keyHeads; k++) {
      int keyColumn = Q_ + k * D_, valueColumn = keyColumn + s_.keyHeads * D_;
      packColumns(qkvs + keyColumn, X_, T_, D_ / PAIR, t.keyColumns);
      packColumns(qkvs + valueColumn, X_, T_, D_ / PAIR, t.valueColumns);
      packValues(qkvs + keyColumn, t.keyRows);
      if constexpr (TILED) {
        std::memset(t.toKeysTurned, 0, sizeof(float) * D_ * wideT_);
        std::memset(t.toValuesTurned, 0, sizeof(float) * D_ * wideT_);
      }
      for (int h = k * group; h < (k + 1) * group; h++) {
        for (int first = 0; first < T_; first += QUERIES) {
          int n = std::min(QUERIES, T_ - first);
          Window w = window(t.start, first, n);
          const E* queries = qkvs + static_cast<long>(first) * X_ + h * D_;
          const E* toMix = t.mixBack + static_cast<long>(first) * Q_ + h * D_;
          const E* mix = layer.mixes + (base + first) * Q_ + h * D_;
          scoresOf(queries, n, t.keyColumns, w, t.scores);
          product<P>(units(toMix), Q_ / PAIR, 1, n, t.valueColumns + static_cast<long>(w.from) * (D_ / PAIR),
                     static_cast<long>(D_ / PAIR) * PANEL, D_ / PAIR, w.to - w.from,
                     ToFloat{t.toWeights + w.from, wideT_, false});
          for (int i = 0; i < n; i += PAIR) {
            Row rows[PAIR];
            for (int r = 0; r < PAIR; r++) {
              int q = first + i + r;
              rows[r].scores = t.scores + (i + r) * wideT_;
              rows[r].toWeights = t.toWeights + (i + r) * wideT_;
              rows[r].toScores = t.toScores + (i + r) * wideT_;
              mask(rows[r].scores, t.start, q, w);
              rows[r].logSum = set(-layer.logSum[(base + q) * s_.heads + h]);
              rows[r].delta = set(dot(toMix + static_cast<long>(i + r) * Q_, mix + static_cast<long>(i + r) * Q_));
            }
            uint32_t* weights = t.weightsPaired + i / PAIR * wideT_;
            uint32_t* toScores = t.scoresPaired + i / PAIR * wideT_;
            vf vs = set(scale);
            for (int j = w.from; j < w.to; j += LANES) {
              vf p[PAIR], d[PAIR];
              for (int r = 0; r < PAIR; r++) {
                p[r] = expOrZero(fma(load(rows[r].scores + j), vs, rows[r].logSum));
                d[r] = mul(mul(p[r], sub(load(rows[r].toWeights + j), rows[r].delta)), vs);
                P::store(rows[r].toScores + j, d[r]);
              }
              if constexpr (PAIR == 2) {
                storePairs(weights + j, p[0], p[1]);
                storePairs(toScores + j, d[0], d[1]);
              } else {
                store(reinterpret_cast<float*>(weights) + j, p[0]);
                store(reinterpret_cast<float*>(toScores) + j, d[0]);
              }
            }
          }
          product<P>(units(t.toScores + w.from), wideT_ / PAIR, 1, n, t.keyRows + static_cast<long>(w.from / PAIR) * PANEL,
                     wideT_ / PAIR * PANEL, (w.to - w.from) / PAIR, D_,
                     ToFloat{t.toQkv + static_cast<long>(first) * X_ + h * D_, X_, false});
          if constexpr (TILED) {
            // Keys and values as columns: scores need not be transposed then, only the few queries.
            long units = QUERIES / PAIR;
            int keys = w.to - w.from;
            packTransposed(queries, X_, n, D_, t.queryRows, units);
            packTransposed(toMix, Q_, n, D_, t.outRows, units);
            tileProduct(t.queryRows, units, D_, t.scoresPaired + w.from, wideT_, PANEL, n / PAIR, keys,
                        ToFloat{t.toKeysTurned + w.from, wideT_, true});
            tileProduct(t.outRows, units, D_, t.weightsPaired + w.from, wideT_, PANEL, n / PAIR, keys,
                        ToFloat{t.toValuesTurned + w.from, wideT_, true});
          } else {
            long stride = static_cast<long>(QUERIES / PAIR) * PANEL;
            packRows<P>(queries, X_, n, D_, t.queryRows, stride);
            packRows<P>(toMix, Q_, n, D_, t.outRows, stride);
            int keys = std::min(w.to, T_) - w.from;
            float* toKeys = t.toQkv + static_cast<long>(w.from) * X_;
            product<P>(t.scoresPaired + w.from, 1, wideT_, keys, t.queryRows, stride, n / PAIR, D_,
                       ToFloat{toKeys + keyColumn, X_, true});
            product<P>(t.weightsPaired + w.from, 1, wideT_, keys, t.outRows, stride, n / PAIR, D_,
                       ToFloat{toKeys + valueColumn, X_, true});
          }
        }
      }
      if constexpr (TILED) {
        turnedBack(t.toKeysTurned, t.toQkv + keyColumn);
        turnedBack(t.toValuesTurned, t.toQkv + valueColumn);
      }
    }
  }

  // Columns of a head become rows of tokens.
  void turnedBack(const float* columns, float* rows) const {
    for (int d = 0; d < D_; d += LANES) {
      for (int i = 0; i < T_; i += LANES) {
        if (d + LANES <= D_ && i + LANES <= T_) {
          transpose(units(columns) + d * wideT_ + i, wideT_, units(rows) + static_cast<long>(i) * X_ + d, X_);
          continue;
        }
        for (int y = d; y < std::min(d + LANES, D_); y++) {
          for (int x = i; x < std::min(i + LANES, T_); x++) rows[static_cast<long>(x) * X_ + y] = columns[y * wideT_ + x];
        }
      }
    }
  }

  struct Row {
    float *scores, *toWeights;
    E* toScores;
    vf logSum, delta;
  };

  float dot(const E* a, const E* b) const {
    vf total = zero();
    int d = 0;
    for (; d + LANES <= D_; d += LANES) total = fma(P::load(a + d), P::load(b + d), total);
    float all = sum(total);
    for (; d < D_; d++) all += P::widen(a[d]) * P::widen(b[d]);
    return all;
  }

  const Job& job_;
  const Shape& s_;
  Arena& arena_;
  const bool save_;
  // Whether the way forth keeps all that the way back needs.
  const bool keep_;
  int headsTogether_ = 0;
  int C_ = 0, T_ = 0, X_ = 0, Q_ = 0, D_ = 0, F_ = 0, V_ = 0;
  long N_ = 0, wideT_ = 0, wideV_ = 0;
  float *cos_ = nullptr, *sin_ = nullptr;
  std::vector<Layer> layers_;
  std::vector<Scratch> scratch_;
  float *last_ = nullptr, *lastScale_ = nullptr, *hidden_ = nullptr;
  uint32_t *headForth_ = nullptr, *headBack_ = nullptr;
  float *toHidden_ = nullptr, *toX_ = nullptr, *toGains_ = nullptr;
  TokenPanels inPanels_{}, mixPanels_{}, middlePanels_{}, toQkvPanels_{}, toMiddlePanels_{}, toGatePanels_{}, toUpPanels_{}, actPanels_{},
      toOutPanels_{};
};

template <class P>
void run(const Job& job, Arena& arena) {
  Decoder<P>(job, arena).run();
}

}  // namespace LYCEUM_ISA
