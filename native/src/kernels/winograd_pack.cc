// Transforms 3x3 weights for Winograd::run: U = G g G^T in double precision, rounded once, laid out as the matrix kernels read it.
#include <array>
#include <vector>

#include "kernels/winograd.h"
#include "kernels/winograd_kernels.h"
#include "kernels/winograd_points.h"

namespace quintet {
namespace {

using Row = std::array<double, 3>;

/// G of Toom-Cook: for each finite point p, (1, p, p^2) divided by the product of p's differences to the other points, then the
/// row of infinity.
std::vector<Row> weight_transform(int tile) {
  const double p = winograd::kF4Small, q = winograd::kF4Large, one = winograd::kF2Point;
  const std::vector<double> points = tile == 2 ? std::vector<double>{0, one, -one} : std::vector<double>{0, p, -p, q, -q};
  std::vector<Row> rows;
  for (double point : points) {
    double product = 1;
    for (double other : points) product *= other == point ? 1 : point - other;
    rows.push_back({1 / product, point / product, point * point / product});
  }
  rows.push_back({0, 0, 1});
  return rows;
}

// Output channels transformed together, so that the compiler makes vectors of them. Every panel is a multiple.
constexpr int kTogether = 8;
using Together = double[kTogether];

/// The filters of kTogether output channels (taps in rows of three) at all points.
void transform_filters(const std::vector<Row>& g, const Together* taps, float* u, int64_t point_stride) {
  const size_t side = g.size();
  for (size_t i = 0; i < side; ++i) {
    Together half[3];
    for (size_t x = 0; x < 3; ++x) {
      for (int o = 0; o < kTogether; ++o) half[x][o] = g[i][0] * taps[x][o] + g[i][1] * taps[3 + x][o] + g[i][2] * taps[6 + x][o];
    }
    for (size_t j = 0; j < side; ++j, u += point_stride) {
      for (int o = 0; o < kTogether; ++o) u[o] = static_cast<float>(half[0][o] * g[j][0] + half[1][o] * g[j][1] + half[2][o] * g[j][2]);
    }
  }
}

}  // namespace

size_t Winograd::packed_weight_floats() const {
  return static_cast<size_t>(int64_t{points_} * in_blocks_ * shape_.block * out_blocks_ * shape_.block);
}

void Winograd::pack(const float* oihw, const double* scale, float* packed) const {
  const std::vector<Row> g = weight_transform(shape_.tile);
  const int64_t panel_channels = 2 * kernels_->lanes, in_channels = int64_t{in_blocks_} * shape_.block;
  const int64_t groups = int64_t{out_blocks_} * shape_.block / kTogether;
#pragma omp parallel for schedule(dynamic) num_threads(threads_) if (threads_ > 1)
  for (int64_t group = 0; group < groups; ++group) {
    const int64_t first = group * kTogether, panel = first / panel_channels;
    const int64_t row = int64_t{panel_vectors(static_cast<int>(panel))} * kernels_->lanes;
    float* u = packed + (panel_weights(packed, static_cast<int>(panel), 0) - packed) + first % panel_channels;
    for (int64_t i = 0; i < in_channels; ++i, u += row) {
      Together taps[9] = {};   // padded channels stay zero
      for (int64_t o = 0; o < kTogether && first + o < shape_.out_channels && i < shape_.in_channels; ++o) {
        const float* filter = oihw + ((first + o) * shape_.in_channels + i) * 9;
        const double factor = scale ? scale[first + o] : 1.0;
        for (int tap = 0; tap < 9; ++tap) taps[tap][o] = factor * filter[tap];
      }
      transform_filters(g, taps, u, in_channels * row);
    }
  }
}

}  // namespace quintet
