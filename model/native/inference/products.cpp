// Products of rows of activations with weights in bfloat16 or in 8 bits, in the tiles of AMX; the inference
// engine calls them without TensorFlow. PackedMatrix.java says how weights lie, Kernels.java in which order
// every implementation adds up. That order is the one of the instruction TDPBF16PS: of 32 inputs those at even
// places and those at odd ones each from first to last, then both together, then onto the sum of those before.
//
// Activations are floats that bfloat16 can hold. A product of two such numbers is exact in 32 bits, so whether it
// is fused with its addition makes no difference.
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

constexpr long PANEL = 64;  // outputs
constexpr long BLOCK = 32;  // inputs of a tile
constexpr long GROUP = 64;  // inputs that share a scale
constexpr long SIDE = 16;   // rows of a tile, and 32-bit units of its rows
constexpr long CHUNK = 2 * SIDE;

// Memory of one thread, kept from call to call.
class Scratch {
 public:
  ~Scratch() { std::free(memory_); }

  void* of(size_t bytes) {
    if (bytes > size_) {
      std::free(memory_);
      size_ = (bytes + 4095) / 4096 * 4096;
      memory_ = std::aligned_alloc(64, size_);
      if (!memory_) std::abort();
    }
    return memory_;
  }

 private:
  void* memory_ = nullptr;
  size_t size_ = 0;
};

thread_local Scratch activations, unpacked;

#define TILE_LOAD(tile, from, stride) \
  asm volatile("tileloadd (%0,%1,1), %%tmm" #tile ::"r"(from), "r"(static_cast<long>(stride)) : "memory")
#define TILE_STORE(tile, to, stride) \
  asm volatile("tilestored %%tmm" #tile ", (%0,%1,1)" ::"r"(to), "r"(static_cast<long>(stride)) : "memory")
#define TILE_ZERO(tile) asm volatile("tilezero %%tmm" #tile ::)
#define TILE_DOT(sums, a, b) asm volatile("tdpbf16ps %%tmm" #b ", %%tmm" #a ", %%tmm" #sums ::)

constexpr long UNIT = 4;  // bytes

// Tiles 0 to 3 hold sums, 4 and 5 activations, the others weights. Up to 16 rows: 0 to 3 are 64 outputs of the
// same rows. More: 0 and 1 are 32 outputs of the first 16 rows, 2 and 3 of the others.
void configure(long rows) {
  alignas(64) struct {
    uint8_t palette = 1, startRow = 0, reserved[14] = {};
    uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } config;
  uint8_t first = static_cast<uint8_t>(rows < SIDE ? rows : SIDE);
  config.rows[0] = config.rows[1] = config.rows[4] = first;
  if (rows <= SIDE) {
    config.rows[2] = config.rows[3] = first;
    config.rows[5] = SIDE;
  } else {
    config.rows[2] = config.rows[3] = config.rows[5] = static_cast<uint8_t>(rows - SIDE);
  }
  asm volatile("ldtilecfg %0" ::"m"(config));
}

// Rows as bfloat16, tile by tile: of each 32 rows the tiles of the first 16 and of the others, block after block.
const uint16_t* packed(const float* x, long stride, long in, long rows) {
  long blocks = (in + BLOCK - 1) / BLOCK;
  long chunks = (rows + CHUNK - 1) / CHUNK;
  auto* to = static_cast<uint16_t*>(activations.of(chunks * blocks * CHUNK * BLOCK * sizeof(uint16_t)));
  for (long r = 0; r < rows; r++) {
    uint16_t* row = to + (r / CHUNK * blocks * CHUNK + r % CHUNK) * BLOCK;
    const float* from = x + r * stride;
    for (long i = 0; i < blocks * BLOCK; i += BLOCK, row += CHUNK * BLOCK) {
      long here = in - i < BLOCK ? in - i : BLOCK;
      __mmask16 low = static_cast<__mmask16>(here >= SIDE ? 0xFFFF : (1u << here) - 1);
      __mmask16 high = static_cast<__mmask16>(here <= SIDE ? 0 : (1ull << (here - SIDE)) - 1);
      __m512 a = _mm512_maskz_loadu_ps(low, from + i);
      __m512 b = high ? _mm512_maskz_loadu_ps(high, from + i + SIDE) : _mm512_setzero_ps();
      _mm512_store_si512(row, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(b, a)));
    }
  }
  return to;
}

// The row itself, with zeros after it up to a whole block.
const float* padded(const float* x, long in) {
  if (in % BLOCK == 0) return x;
  long all = (in + BLOCK - 1) / BLOCK * BLOCK;
  auto* to = static_cast<float*>(activations.of(all * sizeof(float)));
  std::memcpy(to, x, in * sizeof(float));
  std::memset(to + in, 0, (all - in) * sizeof(float));
  return to;
}

// Adds the products of a block to sums of 64 outputs for up to 16 rows.
inline void fewRows(const uint16_t* a, const uint32_t* b) {
  constexpr long STRIDE = PANEL * UNIT;
  TILE_LOAD(4, a, BLOCK * sizeof(uint16_t));
  TILE_LOAD(5, b, STRIDE);
  TILE_LOAD(6, b + SIDE, STRIDE);
  TILE_DOT(0, 4, 5);
  TILE_LOAD(7, b + 2 * SIDE, STRIDE);
  TILE_DOT(1, 4, 6);
  TILE_LOAD(5, b + 3 * SIDE, STRIDE);
  TILE_DOT(2, 4, 7);
  TILE_DOT(3, 4, 5);
}

// Adds the products of a block to sums of 32 outputs for 17 to 32 rows.
inline void manyRows(const uint16_t* a, const uint32_t* b) {
  constexpr long STRIDE = PANEL * UNIT;
  TILE_LOAD(4, a, BLOCK * sizeof(uint16_t));
  TILE_LOAD(6, b, STRIDE);
  TILE_DOT(0, 4, 6);
  TILE_LOAD(7, b + SIDE, STRIDE);
  TILE_DOT(1, 4, 7);
  TILE_LOAD(5, a + SIDE * BLOCK, BLOCK * sizeof(uint16_t));
  TILE_DOT(2, 5, 6);
  TILE_DOT(3, 5, 7);
}

inline void zeroSums() {
  TILE_ZERO(0);
  TILE_ZERO(1);
  TILE_ZERO(2);
  TILE_ZERO(3);
}

inline void storeSums(bool few, float* to, long stride) {
  TILE_STORE(0, to, stride * UNIT);
  TILE_STORE(1, to + SIDE, stride * UNIT);
  if (few) {
    TILE_STORE(2, to + 2 * SIDE, stride * UNIT);
    TILE_STORE(3, to + 3 * SIDE, stride * UNIT);
  } else {
    TILE_STORE(2, to + SIDE * stride, stride * UNIT);
    TILE_STORE(3, to + SIDE * stride + SIDE, stride * UNIT);
  }
}

// Two weights in 8 bits, which begin at the given bits of each unit, as a pair of bfloat16.
template <int BIT>
inline __m512i pair(__m512i bytes) {
  __m512 even = _mm512_cvtepi32_ps(_mm512_srai_epi32(_mm512_slli_epi32(bytes, 24 - BIT), 24));
  __m512 odd = _mm512_cvtepi32_ps(_mm512_srai_epi32(_mm512_slli_epi32(bytes, 16 - BIT), 24));
  // Whole numbers up to 127 have nothing in the lower half.
  return _mm512_or_si512(_mm512_srli_epi32(_mm512_castps_si512(even), 16), _mm512_castps_si512(odd));
}

// A panel of weights in 8 bits as bfloat16 whole numbers.
const uint32_t* unpack(const uint32_t* words, long blocks) {
  auto* to = static_cast<uint32_t*>(unpacked.of(blocks * BLOCK / 2 * PANEL * UNIT));
  for (long k = 0; k < blocks * BLOCK / 4; k++) {
    for (long o = 0; o < PANEL; o += SIDE) {
      __m512i bytes = _mm512_loadu_si512(words + k * PANEL + o);
      _mm512_store_si512(to + 2 * k * PANEL + o, pair<0>(bytes));
      _mm512_store_si512(to + (2 * k + 1) * PANEL + o, pair<16>(bytes));
    }
  }
  return to;
}

inline __m512 even(__m512i pairs) { return _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16)); }

inline __m512 odd(__m512i pairs) {
  return _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32(static_cast<int>(0xFFFF0000))));
}

template <int BIT>
inline __m512 whole(__m512i bytes) {
  return _mm512_cvtepi32_ps(_mm512_srai_epi32(_mm512_slli_epi32(bytes, 24 - BIT), 24));
}

// A block for one row, on vectors: the sums of even and odd places together.
inline void oneRow(const uint32_t* b, const float* x, __m512 sums[4]) {
  __m512 e[4] = {}, o[4] = {};
  for (long k = 0; k < BLOCK; k += 2, b += PANEL) {
    __m512 xe = _mm512_set1_ps(x[k]), xo = _mm512_set1_ps(x[k + 1]);
    for (int v = 0; v < 4; v++) {
      __m512i w = _mm512_loadu_si512(b + v * SIDE);
      e[v] = _mm512_fmadd_ps(even(w), xe, e[v]);
      o[v] = _mm512_fmadd_ps(odd(w), xo, o[v]);
    }
  }
  for (int v = 0; v < 4; v++) sums[v] = _mm512_add_ps(sums[v], _mm512_add_ps(e[v], o[v]));
}

inline void oneRowOfBytes(const uint32_t* b, const float* x, __m512 sums[4]) {
  __m512 e[4] = {}, o[4] = {};
  for (long k = 0; k < BLOCK; k += 4, b += PANEL) {
    __m512 x0 = _mm512_set1_ps(x[k]), x1 = _mm512_set1_ps(x[k + 1]), x2 = _mm512_set1_ps(x[k + 2]),
           x3 = _mm512_set1_ps(x[k + 3]);
    for (int v = 0; v < 4; v++) {
      __m512i w = _mm512_loadu_si512(b + v * SIDE);
      e[v] = _mm512_fmadd_ps(whole<0>(w), x0, e[v]);
      o[v] = _mm512_fmadd_ps(whole<8>(w), x1, o[v]);
      e[v] = _mm512_fmadd_ps(whole<16>(w), x2, e[v]);
      o[v] = _mm512_fmadd_ps(whole<24>(w), x3, o[v]);
    }
  }
  for (int v = 0; v < 4; v++) sums[v] = _mm512_add_ps(sums[v], _mm512_add_ps(e[v], o[v]));
}

void bf16(const uint32_t* words, long from, long to, const float* x, long xStride, long in, long rows, float* y,
          long yStride) {
  long blocks = (in + BLOCK - 1) / BLOCK;
  long panelWords = blocks * BLOCK / 2 * PANEL;
  if (rows == 1) {
    const float* row = padded(x, in);
    for (long panel = from; panel < to; panel++) {
      __m512 sums[4] = {};
      for (long k = 0; k < blocks; k++) {
        oneRow(words + panel * panelWords + k * BLOCK / 2 * PANEL, row + k * BLOCK, sums);
      }
      for (int v = 0; v < 4; v++) _mm512_storeu_ps(y + panel * PANEL + v * SIDE, sums[v]);
    }
    return;
  }
  const uint16_t* a = packed(x, xStride, in, rows);
  long configured = 0;
  for (long panel = from; panel < to; panel++) {
    const uint32_t* w = words + panel * panelWords;
    for (long r = 0; r < rows; r += CHUNK) {
      long here = rows - r < CHUNK ? rows - r : CHUNK;
      if (here != configured) configure(configured = here);
      bool few = here <= SIDE;
      const uint16_t* left = a + r * blocks * BLOCK;
      for (long o = 0; o < PANEL; o += few ? PANEL : 2 * SIDE) {
        zeroSums();
        for (long k = 0; k < blocks; k++) {
          const uint32_t* right = w + k * BLOCK / 2 * PANEL + o;
          if (few) {
            fewRows(left + k * CHUNK * BLOCK, right);
          } else {
            manyRows(left + k * CHUNK * BLOCK, right);
          }
        }
        storeSums(few, y + r * yStride + panel * PANEL + o, yStride);
      }
    }
  }
  asm volatile("tilerelease");
}

// Adds a group's sums, scaled, to the results.
inline void addScaled(const float* sums, long columns, const float* scales, long rows, float* y, long yStride,
                      bool first) {
  for (long c = 0; c < columns; c += SIDE) {
    __m512 scale = _mm512_loadu_ps(scales + c);
    for (long r = 0; r < rows; r++) {
      float* to = y + r * yStride + c;
      __m512 before = first ? _mm512_setzero_ps() : _mm512_loadu_ps(to);
      _mm512_storeu_ps(to, _mm512_fmadd_ps(_mm512_load_ps(sums + r * columns + c), scale, before));
    }
  }
}

void int8(const uint32_t* words, const float* scales, long from, long to, const float* x, long xStride, long in,
          long rows, float* y, long yStride) {
  constexpr long EACH = GROUP / BLOCK;
  long blocks = (in + BLOCK - 1) / BLOCK;
  long groups = (in + GROUP - 1) / GROUP;
  long panelWords = blocks * BLOCK / 4 * PANEL;
  if (rows == 1) {
    const float* row = padded(x, in);
    for (long panel = from; panel < to; panel++) {
      __m512 sums[4] = {};
      for (long g = 0; g < groups; g++) {
        __m512 group[4] = {};
        for (long k = g * EACH; k < blocks && k < (g + 1) * EACH; k++) {
          oneRowOfBytes(words + panel * panelWords + k * BLOCK / 4 * PANEL, row + k * BLOCK, group);
        }
        const float* s = scales + (panel * groups + g) * PANEL;
        for (int v = 0; v < 4; v++) sums[v] = _mm512_fmadd_ps(group[v], _mm512_loadu_ps(s + v * SIDE), sums[v]);
      }
      for (int v = 0; v < 4; v++) _mm512_storeu_ps(y + panel * PANEL + v * SIDE, sums[v]);
    }
    return;
  }
  const uint16_t* a = packed(x, xStride, in, rows);
  alignas(64) float sums[CHUNK * 2 * SIDE];
  long configured = 0;
  for (long panel = from; panel < to; panel++) {
    const uint32_t* w = unpack(words + panel * panelWords, blocks);
    for (long r = 0; r < rows; r += CHUNK) {
      long here = rows - r < CHUNK ? rows - r : CHUNK;
      if (here != configured) configure(configured = here);
      bool few = here <= SIDE;
      long columns = few ? PANEL : 2 * SIDE;
      const uint16_t* left = a + r * blocks * BLOCK;
      for (long o = 0; o < PANEL; o += columns) {
        for (long g = 0; g < groups; g++) {
          zeroSums();
          for (long k = g * EACH; k < blocks && k < (g + 1) * EACH; k++) {
            const uint32_t* right = w + k * BLOCK / 2 * PANEL + o;
            if (few) {
              fewRows(left + k * CHUNK * BLOCK, right);
            } else {
              manyRows(left + k * CHUNK * BLOCK, right);
            }
          }
          storeSums(few, sums, columns);
          addScaled(sums, columns, scales + (panel * groups + g) * PANEL + o, here,
                    y + r * yStride + panel * PANEL + o, yStride, g == 0);
        }
      }
    }
  }
  asm volatile("tilerelease");
}

}  // namespace

extern "C" {

// Whether this processor has what the others need, and Linux lets this process use tiles.
__attribute__((visibility("default"), target("arch=x86-64"))) bool lyceum_products_available() {
  __builtin_cpu_init();
  constexpr long REQUEST_PERMISSION = 0x1023, TILE_DATA = 18;
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("amx-tile") &&
         __builtin_cpu_supports("amx-bf16") && syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}

// y[rows, 64 (to - from)] = x[rows, in] w: panels from to to, written where they belong.
__attribute__((visibility("default"))) void lyceum_products_bf16(const uint32_t* words, long from, long to,
                                                                const float* x, long xStride, long in, long rows,
                                                                float* y, long yStride) {
  bf16(words, from, to, x, xStride, in, rows, y, yStride);
}

__attribute__((visibility("default"))) void lyceum_products_int8(const uint32_t* words, const float* scales, long from,
                                                                long to, const float* x, long xStride, long in,
                                                                long rows, float* y, long yStride) {
  int8(words, scales, from, to, x, xStride, in, rows, y, yStride);
}
}
