// The inner loops of planar convolutions, compiled once per instruction set; see planar_kernels.h for the layout.
#include "kernels/planar_kernels.h"
#include "kernels/simd.h"

namespace quintet::QUINTET_ISA {
namespace {

using planar::RowJob;

// Sums of a tile stay in registers, beside a panel's weights and one value of the picture: 16 registers with 8 lanes, 32 with 16.
constexpr int kSums = kLanes == 16 ? 24 : 12;

/// `kPixels` pixels from column `x` on. kStride 0: the job's.
template <int kVectors, int kPixels, int kStride>
QUINTET_INLINE void tile(const RowJob& job, int64_t x) {
  const int64_t stride = kStride != 0 ? kStride : job.stride_x;
  Vec sum[kPixels][kVectors];
  QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) {
    const Vec start = job.bias != nullptr ? load(job.bias + v * kLanes) : zero();
    QUINTET_UNROLL for (int p = 0; p < kPixels; ++p) sum[p][v] = start;
  }
  const float* weights = job.weights;
  for (int64_t c = 0; c < job.channels; ++c) {
    for (int64_t ky = 0; ky < job.kernel_height; ++ky) {
      const float* from = job.source + c * job.channel_stride + ky * job.row_stride + x * stride;
      for (int64_t kx = 0; kx < job.kernel_width; ++kx, ++from, weights += kVectors * kLanes) {
        asm("" : "+r"(from));                // else GCC carries the values that the next tap shares in registers that the sums need
        Vec w[kVectors];
        QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) w[v] = load(weights + v * kLanes);
        QUINTET_UNROLL for (int p = 0; p < kPixels; ++p) {
          const Vec value = broadcast(from[p * stride]);
          QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) sum[p][v] = fma(value, w[v], sum[p][v]);
        }
      }
    }
  }
  QUINTET_UNROLL for (int p = 0; p < kPixels; ++p) {
    QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) {
      const Vec result = job.relu ? maximum(zero(), sum[p][v]) : sum[p][v];   // in this order NaN stays
      store(job.target[v] + (x + p) * job.pixel_stride, result);
    }
  }
}

/// As few tiles as can be, of the full size and one less.
template <int kVectors, int kStride>
QUINTET_INLINE void strided_row(const RowJob& job) {
  constexpr int kPixels = kSums / kVectors;
  if (job.width < kPixels) {
    int64_t x = 0;
    for (; x + kPixels / 3 <= job.width; x += kPixels / 3) tile<kVectors, kPixels / 3, kStride>(job, x);
    for (; x < job.width; ++x) tile<kVectors, 1, kStride>(job, x);
    return;
  }
  const int64_t tiles = (job.width + kPixels - 1) / kPixels, missing = tiles * kPixels - job.width;
  int64_t x = 0;
  for (int64_t t = 0; t < tiles - missing; ++t, x += kPixels) tile<kVectors, kPixels, kStride>(job, x);
  for (; x + kPixels - 1 < job.width; x += kPixels - 1) tile<kVectors, kPixels - 1, kStride>(job, x);
  if (x < job.width) tile<kVectors, kPixels - 1, kStride>(job, job.width - (kPixels - 1));   // some pixels twice
}

template <int kVectors>
void row(const RowJob& job) {
  switch (job.stride_x) {                    // constants become offsets in the instructions
    case 1: return strided_row<kVectors, 1>(job);
    case 2: return strided_row<kVectors, 2>(job);
    case 4: return strided_row<kVectors, 4>(job);
    default: return strided_row<kVectors, 0>(job);
  }
}

}  // namespace

const planar::Kernels& planar_kernels() {
  static constexpr planar::Kernels kTable{kLanes, {row<1>, row<2>}};
  return kTable;
}

}  // namespace quintet::QUINTET_ISA
