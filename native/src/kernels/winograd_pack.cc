// Transforms 3x3 weights for Winograd::run: U = G g G^T in double precision, rounded once, laid out as the matrix kernels read it.
#include <algorithm>
#include <array>
#include <cmath>
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

/// One filter at all points.
void transform_filter(const std::vector<Row>& g, const float* filter, double scale, std::vector<double>& out) {
  const size_t side = g.size();
  for (size_t i = 0; i < side; ++i) {
    Row half;
    for (size_t x = 0; x < 3; ++x) half[x] = g[i][0] * filter[x] + g[i][1] * filter[3 + x] + g[i][2] * filter[6 + x];
    for (size_t j = 0; j < side; ++j) out[i * side + j] = scale * (half[0] * g[j][0] + half[1] * g[j][1] + half[2] * g[j][2]);
  }
}

}  // namespace

size_t Winograd::packed_weight_floats() const {
  return static_cast<size_t>(int64_t{points_} * in_blocks_ * shape_.block * out_blocks_ * shape_.block);
}

void Winograd::pack(const float* oihw, const double* scale, float* packed) const {
  std::fill_n(packed, packed_weight_floats(), 0.0f);   // padded channels
  const std::vector<Row> g = weight_transform(shape_.tile);
  std::vector<double> at_points(static_cast<size_t>(points_));
  const int panel_channels = 2 * kernels_->lanes;
  for (int64_t o = 0; o < shape_.out_channels; ++o) {
    const int panel = static_cast<int>(o / panel_channels), lane = static_cast<int>(o % panel_channels);
    const int64_t row = int64_t{panel_vectors(panel)} * kernels_->lanes;
    for (int64_t i = 0; i < shape_.in_channels; ++i) {
      transform_filter(g, oihw + (o * shape_.in_channels + i) * 9, scale ? scale[o] : 1.0, at_points);
      for (int point = 0; point < points_; ++point) {
        const int64_t place = panel_weights(packed, panel, point) - packed + i * row + lane;
        packed[place] = static_cast<float>(at_points[static_cast<size_t>(point)]);
      }
    }
  }
}

}  // namespace quintet
