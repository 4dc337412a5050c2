// The inner loops of conversions, a vector of channels at a time, compiled once per instruction set.
#include "kernels/convert_kernels.h"
#include "kernels/simd.h"

namespace quintet::QUINTET_ISA {
namespace {

using convert::RunJob;

typedef uint8_t Bytes __attribute__((vector_size(kLanes)));
typedef Bytes StoredBytes __attribute__((may_alias, aligned(1)));

/// The nearest integers, ties to even, between 0 and 255; 0 of what is no number.
QUINTET_INLINE WordLanes rounded(Vec value) {
  const Vec inside = maximum(minimum(broadcast(255), value), zero());     // in this order NaN becomes 0
#if defined(QUINTET_LANES)
  WordLanes words;
  for (int lane = 0; lane < kLanes; ++lane) words[lane] = static_cast<int32_t>(__builtin_nearbyintf(inside[lane]));
  return words;
#elif defined(__AVX512F__)
  return (WordLanes)_mm512_maskz_cvtps_epi32(0xffff, inside);
#else
  return (WordLanes)_mm256_cvtps_epi32(inside);
#endif
}

QUINTET_INLINE Bytes saturated(Vec value) {
  const WordLanes words = rounded(value);
#if defined(QUINTET_LANES)
  return __builtin_convertvector(words, Bytes);
#elif defined(__AVX512F__)
  return (Bytes)_mm512_maskz_cvtepi32_epi8(0xffff, (__m512i)words);
#else
  const __m128i halves = _mm_packs_epi32(_mm256_castsi256_si128((__m256i)words), _mm256_extracti128_si256((__m256i)words, 1));
  return (Bytes)_mm_cvtsi128_si64(_mm_packus_epi16(halves, halves));
#endif
}

// Pixels whose numbers in one block lie together are converted together, so that both sides are read and written in runs.
constexpr int64_t kTogether = 16;

/// One pixel without a byte behind it.
QUINTET_INLINE void exact_pixel(const RunJob<float, uint8_t>& job, const float* from, uint8_t* to) {
  const auto bytes = [&](Vec value) __attribute__((always_inline)) { return saturated(fma(value, broadcast(job.scale), broadcast(job.zero))); };
  for (int64_t first = 0; first < job.channels; first += job.block, from += job.block_stride, to += job.block) {
    const int64_t run = job.channels - first < job.block ? job.channels - first : job.block;
    int64_t lane = 0;
    for (; lane + kLanes <= run; lane += kLanes) *reinterpret_cast<StoredBytes*>(to + lane) = bytes(load(from + lane));
    for (; lane < run; ++lane) to[lane] = bytes(broadcast(from[lane]))[0];
  }
}

/// Up to four planes: a word of each pixel, which is stored whole; what is too much of it the next pixel overwrites.
void planes_to_bytes(const RunJob<float, uint8_t>& job) {
  const Vec scale = broadcast(job.scale), offset = broadcast(job.zero);
  const int64_t channels = job.channels, stride = job.block_stride, pixels = job.pixels;
  constexpr int64_t kTooFar = sizeof(int32_t) - 1;
  int64_t p = 0;
  for (; p + kLanes + kTooFar <= pixels; p += kLanes) {
    WordLanes words{};
    for (int64_t c = 0; c < channels; ++c) words |= rounded(fma(load(job.from + c * stride + p), scale, offset)) << static_cast<int32_t>(8 * c);
    QUINTET_UNROLL for (int lane = 0; lane < kLanes; ++lane) {
      const int32_t word = words[lane];
      __builtin_memcpy(job.to + (p + lane) * channels, &word, sizeof word);
    }
  }
  for (; p < pixels; ++p) exact_pixel(job, job.from + p, job.to + p * channels);
}

/// Vectors that reach beyond a pixel's channels write into the next pixel, whose first channels are written after them: channels go backwards. The
/// last pixel does without.
void to_bytes(const RunJob<float, uint8_t>& job) {
  if (job.block == 1 && job.channels <= 4) return planes_to_bytes(job);
  const int64_t last = job.block % kLanes == 0 && job.channels >= kLanes ? job.pixels - 1 : 0;
  const Vec scale = broadcast(job.scale), offset = broadcast(job.zero);
  const int64_t block = job.block, channels = job.channels;              // bytes that are stored could be anything of the job, for all that the compiler knows
  for (int64_t first = 0; first < last; first += kTogether) {
    const int64_t pixels = last - first < kTogether ? last - first : kTogether;
    for (int64_t c = (job.channels - 1) / kLanes * kLanes; c >= 0; c -= kLanes) {
      const float* from = job.from + c / job.block * job.block_stride + first * job.block + c % job.block;
      uint8_t* to = job.to + first * job.channels + c;
      for (int64_t p = 0; p < pixels; ++p, from += block, to += channels) *reinterpret_cast<StoredBytes*>(to) = saturated(fma(load(from), scale, offset));
    }
  }
  for (int64_t p = last; p < job.pixels; ++p) exact_pixel(job, job.from + p * job.block, job.to + p * job.channels);
}

QUINTET_INLINE Vec real(const RunJob<uint8_t, float>& job, const uint8_t* from) {
  return (__builtin_convertvector(load_uint8(from), Vec) - broadcast(job.zero)) * broadcast(job.scale);
}
QUINTET_INLINE Vec real(const RunJob<float, float>&, const float* from) { return load(from); }
QUINTET_INLINE float one_real(const RunJob<uint8_t, float>& job, uint8_t from) { return (static_cast<float>(from) - job.zero) * job.scale; }
QUINTET_INLINE float one_real(const RunJob<float, float>&, float from) { return from; }

/// One vector of channels of some pixels, of which the first `count` are some. `readable`: pixels that have a whole vector's numbers behind
/// their first.
template <typename Number>
QUINTET_INLINE void to_block(const RunJob<Number, float>& job, const Number* from, float* to, int64_t count, int64_t pixels, int64_t readable) {
  const WordLanes kept = first_lanes(count);
  const int64_t block = job.block, channels = job.channels;
  if (readable > pixels) readable = pixels;
  int64_t p = 0;
  for (; p < readable; ++p, from += channels, to += block) store(to, (Vec)((WordLanes)real(job, from) & kept));
  for (; p < pixels; ++p, from += channels, to += block) {
    for (int64_t lane = 0; lane < kLanes; ++lane) to[lane] = lane < count ? one_real(job, from[lane]) : 0;
  }
}

template <typename Number>
void to_blocks(const RunJob<Number, float>& job) {
  const bool vector = job.block % kLanes != 0;           // of one pixel, not filled up
  const int64_t filled_up = vector ? job.channels / kLanes * kLanes : (job.channels + job.block - 1) / job.block * job.block;
  for (int64_t first = 0; first < job.pixels; first += kTogether) {
    const int64_t pixels = job.pixels - first < kTogether ? job.pixels - first : kTogether;
    for (int64_t c = 0; c < filled_up; c += kLanes) {
      const Number* from = job.from + first * job.channels + c;
      const int64_t behind = (job.pixels - first) * job.channels - c - kLanes;
      to_block(job, from, job.to + c / job.block * job.block_stride + first * job.block + c % job.block, job.channels - c, pixels,
               behind < 0 ? 0 : behind / job.channels + 1);
    }
  }
  for (int64_t c = filled_up; c < job.channels; ++c) job.to[c] = one_real(job, job.from[c]);
}

}  // namespace

const convert::Kernels& convert_kernels() {
  static constexpr convert::Kernels kTable{to_bytes, to_blocks<uint8_t>, to_blocks<float>};
  return kTable;
}

}  // namespace quintet::QUINTET_ISA
