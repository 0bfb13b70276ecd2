// The decoder on rows of tokens: losses and gradients of all weights in one call.
//
// Names as in the Java class Transformer: B rows, T tokens of a row, N = B T, C width of the residual
// stream, H query heads, K key and value heads, D width of a head, F width of the feed-forward layer,
// V token ids, M tokens to predict.
#pragma once

#include <cstdint>

#include "arena.h"

namespace lyceum {

struct Shape {
  int rows;
  int length;
  int width;
  int layers;
  int heads;
  int keyHeads;
  int headDim;
  int hidden;
  int vocabulary;
  bool tied;
  // Keep the stream between layers alone, and go through each layer again on the way back.
  bool recompute;
  float epsilon;
  // Radians a token by which each pair of numbers of a head turns, [D / 2].
  const float* frequencies;

  int tokens() const { return rows * length; }
  // Width of queries, keys and values side by side.
  int mixed() const { return (heads + 2 * keyHeads) * headDim; }
};

// Weights in the order of the model file: the embedding, nine for each layer, the last norm and, unless
// tied, the output projection.
enum Weight { NORM1, QUERY, KEY, VALUE, OUTPUT, NORM2, GATE, UP, DOWN, PER_LAYER };

inline int weightOf(int layer, int which) { return 1 + layer * PER_LAYER + which; }
inline int finalNorm(const Shape& s) { return 1 + s.layers * PER_LAYER; }
inline int head(const Shape& s) { return s.tied ? 0 : finalNorm(s) + 1; }
inline int weightCount(const Shape& s) { return finalNorm(s) + (s.tied ? 1 : 2); }

struct Job {
  Shape shape;
  const int32_t* ids;       // [B, T]
  const int32_t* segments;  // [B, T]; equal numbers lie side by side
  const float* const* weights;

  // The stream after the last norm, [N, C]; null where it is not asked for.
  float* hidden = nullptr;
  // Gradient of the loss by it, where the loss is computed elsewhere.
  const float* toHidden = nullptr;

  // The loss: for each of M places the token that follows; null where it is computed elsewhere.
  int count = 0;
  const int32_t* places = nullptr;
  const int32_t* targets = nullptr;
  const float* tokenWeights = nullptr;
  float* tokenLosses = nullptr;

  // Gradient of the weighted sum of the losses by each weight; null where it is not asked for. They are
  // overwritten, not added to.
  float* const* gradients = nullptr;
};

// What a call does depends on the processor and the precision of its products.
using Run = void (*)(const Job&, Arena&);

// The best of this processor; null where it has none.
Run decoder(bool halfPrecision);

// Name of the instruction set in use: "amx", "avx512bf16", "avx512", "avx2" or "none".
const char* instructionSet();

}  // namespace lyceum
