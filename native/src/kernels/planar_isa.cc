// The inner loops of planar convolutions, compiled once per instruction set; see planar_kernels.h for the layout.
#include "kernels/elementary.h"
#include "kernels/planar_kernels.h"

namespace quintet::QUINTET_ISA {
namespace {

using planar::RowJob;

// Sums of a tile stay in registers, beside a panel's weights and one value of the picture: 16 registers with 8 lanes, 32 with 16.
constexpr int kMostPixels[] = {0, kLanes == 16 ? 16 : 14, kLanes == 16 ? 12 : 6};   // by vectors of a panel

/// `kPixels` pixels from column `x` on. kStep, of a source in planes; 0: the job's.
template <int kVectors, int kPixels, int kStep>
QUINTET_INLINE void tile(const RowJob& job, int64_t x) {
  const int64_t step = kStep != 0 ? kStep : job.step, tap = kStep != 0 ? 1 : job.tap_stride;
  Vec sum[kPixels][kVectors];
  QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) {
    const Vec start = job.bias != nullptr ? load(job.bias + v * kLanes) : zero();
    QUINTET_UNROLL for (int p = 0; p < kPixels; ++p) sum[p][v] = start;
  }
  const float* weights = job.weights;
  for (int64_t c = 0; c < job.channels; ++c) {
    for (int64_t ky = 0; ky < job.kernel_height; ++ky) {
      const float* from = job.source + c * job.channel_stride + ky * job.row_stride + x * step;
      for (int64_t kx = 0; kx < job.kernel_width; ++kx, from += tap, weights += kVectors * kLanes) {
        asm("" : "+r"(from));                // else GCC carries the values that the next tap shares in registers that the sums need
        Vec w[kVectors];
        QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) w[v] = load(weights + v * kLanes);
        QUINTET_UNROLL for (int p = 0; p < kPixels; ++p) {
          const Vec value = broadcast(from[p * step]);
          QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) sum[p][v] = fma(value, w[v], sum[p][v]);
        }
      }
    }
  }
  const int64_t pixel = job.pixel_stride;
  const bool relu = job.finish == Finish::kRelu;
  QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) {
    float* to = job.target[v] + x * pixel;
    QUINTET_UNROLL for (int p = 0; p < kPixels; ++p, to += pixel) store(to, relu ? maximum(zero(), sum[p][v]) : sum[p][v]);   // in this order NaN stays
  }
}

template <int kVectors, int kPixels>
QUINTET_INLINE void tile_of(const RowJob& job, int64_t pixels, int64_t x) {
  if (pixels == kPixels) {
    tile<kVectors, kPixels, 0>(job, x);
  } else if constexpr (kPixels > 1) {
    tile_of<kVectors, kPixels - 1>(job, pixels, x);
  }
}

/// A row in tiles of which `full` have kPixels pixels and the rest one less.
template <int kVectors, int kPixels, int kStep>
QUINTET_INLINE void stepped_row(const RowJob& job, int64_t full) {
  int64_t x = 0;
  for (; full > 0; --full, x += kPixels) tile<kVectors, kPixels, kStep>(job, x);
  for (; x < job.width; x += kPixels - 1) tile<kVectors, kPixels - 1, kStep>(job, x);
}

template <int kVectors, int kPixels>
void wide_row(const RowJob& job, int64_t full) {
  switch (job.tap_stride == 1 ? job.step : 0) {   // constants become offsets in the instructions
    case 1: return stepped_row<kVectors, kPixels, 1>(job, full);
    case 2: return stepped_row<kVectors, kPixels, 2>(job, full);
    case 4: return stepped_row<kVectors, kPixels, 4>(job, full);
    default: return stepped_row<kVectors, kPixels, 0>(job, full);
  }
}

/// Sigmoid or tanh of a row, which lies in the first-level cache: in the tiles they would cost registers.
template <Finish kFinish, int kVectors>
void finish_row(const RowJob& job) {
  const int64_t pixel = job.pixel_stride, width = job.width;
  for (int v = 0; v < kVectors; ++v) {
    const WordLanes counts = first_lanes(job.outputs - v * kLanes);
    float* at = job.target[v];
    for (int64_t x = 0; x < width; ++x, at += pixel) store(at, (Vec)((WordLanes)finished(kFinish, load(at)) & counts));
  }
}

/// As few tiles as can be, of two sizes that differ by one.
template <int kVectors>
void row(const RowJob& job) {
  constexpr int kMost = kMostPixels[kVectors];
  const int64_t tiles = (job.width + kMost - 1) / kMost, pixels = (job.width + tiles - 1) / tiles, full = tiles - (tiles * pixels - job.width);
  if (pixels == kMost) {
    wide_row<kVectors, kMost>(job, full);
  } else if (pixels == kMost - 1) {
    wide_row<kVectors, kMost - 1>(job, full);
  } else {
    for (int64_t t = 0, x = 0; t < tiles; x += t < full ? pixels : pixels - 1, ++t) tile_of<kVectors, kMost - 2>(job, t < full ? pixels : pixels - 1, x);
  }
  if (job.finish == Finish::kSigmoid) finish_row<Finish::kSigmoid, kVectors>(job);
  if (job.finish == Finish::kTanh) finish_row<Finish::kTanh, kVectors>(job);
}

}  // namespace

const planar::Kernels& planar_kernels() {
  static constexpr planar::Kernels kTable{kLanes, {row<1>, row<2>}};
  return kTable;
}

}  // namespace quintet::QUINTET_ISA
