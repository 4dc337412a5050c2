// One vector of floats of the instruction set that the including file is compiled for: Vec, kLanes and the few operations that
// the kernels need. Only *_isa.cc files include it; they are compiled once per instruction set with -DQUINTET_ISA=<name>, and
// everything here lives in the namespace of that name, so that no function built for one CPU can be linked into code for another.
#pragma once

#include <cstdint>
#include <immintrin.h>

#include "kernels/bfloat16.h"

#define QUINTET_INLINE static inline __attribute__((always_inline))
#define QUINTET_UNROLL _Pragma("GCC unroll 16")

namespace quintet::QUINTET_ISA {

// QUINTET_LANES lets the tests build the 16-lane code for a CPU with 8 lanes: the compiler then makes two of each operation.
#if defined(QUINTET_LANES)
constexpr int kLanes = QUINTET_LANES;
#elif defined(__AVX512F__)
constexpr int kLanes = 16;
#else
constexpr int kLanes = 8;
#endif

typedef float Vec __attribute__((vector_size(kLanes * sizeof(float)), may_alias));
typedef float UnalignedVec __attribute__((vector_size(kLanes * sizeof(float)), may_alias, aligned(4)));

typedef int32_t WordLanes __attribute__((vector_size(kLanes * 4)));

QUINTET_INLINE Vec load(const float* from) { return *reinterpret_cast<const UnalignedVec*>(from); }
QUINTET_INLINE void store(float* to, Vec value) { *reinterpret_cast<UnalignedVec*>(to) = value; }
/// kLanes words of 32 bits, whatever they are made of and wherever they lie; and one of them in every lane.
QUINTET_INLINE WordLanes load_words(const void* from) {
  typedef int32_t Unaligned __attribute__((vector_size(kLanes * 4), may_alias, aligned(1)));
  return *static_cast<const Unaligned*>(from);
}
QUINTET_INLINE WordLanes broadcast_word(const void* from) {
  typedef int32_t Unaligned __attribute__((may_alias, aligned(1)));
  return *static_cast<const Unaligned*>(from) - WordLanes{};
}
QUINTET_INLINE Vec zero() { return Vec{}; }
QUINTET_INLINE Vec broadcast(float value) { return value - Vec{}; }

/// All bits of the first `count` lanes: to keep these of a vector and make zeros of the rest.
QUINTET_INLINE WordLanes first_lanes(int64_t count) {
  WordLanes lane;
  for (int i = 0; i < kLanes; ++i) lane[i] = i;
  return lane < static_cast<int32_t>(count < kLanes ? count : kLanes);
}

/// kLanes bfloat16 values: the upper halves of floats.
QUINTET_INLINE Vec load_bfloat16(const uint16_t* from) {
#if defined(QUINTET_LANES)
  typedef uint16_t Halves __attribute__((vector_size(kLanes * 2), may_alias, aligned(2)));
  typedef uint32_t Words __attribute__((vector_size(kLanes * 4)));
  return (Vec)(__builtin_convertvector(*reinterpret_cast<const Halves*>(from), Words) << 16);
#elif defined(__AVX512F__)
  return (Vec)_mm512_maskz_slli_epi32(0xffff, _mm512_maskz_cvtepu16_epi32(0xffff, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))), 16);
#else
  return (Vec)_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))), 16);
#endif
}

/// kLanes pairs of bfloat16 values: the first and the second of each.
QUINTET_INLINE void load_bfloat16_pairs(const uint16_t* from, Vec& first, Vec& second) {
  const WordLanes pairs = load_words(from);
  first = (Vec)(pairs << 16);
  second = (Vec)(pairs & static_cast<int32_t>(0xffff0000));
}

/// Rounded to the nearest bfloat16, ties to even. Infinities and NaN stay such.
QUINTET_INLINE void store_bfloat16(uint16_t* to, Vec value) {
#if defined(__AVX512BF16__)
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), (__m256i)_mm512_cvtneps_pbh(value));
#else
  for (int lane = 0; lane < kLanes; ++lane) to[lane] = bfloat16_bits(value[lane]);
#endif
}

/// Adds to each lane of c the two products of the pairs of bfloat16 in that lane of a and b.
QUINTET_INLINE Vec fma_bfloat16(WordLanes a, WordLanes b, Vec c) {
#if defined(__AVX512BF16__)
  return _mm512_dpbf16_ps(c, (__m512bh)a, (__m512bh)b);
#else
  constexpr int32_t kUpper = static_cast<int32_t>(0xffff0000);
  return c + (Vec)(a << 16) * (Vec)(b << 16) + (Vec)(a & kUpper) * (Vec)(b & kUpper);
#endif
}

/// kLanes IEEE float16 values; their denormals count, whatever the mode for those of float32.
QUINTET_INLINE Vec load_float16(const uint16_t* from) {
#if defined(QUINTET_LANES)
  Vec values;
  for (int lane = 0; lane < kLanes; ++lane) values[lane] = _cvtsh_ss(from[lane]);
  return values;
#elif defined(__AVX512F__)
  return _mm512_maskz_cvtph_ps(0xffff, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
#else
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
#endif
}

QUINTET_INLINE WordLanes load_uint8(const uint8_t* from) {
#if defined(QUINTET_LANES)
  typedef uint8_t Bytes __attribute__((vector_size(kLanes), may_alias, aligned(1)));
  return __builtin_convertvector(*reinterpret_cast<const Bytes*>(from), WordLanes);
#elif defined(__AVX512F__)
  return (WordLanes)_mm512_maskz_cvtepu8_epi32(0xffff, _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
#else
  return (WordLanes)_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));   // convertvector takes them one by one
#endif
}

QUINTET_INLINE Vec load_int8(const int8_t* from) {
#if defined(QUINTET_LANES)
  typedef int8_t Bytes __attribute__((vector_size(kLanes), may_alias, aligned(1)));
  typedef int32_t Words __attribute__((vector_size(kLanes * 4)));
  return __builtin_convertvector(__builtin_convertvector(*reinterpret_cast<const Bytes*>(from), Words), Vec);
#elif defined(__AVX512F__)
  return _mm512_maskz_cvtepi32_ps(0xffff, _mm512_maskz_cvtepi8_epi32(0xffff, _mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
#else
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
#endif
}

/// a * b + c, rounded once (in the tests' emulation the compiler contracts the expression).
QUINTET_INLINE Vec fma(Vec a, Vec b, Vec c) {
#if defined(QUINTET_LANES)
  return a * b + c;
#elif defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#else
  return _mm256_fmadd_ps(a, b, c);
#endif
}

QUINTET_INLINE Vec maximum(Vec a, Vec b) {
#if defined(QUINTET_LANES)
  return a > b ? a : b;
#elif defined(__AVX512F__)
  return _mm512_maskz_max_ps(0xffff, a, b);   // the plain one makes GCC 12 warn about its own header
#else
  return _mm256_max_ps(a, b);
#endif
}

QUINTET_INLINE Vec minimum(Vec a, Vec b) {
#if defined(QUINTET_LANES)
  return a < b ? a : b;
#elif defined(__AVX512F__)
  return _mm512_maskz_min_ps(0xffff, a, b);
#else
  return _mm256_min_ps(a, b);
#endif
}

/// Remembers whether a value that it saw was no number.
struct NanWatch {
#if defined(QUINTET_LANES)
  WordLanes any{};
  inline __attribute__((always_inline)) void look(Vec a, Vec b) { any |= (a != a) | (b != b); }
  bool seen() const {
    int32_t all = 0;
    for (int lane = 0; lane < kLanes; ++lane) all |= any[lane];
    return all != 0;
  }
#elif defined(__AVX512F__)
  __mmask16 any = 0;
  inline __attribute__((always_inline)) void look(Vec a, Vec b) { any |= _mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q); }
  bool seen() const { return any != 0; }
#else
  __m256 any{};
  inline __attribute__((always_inline)) void look(Vec a, Vec b) { any = _mm256_or_ps(any, _mm256_cmp_ps(a, b, _CMP_UNORD_Q)); }
  bool seen() const { return _mm256_movemask_ps(any) != 0; }
#endif
};

QUINTET_INLINE Vec square_root(Vec a) {
#if defined(QUINTET_LANES)
  for (int lane = 0; lane < kLanes; ++lane) a[lane] = __builtin_sqrtf(a[lane]);
  return a;
#elif defined(__AVX512F__)
  return _mm512_maskz_sqrt_ps(0xffff, a);
#else
  return _mm256_sqrt_ps(a);
#endif
}

/// Asks for one cache line into the second-level cache.
QUINTET_INLINE void prefetch_l2(const void* at) { _mm_prefetch(static_cast<const char*>(at), _MM_HINT_T1); }

}  // namespace quintet::QUINTET_ISA
