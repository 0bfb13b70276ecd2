// Vectors of 32-bit lanes: 16 of them with AVX-512, 8 with AVX2. Everything here is compiled once for
// each instruction set, in a namespace of its own.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

namespace LYCEUM_ISA {

#if defined(__AVX512F__)

constexpr int LANES = 16;
constexpr int MAX_ROWS = 12;
using vf = __m512;

inline vf load(const float* p) { return _mm512_loadu_ps(p); }
inline void store(float* p, vf v) { _mm512_storeu_ps(p, v); }
inline vf set(float x) { return _mm512_set1_ps(x); }
inline vf zero() { return _mm512_setzero_ps(); }
inline vf add(vf a, vf b) { return _mm512_add_ps(a, b); }
inline vf sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
inline vf mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
inline vf div(vf a, vf b) { return _mm512_div_ps(a, b); }
inline vf fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
inline vf max(vf a, vf b) { return _mm512_max_ps(a, b); }
inline vf min(vf a, vf b) { return _mm512_min_ps(a, b); }
inline vf sqrt(vf a) { return _mm512_sqrt_ps(a); }
inline vf round(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
inline vf broadcast(const uint32_t* unit) { return _mm512_castsi512_ps(_mm512_set1_epi32(static_cast<int>(*unit))); }
inline vf loadUnits(const uint32_t* p) { return _mm512_loadu_ps(reinterpret_cast<const float*>(p)); }
inline void storeUnits(uint32_t* p, __m512i v) { _mm512_storeu_si512(p, v); }

// 2^n for whole n within the range of normal numbers.
inline vf powerOfTwo(vf n) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127)), 23));
}

inline vf loadHalf(const uint16_t* p) {
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))), 16));
}

inline __m512i halves(vf v) {
#if defined(__AVX512BF16__)
  return _mm512_cvtepu16_epi32(reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(v)));
#else
  __m512i x = _mm512_castps_si512(v);
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(x, 16), _mm512_set1_epi32(1));
  return _mm512_srli_epi32(_mm512_add_epi32(_mm512_add_epi32(x, _mm512_set1_epi32(0x7fff)), odd), 16);
#endif
}

inline void storeHalf(uint16_t* p, vf v) {
#if defined(__AVX512BF16__)
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(v)));
#else
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(halves(v)));
#endif
}

// Lane by lane: first in the low half, second in the high half.
inline void storePairs(uint32_t* p, vf first, vf second) {
  storeUnits(p, _mm512_or_si512(halves(first), _mm512_slli_epi32(halves(second), 16)));
}

inline void interleave(uint32_t* p, const uint16_t* first, const uint16_t* second) {
  __m512i low = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(first)));
  __m512i high = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(second)));
  storeUnits(p, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
}

inline vf dotPairs(vf sum, vf a, vf b) {
#if defined(__AVX512BF16__)
  return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
#else
  const __m512i high = _mm512_set1_epi32(static_cast<int>(0xffff0000u));
  __m512i x = _mm512_castps_si512(a), y = _mm512_castps_si512(b);
  sum = fma(_mm512_castsi512_ps(_mm512_slli_epi32(x, 16)), _mm512_castsi512_ps(_mm512_slli_epi32(y, 16)), sum);
  return fma(_mm512_castsi512_ps(_mm512_and_si512(x, high)), _mm512_castsi512_ps(_mm512_and_si512(y, high)), sum);
#endif
}

#else

constexpr int LANES = 8;
constexpr int MAX_ROWS = 6;
using vf = __m256;

inline vf load(const float* p) { return _mm256_loadu_ps(p); }
inline void store(float* p, vf v) { _mm256_storeu_ps(p, v); }
inline vf set(float x) { return _mm256_set1_ps(x); }
inline vf zero() { return _mm256_setzero_ps(); }
inline vf add(vf a, vf b) { return _mm256_add_ps(a, b); }
inline vf sub(vf a, vf b) { return _mm256_sub_ps(a, b); }
inline vf mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
inline vf div(vf a, vf b) { return _mm256_div_ps(a, b); }
inline vf fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
inline vf max(vf a, vf b) { return _mm256_max_ps(a, b); }
inline vf min(vf a, vf b) { return _mm256_min_ps(a, b); }
inline vf sqrt(vf a) { return _mm256_sqrt_ps(a); }
inline vf round(vf a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
inline vf broadcast(const uint32_t* unit) { return _mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int>(*unit))); }
inline vf loadUnits(const uint32_t* p) { return _mm256_loadu_ps(reinterpret_cast<const float*>(p)); }
inline void storeUnits(uint32_t* p, __m256i v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }

inline vf powerOfTwo(vf n) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23));
}

inline vf loadHalf(const uint16_t* p) {
  return _mm256_castsi256_ps(
      _mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))), 16));
}

inline __m256i halves(vf v) {
  __m256i x = _mm256_castps_si256(v);
  __m256i odd = _mm256_and_si256(_mm256_srli_epi32(x, 16), _mm256_set1_epi32(1));
  return _mm256_srli_epi32(_mm256_add_epi32(_mm256_add_epi32(x, _mm256_set1_epi32(0x7fff)), odd), 16);
}

inline void storeHalf(uint16_t* p, vf v) {
  __m256i h = halves(v);
  __m128i packed = _mm_packus_epi32(_mm256_castsi256_si128(h), _mm256_extracti128_si256(h, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), packed);
}

inline void storePairs(uint32_t* p, vf first, vf second) {
  storeUnits(p, _mm256_or_si256(halves(first), _mm256_slli_epi32(halves(second), 16)));
}

inline void interleave(uint32_t* p, const uint16_t* first, const uint16_t* second) {
  __m256i low = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(first)));
  __m256i high = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(second)));
  storeUnits(p, _mm256_or_si256(low, _mm256_slli_epi32(high, 16)));
}

inline vf dotPairs(vf sum, vf a, vf b) {
  const __m256i high = _mm256_set1_epi32(static_cast<int>(0xffff0000u));
  __m256i x = _mm256_castps_si256(a), y = _mm256_castps_si256(b);
  sum = fma(_mm256_castsi256_ps(_mm256_slli_epi32(x, 16)), _mm256_castsi256_ps(_mm256_slli_epi32(y, 16)), sum);
  return fma(_mm256_castsi256_ps(_mm256_and_si256(x, high)), _mm256_castsi256_ps(_mm256_and_si256(y, high)), sum);
}

#endif

inline float sum(vf v) {
  alignas(64) float x[LANES];
  store(x, v);
  for (int half = LANES / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) x[i] += x[i + half];
  }
  return x[0];
}

inline float largest(vf v) {
  alignas(64) float x[LANES];
  store(x, v);
  float m = x[0];
  for (int i = 1; i < LANES; i++) m = x[i] > m ? x[i] : m;
  return m;
}

// e^x: 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2] (Cephes expf); relative error below 2e-7,
// inputs below -87 give 2^-126 or so and not a denormal.
inline vf exp(vf x) {
  x = min(max(x, set(-87.0f)), set(88.0f));
  vf n = round(mul(x, set(1.44269504088896341f)));
  vf r = fma(n, set(-0.693359375f), x);
  r = fma(n, set(2.12194440e-4f), r);
  vf p = set(1.9875691500e-4f);
  p = fma(p, r, set(1.3981999507e-3f));
  p = fma(p, r, set(8.3334519073e-3f));
  p = fma(p, r, set(4.1665795894e-2f));
  p = fma(p, r, set(1.6666665459e-1f));
  p = fma(p, r, set(5.0000001201e-1f));
  p = add(fma(mul(r, r), p, r), set(1.0f));
  return mul(p, powerOfTwo(n));
}

inline uint16_t half(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  bits += 0x7fff + ((bits >> 16) & 1);
  return static_cast<uint16_t>(bits >> 16);
}

inline float single(uint16_t h) {
  uint32_t bits = static_cast<uint32_t>(h) << 16;
  float x;
  std::memcpy(&x, &bits, 4);
  return x;
}

}  // namespace LYCEUM_ISA
