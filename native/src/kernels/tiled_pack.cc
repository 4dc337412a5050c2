// Transforms weights for TiledConvolution::run: U = G g G^T in double precision, rounded once, laid out as the matrix kernels read it.
#include <array>
#include <vector>

#include "kernels/bfloat16.h"
#include "kernels/filter_transform.h"
#include "kernels/rounding.h"
#include "kernels/tiled.h"
#include "kernels/tiled_kernels.h"

namespace quintet {
namespace {

using tiled::FilterTransform;
using tiled::kMostPoints;
using tiled::kMostTaps;
using tiled::TransformRow;

struct Bfloat16 {
  uint16_t bits;
};

void store(double value, float* to) { *to = static_cast<float>(value); }

void store(double value, Bfloat16* to) { to->bits = bfloat16_bits(static_cast<float>(value)); }

/// Where the kernels look for a panel's weights: of each input channel a row of outputs; of bfloat16 of each pair of them a row of pairs.
template <typename Number>
struct PanelOrder {
  static constexpr int64_t kInputs = sizeof(float) / sizeof(Number);
  int64_t row;   // outputs of the panel
  int64_t of_input(int64_t input) const { return input / kInputs * kInputs * row + input % kInputs; }
  int64_t of_output(int64_t output) const { return output * kInputs; }
};

// Output channels transformed together, so that the compiler makes vectors of them. Every panel is a multiple.
constexpr int kTogether = 8;
using Together = double[kTogether];

/// The filters of kTogether output channels (taps in rows) at all points.
template <typename Number>
void transform_filters(const FilterTransform& g, int taps, const Together* filter, Number* u, int64_t point_stride) {
  for (const TransformRow& row : g) {
    Together half[kMostTaps] = {};
    for (int x = 0; x < taps; ++x) {
      for (int y = 0; y < taps; ++y) {
        for (int o = 0; o < kTogether; ++o) half[x][o] += row[y] * filter[y * taps + x][o];
      }
    }
    for (const TransformRow& column : g) {
      Together sum = {};
      for (int x = 0; x < taps; ++x) {
        for (int o = 0; o < kTogether; ++o) sum[o] += half[x][o] * column[x];
      }
      for (int o = 0; o < kTogether; ++o) store(sum[o], u + o * PanelOrder<Number>::kInputs);
      u += point_stride;
    }
  }
}

/// The same as they are, tap by tap.
template <typename Number>
void store_filters(const Together* filters, int area, Number* u, int64_t tap_stride) {
  for (int tap = 0; tap < area; ++tap, u += tap_stride) {
    for (int o = 0; o < kTogether; ++o) store(filters[tap][o], u + o * PanelOrder<Number>::kInputs);
  }
}

}  // namespace

size_t TiledConvolution::packed_bytes() const {
  return static_cast<size_t>(int64_t{points_} * in_blocks_ * shape_.block * out_blocks_ * shape_.block * shape_.factor_bytes());
}

void TiledConvolution::pack(const float* oihw, const double* scale, void* packed) const {
  if (shape_.factors == Factors::kBfloat16) {
    pack_as(oihw, scale, static_cast<Bfloat16*>(packed));
  } else {
    pack_as(oihw, scale, static_cast<float*>(packed));
  }
}

template <typename Number>
void TiledConvolution::pack_as(const float* oihw, const double* scale, Number* packed) const {
  const FilterTransform g = shape_.tile == 1 ? FilterTransform{} : filter_transform(shape_.form());
  const int taps = shape_.taps, area = taps * taps;
  const int64_t panel_channels = 2 * kernels_->lanes, in_channels = round_up(shape_.in_channels, shape_.block);
  const int64_t groups = int64_t{out_blocks_} * shape_.block / kTogether;
#pragma omp parallel for schedule(dynamic) num_threads(threads_) if (threads_ > 1)
  for (int64_t group = 0; group < groups; ++group) {
    const int64_t first = group * kTogether, panel = first / panel_channels;
    const PanelOrder<Number> order{int64_t{panel_vectors(static_cast<int>(panel))} * kernels_->lanes};
    Number* u = packed + panel_offset(static_cast<int>(panel), 0) + order.of_output(first % panel_channels);
    for (int64_t i = 0; i < in_channels; ++i) {
      Together filters[kMostTaps * kMostTaps] = {};   // padded channels stay zero
      for (int64_t o = 0; o < kTogether && first + o < shape_.out_channels && i < shape_.in_channels; ++o) {
        const float* filter = oihw + ((first + o) * shape_.in_channels + i) * area;
        const double factor = scale ? scale[first + o] : 1.0;
        for (int tap = 0; tap < area; ++tap) filters[tap][o] = factor * filter[tap];
      }
      if (shape_.tile == 1) {
        store_filters(filters, area, u + order.of_input(i / shape_.block * area * shape_.block + i % shape_.block), shape_.block * order.row);
      } else {
        transform_filters(g, taps, filters, u + order.of_input(i), in_channels * order.row);
      }
    }
  }
}

bool TiledConvolution::packs_blocked() const { return kernels_->lanes == shape_.block && kernels_->transform_filters != nullptr; }

void TiledConvolution::pack_blocked(const float* blocked, bool rotated, float* packed) const {
  std::array<float, kMostTaps * kMostPoints> g;
  size_t filled = 0;
  for (const TransformRow& row : filter_transform(shape_.form())) {
    for (int tap = 0; tap < shape_.taps; ++tap) g[filled++] = static_cast<float>(row[tap]);
  }
  tiled::FilterJob job{};
  job.block = shape_.block;
  job.block_stride = int64_t{shape_.taps} * shape_.taps * shape_.block * shape_.block;
  job.vector_stride = job.block_stride * in_blocks_;
  job.inputs = int64_t{in_blocks_} * shape_.block;
  job.rotated = rotated;
  job.g = g.data();
#pragma omp parallel for schedule(static) num_threads(threads_) if (threads_ > 1)
  for (int panel = 0; panel < panels_; ++panel) {
    tiled::FilterJob of_panel = job;
    of_panel.vectors = panel_vectors(panel);
    of_panel.taps = blocked + int64_t{panel} * 2 * job.vector_stride;
    of_panel.u = packed + panel_offset(panel, 0);
    kernels_->transform_filters(of_panel);
  }
}

}  // namespace quintet
