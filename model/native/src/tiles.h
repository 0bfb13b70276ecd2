// Products of bfloat16 pairs in the tiles of AMX: 16 × 16 sums from 16 rows of 16 units each. Where the
// instruction set has no tiles this leaves TILED false and nothing else.
//
// Operands lie as in products.h, the left one with its units side by side. A block of 32 × 32 sums stays in
// four tiles while its units go by, so sums run over units from first to last here too. The instruction takes
// denormals as zeros and rounds to nearest whatever the control register says.
#pragma once

#include "vector.h"

namespace LYCEUM_ISA {

#if defined(__AMX_BF16__)

constexpr bool TILED = true;
// Rows of a tile, and units or sums of a row.
constexpr int SIDE = 16;
// Rows of a block.
constexpr int BLOCK_ROWS = 2 * SIDE;

// Tiles hold something only between construction and destruction, of one thread.
class Tiles {
 public:
  Tiles() {
    // Palette 1; eight tiles of 16 rows of 64 bytes.
    alignas(64) struct {
      uint8_t palette = 1, startRow = 0, reserved[14] = {};
      uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } config;
    asm volatile("ldtilecfg %0" ::"m"(config));
  }
  ~Tiles() { asm volatile("tilerelease"); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;
};

// Of the compiler's own, some don't tell it that they read memory.
#define LYCEUM_TILE_LOAD(tile, from, stride) \
  asm volatile("tileloadd (%0,%1,1), %%tmm" #tile ::"r"(from), "r"(static_cast<long>(stride)) : "memory")
#define LYCEUM_TILE_STORE(tile, to, stride) \
  asm volatile("tilestored %%tmm" #tile ", (%0,%1,1)" ::"r"(to), "r"(static_cast<long>(stride)) : "memory")
#define LYCEUM_TILE_ZERO(tile) asm volatile("tilezero %%tmm" #tile ::)
#define LYCEUM_TILE_DOT(sums, a, b) asm volatile("tdpbf16ps %%tmm" #b ", %%tmm" #a ", %%tmm" #sums ::)

constexpr long UNIT = sizeof(uint32_t);

// The four sums of a block: from, and to, rows of 32 floats.
inline void zeroSums() {
  LYCEUM_TILE_ZERO(0);
  LYCEUM_TILE_ZERO(1);
  LYCEUM_TILE_ZERO(2);
  LYCEUM_TILE_ZERO(3);
}

inline void loadSums(const float* from, long stride) {
  LYCEUM_TILE_LOAD(0, from, stride * UNIT);
  LYCEUM_TILE_LOAD(1, from + SIDE, stride * UNIT);
  LYCEUM_TILE_LOAD(2, from + SIDE * stride, stride * UNIT);
  LYCEUM_TILE_LOAD(3, from + SIDE * stride + SIDE, stride * UNIT);
}

inline void storeSums(float* to, long stride) {
  LYCEUM_TILE_STORE(0, to, stride * UNIT);
  LYCEUM_TILE_STORE(1, to + SIDE, stride * UNIT);
  LYCEUM_TILE_STORE(2, to + SIDE * stride, stride * UNIT);
  LYCEUM_TILE_STORE(3, to + SIDE * stride + SIDE, stride * UNIT);
}

// Adds products of 16 units to the sums: 32 rows of the left operand, 32 columns of the right one.
inline void multiply(const uint32_t* a, long rowStride, const uint32_t* b, long unitStride) {
  LYCEUM_TILE_LOAD(4, a, rowStride * UNIT);
  LYCEUM_TILE_LOAD(6, b, unitStride * UNIT);
  LYCEUM_TILE_LOAD(7, b + SIDE, unitStride * UNIT);
  LYCEUM_TILE_DOT(0, 4, 6);
  LYCEUM_TILE_LOAD(5, a + SIDE * rowStride, rowStride * UNIT);
  LYCEUM_TILE_DOT(1, 4, 7);
  LYCEUM_TILE_DOT(2, 5, 6);
  LYCEUM_TILE_DOT(3, 5, 7);
}

// Memory that is fetched into the second cache while something else is computed: the processor does not foresee
// where the next panel lies.
class Ahead {
 public:
  void add(const uint32_t* from, long units) {
    if (count_ == MOST || units <= 0) return;
    ranges_[count_++] = {from, from + units};
    lines_ += (units + SIDE - 1) / SIDE;
  }

  // Lines for each of so many steps.
  int each(long steps) const { return static_cast<int>((lines_ + steps - 1) / steps); }

  void some(int lines) {
    for (; lines > 0 && at_ < count_; lines--) {
      Range& range = ranges_[at_];
      _mm_prefetch(reinterpret_cast<const char*>(range.from), _MM_HINT_T1);
      range.from += SIDE;
      if (range.from >= range.to) at_++;
    }
  }

 private:
  static constexpr int MOST = 8;
  struct Range {
    const uint32_t *from, *to;
  } ranges_[MOST];
  int count_ = 0, at_ = 0;
  long lines_ = 0;
};

// rows × units of source, each at most what target holds, with zeros after them.
inline void padded(const uint32_t* source, long stride, int rows, int units, uint32_t* target, int targetRows,
                   int targetUnits) {
  for (int r = 0; r < targetRows; r++, target += targetUnits) {
    for (int u = 0; u < targetUnits; u += SIDE) {
      int here = r < rows ? (units - u < 0 ? 0 : units - u < SIDE ? units - u : SIDE) : 0;
      __mmask16 mask = static_cast<__mmask16>((1u << here) - 1);
      const uint32_t* from = here ? source + r * stride + u : target;
      _mm512_store_si512(target + u, _mm512_maskz_loadu_epi32(mask, from));
    }
  }
}

// The same where some of the 32 rows or of the 16 units are not there.
inline void multiplyEdge(const uint32_t* a, long rowStride, int rows, const uint32_t* b, long unitStride, int units) {
  alignas(64) uint32_t left[BLOCK_ROWS * SIDE], right[SIDE * 2 * SIDE];
  padded(a, rowStride, rows, units, left, BLOCK_ROWS, SIDE);
  if (units < SIDE) {
    padded(b, unitStride, units, 2 * SIDE, right, SIDE, 2 * SIDE);
    b = right;
    unitStride = 2 * SIDE;
  }
  multiply(left, SIDE, b, unitStride);
}

// What follows a product on the sums of a block, a few rows at a time while the next block's sums are made.
template <class Out>
class Epilogue {
 public:
  explicit Epilogue(const Out& out) : out_(out) {}

  // Where the next block's sums go.
  float* sums() { return sums_[turn_]; }

  void begin(int row, int column, int rows, int columns) {
    done_ = sums_[turn_];
    turn_ ^= 1;
    row_ = row;
    column_ = column;
    rows_ = rows;
    columns_ = columns;
    next_ = 0;
  }

  void some(int rows) {
    int to = next_ + rows < rows_ ? next_ + rows : rows_;
    for (; next_ < to; next_++) {
      const float* from = done_ + next_ * 2 * SIDE;
      vf v[2] = {load(from), load(from + SIDE)};
      put(out_, row_ + next_, column_, columns_, v);
    }
  }

  void rest() { some(BLOCK_ROWS); }

 private:
  alignas(64) float sums_[2][BLOCK_ROWS * 2 * SIDE];
  const Out& out_;
  const float* done_ = nullptr;
  int turn_ = 0, row_ = 0, column_ = 0, rows_ = 0, columns_ = 0, next_ = 0;
};

// Whether sums of whole blocks need nothing but to be stored; then Out has base(row, column), null for zeros,
// at(row, column), and the stride of both.
template <class Out, class = void>
struct Stored {
  static constexpr bool value = false;
};
template <class Out>
struct Stored<Out, typename Out::stored> {
  static constexpr bool value = true;
};

// Rows of a block whose place is fetched at a time before the sums are stored there.
constexpr int EXPECTED = 4;

template <class Out>
inline void expect(const Out& out, int row, int column, int from) {
  for (int r = from; r < from + EXPECTED && r < BLOCK_ROWS; r++) {
    float* c = out.at(row + r, column);
    __builtin_prefetch(c, 1);
    __builtin_prefetch(c + SIDE, 1);
  }
}

// out[rows, columns] = a[rows, count units] b[count units, columns].
// unitStride: from a unit of b to the next of the same column; panelStride: from a panel to the next.
template <class Out>
void tileProduct(const uint32_t* a, long rowStride, int rows, const uint32_t* b, long unitStride, long panelStride,
                 long count, int columns, const Out& out) {
  Epilogue<Out> epilogue(out);
  long steps = (count + SIDE - 1) / SIDE;
  int each = static_cast<int>((BLOCK_ROWS + steps - 1) / steps);
  long whole = count / SIDE * SIDE;
  for (int column = 0; column < columns; column += 2 * SIDE, b += panelStride) {
    int n = columns - column < 2 * SIDE ? columns - column : 2 * SIDE;
    Ahead ahead;
    if (column + 2 * SIDE < columns && unitStride == 2 * SIDE) ahead.add(b + panelStride, count * 2 * SIDE);
    int lines = ahead.each(steps * ((rows + BLOCK_ROWS - 1) / BLOCK_ROWS));
    for (int row = 0; row < rows; row += BLOCK_ROWS) {
      int m = rows - row < BLOCK_ROWS ? rows - row : BLOCK_ROWS;
      const uint32_t* left = a + row * rowStride;
      bool stored = false;
      if constexpr (Stored<Out>::value) {
        stored = m == BLOCK_ROWS && n == 2 * SIDE;
        if (stored && out.base(row, column)) {
          loadSums(out.base(row, column), out.stride);
        } else if (stored || !out.base(row, column)) {
          zeroSums();
        } else {
          float* sums = epilogue.sums();
          for (int r = 0; r < BLOCK_ROWS; r++) {
            vf v[2] = {zero(), zero()};
            if (r < m) start(out, row + r, column, n, v);
            store(sums + r * 2 * SIDE, v[0]);
            store(sums + r * 2 * SIDE + SIDE, v[1]);
          }
          loadSums(sums, 2 * SIDE);
        }
      } else {
        zeroSums();
      }
      long k = 0;
      if (m == BLOCK_ROWS) {
        for (; k < whole; k += SIDE) {
          ahead.some(lines);
          if constexpr (Stored<Out>::value) {
            if (stored) expect(out, row, column, static_cast<int>(k / SIDE) * EXPECTED);
          }
          multiply(left + k, rowStride, b + k * unitStride, unitStride);
          epilogue.some(each);
        }
      }
      for (; k < count; k += SIDE) {
        int units = static_cast<int>(count - k < SIDE ? count - k : SIDE);
        multiplyEdge(left + k, rowStride, m, b + k * unitStride, unitStride, units);
        epilogue.some(each);
      }
      if constexpr (Stored<Out>::value) {
        if (stored) {
          storeSums(out.at(row, column), out.stride);
          continue;
        }
      }
      epilogue.rest();
      storeSums(epilogue.sums(), 2 * SIDE);
      epilogue.begin(row, column, m, n);
    }
  }
  epilogue.rest();
}

#else

constexpr bool TILED = false;
struct Tiles {
  Tiles() {}
};

#endif

}  // namespace LYCEUM_ISA
