// Matrix products with operands in the order in which the inner loop reads them.
//
// A unit is 32 bits: one float, or two neighbouring bfloat16 of the dimension that is summed over. The
// right operand lies in panels of PANEL columns: [columns / PANEL][units][PANEL], padded with zeros. The
// left operand has any stride between its rows and between its units (in tiles: its units side by side). Sums
// run over units from first to last, whatever the blocking: results do not depend on it.
#pragma once

#include "tiles.h"
#include "vector.h"

namespace LYCEUM_ISA {

constexpr int PANEL = 2 * LANES;

struct Single {
  using elem = float;
  static constexpr int PAIR = 1;
  static vf dot(vf sum, vf a, vf b) { return fma(a, b, sum); }
  static vf load(const elem* p) { return LYCEUM_ISA::load(p); }
  static void store(elem* p, vf v) { LYCEUM_ISA::store(p, v); }
  static elem narrow(float x) { return x; }
  static float widen(elem x) { return x; }
};

struct Half {
  using elem = uint16_t;
  static constexpr int PAIR = 2;
  static vf dot(vf sum, vf a, vf b) { return dotPairs(sum, a, b); }
  static vf load(const elem* p) { return loadHalf(p); }
  static void store(elem* p, vf v) { storeHalf(p, v); }
  static elem narrow(float x) { return half(x); }
  static float widen(elem x) { return single(x); }
};

inline long up(long n, long to) { return (n + to - 1) / to * to; }
inline long panels(long columns) { return (columns + PANEL - 1) / PANEL; }

template <class E>
const uint32_t* units(const E* p) {
  return reinterpret_cast<const uint32_t*>(p);
}
template <class E>
uint32_t* units(E* p) {
  return reinterpret_cast<uint32_t*>(p);
}

// Where a product goes. Each has: start (what the sums begin with) and put.

struct ToFloat {
  using stored = void;
  float* c;
  long stride;
  bool adds;
  float* at(int row, int column) const { return c + row * stride + column; }
  const float* base(int row, int column) const { return adds ? at(row, column) : nullptr; }
};

template <class Out>
inline void start(const Out& out, int row, int column, int n, vf* v) {
  if (!out.adds) {
    v[0] = zero();
    v[1] = zero();
    return;
  }
  const float* c = out.at(row, column);
  if (n == PANEL) {
    v[0] = load(c);
    v[1] = load(c + LANES);
    return;
  }
  alignas(64) float x[PANEL] = {};
  for (int i = 0; i < n; i++) x[i] = c[i];
  v[0] = load(x);
  v[1] = load(x + LANES);
}

template <class Out>
inline void put(const Out& out, int row, int column, int n, const vf* v) {
  float* c = out.at(row, column);
  if (n == PANEL) {
    store(c, v[0]);
    store(c + LANES, v[1]);
    return;
  }
  alignas(64) float x[PANEL];
  store(x, v[0]);
  store(x + LANES, v[1]);
  for (int i = 0; i < n; i++) c[i] = x[i];
}

// base + product.
struct ToSum {
  using stored = void;
  float* c;
  const float* from;
  long stride;
  float* at(int row, int column) const { return c + row * stride + column; }
  const float* base(int row, int column) const { return from + row * stride + column; }
};

inline void start(const ToSum&, int, int, int, vf* v) {
  v[0] = zero();
  v[1] = zero();
}

inline void put(const ToSum& out, int row, int column, int n, const vf* v) {
  float* c = out.c + row * out.stride + column;
  const float* base = out.base(row, column);
  if (n == PANEL) {
    store(c, add(load(base), v[0]));
    store(c + LANES, add(load(base + LANES), v[1]));
    return;
  }
  alignas(64) float x[PANEL];
  store(x, v[0]);
  store(x + LANES, v[1]);
  for (int i = 0; i < n; i++) c[i] = base[i] + x[i];
}

// In the operands' precision, each row times its scale where there is one.
template <class P>
struct ToElements {
  typename P::elem* c;
  long stride;
  const float* scale;
};

template <class P>
inline void start(const ToElements<P>&, int, int, int, vf* v) {
  v[0] = zero();
  v[1] = zero();
}

template <class P>
inline void put(const ToElements<P>& out, int row, int column, int n, const vf* v) {
  typename P::elem* c = out.c + row * out.stride + column;
  vf a = v[0], b = v[1];
  if (out.scale) {
    vf s = set(out.scale[row]);
    a = mul(a, s);
    b = mul(b, s);
  }
  if (n == PANEL) {
    P::store(c, a);
    P::store(c + LANES, b);
    return;
  }
  alignas(64) float x[PANEL];
  store(x, a);
  store(x + LANES, b);
  for (int i = 0; i < n; i++) c[i] = P::narrow(x[i]);
}

template <class P, int ROWS, class Out>
__attribute__((noinline)) void strip(const uint32_t* a, long rowStride, long unitStride, const uint32_t* b, long count,
                                     const Out& out, int row, int column, int n) {
  vf sums[ROWS][2];
#pragma GCC unroll 12
  for (int i = 0; i < ROWS; i++) start(out, row + i, column, n, sums[i]);
  for (long k = 0; k < count; k++) {
    vf b0 = loadUnits(b), b1 = loadUnits(b + LANES);
    b += PANEL;
#pragma GCC unroll 12
    for (int i = 0; i < ROWS; i++) {
      vf x = broadcast(a + i * rowStride);
      sums[i][0] = P::dot(sums[i][0], x, b0);
      sums[i][1] = P::dot(sums[i][1], x, b1);
    }
    a += unitStride;
  }
#pragma GCC unroll 12
  for (int i = 0; i < ROWS; i++) put(out, row + i, column, n, sums[i]);
}

template <class P, class Out>
inline void strips(int size, const uint32_t* a, long rowStride, long unitStride, const uint32_t* b, long count,
                   const Out& out, int row, int column, int n) {
  switch (size) {
#define LYCEUM_STRIP(ROWS) \
  case ROWS:               \
    return strip<P, ROWS>(a, rowStride, unitStride, b, count, out, row, column, n);
    LYCEUM_STRIP(1)
    LYCEUM_STRIP(2)
    LYCEUM_STRIP(3)
    LYCEUM_STRIP(4)
    LYCEUM_STRIP(5)
    LYCEUM_STRIP(6)
#if defined(__AVX512F__)
    LYCEUM_STRIP(7)
    LYCEUM_STRIP(8)
    LYCEUM_STRIP(9)
    LYCEUM_STRIP(10)
    LYCEUM_STRIP(11)
    LYCEUM_STRIP(12)
#endif
#undef LYCEUM_STRIP
    default:
      __builtin_unreachable();
  }
}

// out[rows, columns] = a[rows, count units] b[count units, columns].
// panelStride: units from a panel of b to the next.
template <class P, class Out>
void product(const uint32_t* a, long rowStride, long unitStride, int rows, const uint32_t* b, long panelStride,
             long count, int columns, const Out& out) {
  if (rows == 0) return;
  if constexpr (TILED) {
    tileProduct(a, rowStride, rows, b, PANEL, panelStride, count, columns, out);
  } else {
    int parts = (rows + MAX_ROWS - 1) / MAX_ROWS;
    int size = rows / parts, longer = rows % parts;
    for (int column = 0; column < columns; column += PANEL, b += panelStride) {
      int n = columns - column < PANEL ? columns - column : PANEL;
      for (int part = 0, row = 0; part < parts; part++) {
        int now = size + (part < longer ? 1 : 0);
        strips<P>(now, a + row * rowStride, rowStride, unitStride, b, count, out, row, column, n);
        row += now;
      }
    }
  }
}

// Rows become units: source[rows, columns] into panels of its columns, summed over rows. Writes the
// units of these rows only; panelStride is that of the whole. rows is a multiple of PAIR, or the last.
template <class P>
void packRows(const typename P::elem* source, long stride, int rows, int columns, uint32_t* target,
              long panelStride) {
  using E = typename P::elem;
  for (int r = 0; r < rows; r += P::PAIR, source += P::PAIR * stride, target += PANEL) {
    uint32_t* t = target;
    for (int c = 0; c < columns; c += PANEL, t += panelStride) {
      if constexpr (P::PAIR == 1) {
        if (c + PANEL <= columns) {
          store(reinterpret_cast<float*>(t), load(source + c));
          store(reinterpret_cast<float*>(t) + LANES, load(source + c + LANES));
        } else {
          float* f = reinterpret_cast<float*>(t);
          for (int i = 0; i < PANEL; i++) f[i] = c + i < columns ? source[c + i] : 0.0f;
        }
      } else {
        const E* second = r + 1 < rows ? source + stride : nullptr;
        if (second && c + PANEL <= columns) {
          interleave(t, source + c, second + c);
          interleave(t + LANES, source + c + LANES, second + c + LANES);
        } else {
          for (int i = 0; i < PANEL; i++) {
            uint32_t low = c + i < columns ? source[c + i] : 0;
            uint32_t high = second && c + i < columns ? second[c + i] : 0;
            t[i] = low | high << 16;
          }
        }
      }
    }
  }
}

#if defined(__AVX512F__)
inline void transpose(const uint32_t* source, long stride, uint32_t* target, long targetStride) {
  __m512i r[16], t[16];
#pragma GCC unroll 16
  for (int i = 0; i < 16; i++) r[i] = _mm512_loadu_si512(source + i * stride);
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) {
    t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
    r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    _mm512_storeu_si512(target + i * targetStride, _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88));
    _mm512_storeu_si512(target + (i + 4) * targetStride, _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88));
    _mm512_storeu_si512(target + (i + 8) * targetStride, _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd));
    _mm512_storeu_si512(target + (i + 12) * targetStride, _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd));
  }
}
#else
inline void transpose(const uint32_t* source, long stride, uint32_t* target, long targetStride) {
  for (int i = 0; i < LANES; i++) {
    for (int j = 0; j < LANES; j++) target[j * targetStride + i] = source[i * stride + j];
  }
}
#endif

#if defined(__AMX_BF16__)
// Columns become rows: source[rows, columns] into rows of units, one for each column, that are targetStride
// apart; zeros from the last row to a whole tile.
inline void packTransposed(const uint16_t* source, long stride, int rows, int columns, uint32_t* target,
                           long targetStride) {
  alignas(64) uint32_t tile[SIDE * SIDE];
  for (int first = 0; first < rows; first += 2 * SIDE, source += 2 * SIDE * stride, target += SIDE) {
    for (int column = 0; column < columns; column += SIDE) {
      const uint16_t* from = source + column;
      int here = rows - first < 2 * SIDE ? rows - first : 2 * SIDE, n = columns - column < SIDE ? columns - column : SIDE;
      if (here == 2 * SIDE && n == SIDE) {
        for (int pair = 0; pair < SIDE; pair++) {
          interleave(tile + pair * SIDE, from + 2 * pair * stride, from + (2 * pair + 1) * stride);
        }
      } else {
        auto at = [&](int row, int c) -> uint32_t { return row < here && c < n ? from[row * stride + c] : 0; };
        for (int pair = 0; pair < SIDE; pair++) {
          for (int c = 0; c < SIDE; c++) tile[pair * SIDE + c] = at(2 * pair, c) | at(2 * pair + 1, c) << 16;
        }
      }
      transpose(tile, SIDE, target + column * targetStride, targetStride);
    }
  }
}
#endif

// Rows become columns: source[rows, count units] into panels of PANEL rows, summed over units.
template <class E>
void packColumns(const E* source, long stride, int rows, long count, uint32_t* target) {
  const uint32_t* s = units(source);
  long pair = sizeof(uint32_t) / sizeof(E);
  stride /= pair;
  for (int row = 0; row < rows; row += PANEL, target += count * PANEL) {
    for (int part = 0; part < PANEL; part += LANES) {
      int here = rows - row - part;
      long k = 0;
      if (here >= LANES) {
        for (; k + LANES <= count; k += LANES) {
          transpose(s + (row + part) * stride + k, stride, target + k * PANEL + part, PANEL);
        }
      }
      for (; k < count; k++) {
        for (int j = 0; j < LANES; j++) {
          target[k * PANEL + part + j] = j < here ? s[(row + part + j) * stride + k] : 0;
        }
      }
    }
  }
}

}  // namespace LYCEUM_ISA
