// The inner loops of Winograd convolutions of bytes, for CPUs that multiply pairs of 16-bit integers (VNNI); see byte_winograd_kernels.h for
// the layouts.
#include "kernels/byte_winograd_kernels.h"
#include "kernels/simd.h"
#include "kernels/tile_transforms.h"

namespace quintet::QUINTET_ISA {
namespace {

using namespace byte_winograd;

static_assert(quintet::QUINTET_ISA::kLanes == byte_winograd::kLanes);
constexpr int kVector = byte_winograd::kLanes;

/// sum + the two products in each lane, of 16-bit integers.
QUINTET_INLINE WordLanes add_products(WordLanes sum, WordLanes a, WordLanes b) {
#if defined(QUINTET_LANES)
  return sum + (a << 16 >> 16) * (b << 16 >> 16) + (a >> 16) * (b >> 16);
#else
  return (WordLanes)_mm512_dpwssd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
#endif
}

/// Rounded to the nearest integer, ties to even.
QUINTET_INLINE void store_rounded(int16_t* to, Vec value) {
#if defined(QUINTET_LANES)
  for (int lane = 0; lane < kVector; ++lane) to[lane] = static_cast<int16_t>(__builtin_rintf(value[lane]));
#else
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_maskz_cvtepi32_epi16(0xffff, _mm512_maskz_cvtps_epi32(0xffff, value)));
#endif
}

/// The first `count` lanes, not negative, rounded to bytes; what is more than a byte becomes 255.
QUINTET_INLINE void store_bytes(uint8_t* to, Vec value, int64_t count) {
#if defined(QUINTET_LANES)
  for (int64_t lane = 0; lane < count; ++lane) to[lane] = static_cast<uint8_t>(value[lane] < 255 ? __builtin_rintf(value[lane]) : 255);
#else
  const auto lanes = static_cast<__mmask16>((1U << count) - 1);
  _mm512_mask_cvtusepi32_storeu_epi8(to, lanes, _mm512_maskz_cvtps_epi32(0xffff, value));
#endif
}

/// Pixels from products at points, see weight_of.
template <typename F>
QUINTET_INLINE void output(const Vec* m, Vec* y) {
  const Vec even[] = {m[1] + m[2], m[3] + m[4], m[5] + m[6]}, odd[] = {m[1] - m[2], m[3] - m[4], m[5] - m[6]};
  y[0] = fma(broadcast(kOuterWeight), m[0] + even[0], fma(broadcast(large_weight(F::kTaps)), even[2], even[1]));
  QUINTET_UNROLL for (int i = 1; i < F::kTile; ++i) {
    const float power = static_cast<float>(1 << i);
    const Vec* of = i % 2 == 0 ? even : odd;
    y[i] = fma(broadcast(power * large_weight(F::kTaps)), of[2], fma(broadcast(kOuterWeight / power), of[0], of[1]));
  }
  y[F::kTile - 1] = fma(broadcast(kOuterWeight), m[7], y[F::kTile - 1]);
}

template <typename F>
void transform_in(const InputJob& job) {
  static_assert(F::kSide == kSide);
  const WordLanes zero = WordLanes{} + job.zero;
  for (int64_t at = 0; at < job.length; at += kVector) {
    Vec column[kSide], points[kSide];
    QUINTET_UNROLL for (int i = 0; i < kSide; ++i) column[i] = __builtin_convertvector(load_uint8(job.rows + i * job.row_bytes + at) - zero, Vec);
    F::input(column, points);
    QUINTET_UNROLL for (int i = 0; i < kSide; ++i) store(job.columns + i * job.row_bytes + at, points[i]);
  }
  const int64_t step = F::kTile * job.channels, point_stride = job.tiles * job.v_channels;
  for (int i = 0; i < kSide; ++i) {
    for (int t = 0; t < job.tiles; ++t) {
      for (int64_t c = 0; c < job.channels; c += kVector) {
        const float* from = job.columns + i * job.row_bytes + t * step + c;
        int16_t* v = job.v + i * kSide * point_stride + t * job.v_channels + c;
        Vec row[kSide], points[kSide];
        QUINTET_UNROLL for (int j = 0; j < kSide; ++j) row[j] = load(from + j * job.channels);
        F::input(row, points);
        QUINTET_UNROLL for (int j = 0; j < kSide; ++j) store_rounded(v + j * point_stride, points[j]);
      }
    }
  }
}

/// The products of one point, [tile][vector].
template <int kTiles, int kVectors>
void multiply_point(const PanelJob& job, const int16_t* v, const int32_t* u, int32_t* m) {
  WordLanes sum[kTiles][kVectors] = {};
  for (int64_t pair = 0; pair < job.pairs; ++pair, v += 2, u += kVectors * kVector) {
    WordLanes weights[kVectors];
    QUINTET_UNROLL for (int j = 0; j < kVectors; ++j) weights[j] = load_words(u + j * kVector);
    QUINTET_UNROLL for (int t = 0; t < kTiles; ++t) {
      const WordLanes value = broadcast_word(v + t * job.v_channels);
      QUINTET_UNROLL for (int j = 0; j < kVectors; ++j) sum[t][j] = add_products(sum[t][j], value, weights[j]);
    }
  }
  QUINTET_UNROLL for (int t = 0; t < kTiles; ++t) {
    QUINTET_UNROLL for (int j = 0; j < kVectors; ++j) __builtin_memcpy(m + (t * kVectors + j) * kVector, &sum[t][j], sizeof sum[t][j]);
  }
}

using PointKernel = void (*)(const PanelJob&, const int16_t*, const int32_t*, int32_t*);

/// of[tiles - 1][vectors - 1]
struct PointKernels {
  PointKernel of[kMostTiles][kMostVectors] = {};
  constexpr PointKernels() { fill<kMostTiles>(); }

  template <int kTiles>
  constexpr void fill() {
    of[kTiles - 1][0] = &multiply_point<kTiles, 1>;
    of[kTiles - 1][1] = &multiply_point<kTiles, 2>;
    of[kTiles - 1][2] = &multiply_point<kTiles, 3>;
    of[kTiles - 1][3] = &multiply_point<kTiles, 4>;
    if constexpr (kTiles > 1) fill<kTiles - 1>();
  }
};

/// The last transform, of a column of a tile's pixels and one vector of outputs.
template <typename F>
QUINTET_INLINE void restore_pixels(const PanelJob& job, const float* half, int64_t point_stride, int vector, uint8_t* target) {
  Vec column[kSide], pixels[F::kTile];
  QUINTET_UNROLL for (int i = 0; i < kSide; ++i) column[i] = load(half + i * point_stride);
  output<F>(column, pixels);
  const Vec scale = load(job.scales + vector * kVector), start = load(job.start + vector * kVector), least = broadcast(job.least);
  const int64_t outputs = job.outputs - vector * kVector, count = outputs < kVector ? outputs : kVector;
  QUINTET_UNROLL for (int y = 0; y < F::kTile; ++y) {
    if (y < job.rows) store_bytes(target + y * job.row_stride, maximum(fma(pixels[y], scale, start), least), count);   // what is no number becomes the least
  }
}

template <typename F>
void multiply(const PanelJob& job) {
  static constexpr PointKernels kPointKernels;
  const PointKernel multiply_point = kPointKernels.of[job.tiles - 1][job.vectors - 1];
  const int64_t vectors = int64_t{job.tiles} * job.vectors, stride = vectors * kVector;
  for (int i = 0; i < kSide; ++i) {
    for (int j = 0; j < kSide; ++j) {
      const int64_t point = i * kSide + j;
      multiply_point(job, job.v + point * job.tiles * job.v_channels, job.u + point * job.pairs * job.vectors * kVector, job.m + j * stride);
    }
    float* half = job.half + i * F::kTile * stride;
    for (int64_t at = 0; at < stride; at += kVector) {
      Vec row[kSide], pixels[F::kTile];
      QUINTET_UNROLL for (int j = 0; j < kSide; ++j) row[j] = __builtin_convertvector(load_words(job.m + j * stride + at), Vec);
      output<F>(row, pixels);
      QUINTET_UNROLL for (int x = 0; x < F::kTile; ++x) store(half + x * stride + at, pixels[x]);
    }
  }
  for (int64_t x = 0; x < job.columns; ++x) {
    const float* half = job.half + x % F::kTile * stride + x / F::kTile * job.vectors * kVector;
    for (int vector = 0; vector < job.vectors; ++vector) {
      restore_pixels<F>(job, half + vector * kVector, F::kTile * stride, vector, job.target + x * job.pixel_stride + vector * kVector);
    }
  }
}

template <typename F>
constexpr Kernels kKernels{&transform_in<F>, &multiply<F>};

}  // namespace

const Kernels* byte_winograd_kernels(int64_t taps) {
  if (taps == 3) return &kKernels<Transform<6, 3>>;
  return taps == 5 ? &kKernels<Transform<4, 5>> : nullptr;
}

}  // namespace quintet::QUINTET_ISA
