// The inner loop of a fully connected layer of bytes, compiled once per instruction set; see byte_dense_kernels.h for the layout.
#include "kernels/byte_dense_kernels.h"
#include "kernels/simd.h"

namespace quintet::QUINTET_ISA {
namespace {

using namespace byte_dense;

#if defined(__AVX512BW__)
typedef __m512i Bytes;
QUINTET_INLINE Bytes load_bytes(const int8_t* from) { return _mm512_loadu_si512(from); }
QUINTET_INLINE Bytes repeat(int32_t group) { return _mm512_set1_epi32(group); }
#if defined(__AVX512VNNI__)
QUINTET_INLINE Bytes add_products(Bytes sum, Bytes source, Bytes weights) { return _mm512_dpbusd_epi32(sum, source, weights); }
#else
/// sum + products of the groups of four: pairs in 16 bits, which 255 * 64 * 2 fits, then pairs of those.
QUINTET_INLINE Bytes add_products(Bytes sum, Bytes source, Bytes weights) {
  return _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_maddubs_epi16(source, weights), _mm512_set1_epi16(1)));
}
#endif
QUINTET_INLINE void store_sums(int32_t* to, Bytes sums) { _mm512_storeu_si512(to, sums); }
#else
typedef __m256i Bytes;
QUINTET_INLINE Bytes load_bytes(const int8_t* from) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)); }
QUINTET_INLINE Bytes repeat(int32_t group) { return _mm256_set1_epi32(group); }
QUINTET_INLINE Bytes add_products(Bytes sum, Bytes source, Bytes weights) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(source, weights), _mm256_set1_epi16(1)));
}
QUINTET_INLINE void store_sums(int32_t* to, Bytes sums) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), sums); }
#endif

constexpr int kVectorBytes = sizeof(Bytes);
constexpr int kVectors = kPanel * kGroup / kVectorBytes;
constexpr int64_t kAhead = 2048;   // bytes from the load to the line asked for, where one sequence alone is read

QUINTET_INLINE int32_t group_of(const uint8_t* from) {
  int32_t group;
  __builtin_memcpy(&group, from, sizeof group);
  return group;
}

template <int kRows, int kPanels>
void multiply_panels(const Job& job) {
  Bytes sums[kRows][kPanels][kVectors] = {};
  const int64_t row = job.groups * kGroup;
  const int8_t* weights[kPanels];
  for (int p = 0; p < kPanels; ++p) weights[p] = job.weights + p * job.stream_bytes;
  for (int64_t g = 0; g < job.groups; ++g) {
    if (kPanels == 1) _mm_prefetch(reinterpret_cast<const char*>(weights[0]) + g * kPanel * kGroup + kAhead, _MM_HINT_T0);
    Bytes source[kRows];
    QUINTET_UNROLL for (int r = 0; r < kRows; ++r) source[r] = repeat(group_of(job.source + r * row + g * kGroup));
    QUINTET_UNROLL for (int p = 0; p < kPanels; ++p) {
      QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) {
        const Bytes w = load_bytes(weights[p] + g * kPanel * kGroup + v * kVectorBytes);
        QUINTET_UNROLL for (int r = 0; r < kRows; ++r) sums[r][p][v] = add_products(sums[r][p][v], source[r], w);
      }
    }
  }
  int32_t* to = job.sums;
  for (int r = 0; r < kRows; ++r) {
    for (int p = 0; p < kPanels; ++p) {
      for (int v = 0; v < kVectors; ++v, to += kVectorBytes / 4) store_sums(to, sums[r][p][v]);
    }
  }
}

void multiply(const Job& job) {
  static_assert(kPictures == 4);
  switch (job.pictures) {
    case 1: return job.streams == kStreams ? multiply_panels<1, kStreams>(job) : multiply_panels<1, 1>(job);
    case 2: return multiply_panels<2, 1>(job);
    case 3: return multiply_panels<3, 1>(job);
    default: return multiply_panels<4, 1>(job);
  }
}

}  // namespace

byte_dense::Multiply byte_dense_multiply() { return &multiply; }

}  // namespace quintet::QUINTET_ISA
