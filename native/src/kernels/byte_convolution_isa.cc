// The inner loop of convolutions of bytes, for CPUs that multiply them four at a time (VNNI); see byte_convolution_kernels.h for the layout.
#include "kernels/byte_convolution_kernels.h"
#include "kernels/simd.h"

namespace quintet::QUINTET_ISA {
namespace {

using byte_convolution::Job;
using byte_convolution::kMostVectors;
using byte_convolution::kQuad;

static_assert(kLanes == byte_convolution::kLanes);

/// sum + the four products in each lane, of unsigned bytes by the signed bytes of `weights`.
QUINTET_INLINE WordLanes add_products(WordLanes sum, WordLanes source, int32_t weights) {
#if defined(QUINTET_LANES)
  QUINTET_UNROLL for (int b = 0; b < 32; b += 8) sum += ((source >> b) & 255) * static_cast<int8_t>(weights >> b);
  return sum;
#else
  return (WordLanes)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)source, _mm512_set1_epi32(weights));
#endif
}

/// Values from 0 to 255 rounded to bytes: the four vectors' side by side in each lane.
QUINTET_INLINE WordLanes to_bytes(const Vec (&values)[kQuad]) {
#if defined(QUINTET_LANES)
  WordLanes bytes{};
  for (int q = 0; q < kQuad; ++q) {
    for (int lane = 0; lane < kLanes; ++lane) bytes[lane] |= static_cast<int32_t>(__builtin_rintf(values[q][lane])) << 8 * q;
  }
  return bytes;
#else
  __m512i words[kQuad];
  QUINTET_UNROLL for (int q = 0; q < kQuad; ++q) words[q] = _mm512_maskz_cvtps_epi32(0xffff, values[q]);
  const __m512i by_output = _mm512_packus_epi16(_mm512_packs_epi32(words[0], words[1]), _mm512_packs_epi32(words[2], words[3]));
  return (WordLanes)_mm512_shuffle_epi8(by_output, _mm512_set4_epi32(0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400));
#endif
}

template <int kVectors>
void quad(const Job& job) {
  WordLanes sums[kQuad][kVectors];
  QUINTET_UNROLL for (int q = 0; q < kQuad; ++q) {
    QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) sums[q][v] = WordLanes{} + job.start[q];
  }
  const int32_t* weights = job.weights;
  for (int64_t g = 0; g < job.groups; ++g, weights += kQuad) {
    WordLanes source[kVectors];
    QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) source[v] = load_words(job.source[v] + job.offsets[g]);
    QUINTET_UNROLL for (int q = 0; q < kQuad; ++q) {
      QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) sums[q][v] = add_products(sums[q][v], source[v], weights[q]);
    }
  }
  Vec scale[kQuad], start[kQuad];
  QUINTET_UNROLL for (int q = 0; q < kQuad; ++q) {
    scale[q] = broadcast(job.scales[q] * job.inverse_scale);
    start[q] = broadcast(__builtin_fmaf(job.bias[q], job.inverse_scale, job.shift));
  }
  const Vec least = broadcast(job.least), most = broadcast(255.0f);
  QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) {
    Vec values[kQuad];
    QUINTET_UNROLL for (int q = 0; q < kQuad; ++q) {
      values[q] = minimum(maximum(fma(__builtin_convertvector(sums[q][v], Vec), scale[q], start[q]), least), most);   // what is no number becomes the least
    }
    const WordLanes bytes = to_bytes(values);
    __builtin_memcpy(job.target + v * kLanes, &bytes, sizeof bytes);
  }
}

}  // namespace

const byte_convolution::Kernels& byte_convolution_kernels() {
  static constexpr byte_convolution::Kernels kTable{{quad<1>, quad<2>, quad<3>, quad<4>}};
  static_assert(kMostVectors == 4);
  return kTable;
}

}  // namespace quintet::QUINTET_ISA
