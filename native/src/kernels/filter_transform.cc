#include "kernels/filter_transform.h"

namespace quintet::tiled {
namespace {

std::vector<double> finite_points(int side) {
  std::vector<double> points{0};
  const auto add = [&](double point) { points.insert(points.end(), {point, -point}); };
  if (side == 4) {
    add(kF2Point);
  } else if (side == 6) {
    for (double point : {kF4Small, kF4Large}) add(point);
  } else {
    for (double point : kF8Points) add(point);
  }
  return points;
}

/// G of Toom-Cook: for each finite point p, its powers 1, p, p^2 ... divided by the product of p's differences to the other points, then the
/// row of infinity.
FilterTransform toom_cook(const std::vector<double>& points, int taps) {
  FilterTransform rows;
  for (double point : points) {
    double power = 1;
    for (double other : points) power /= other == point ? 1 : point - other;
    TransformRow row{};
    for (int tap = 0; tap < taps; ++tap, power *= point) row[tap] = power;
    rows.push_back(row);
  }
  TransformRow infinity{};
  infinity[taps - 1] = 1;
  rows.push_back(infinity);
  return rows;
}

/// The even taps of three by Toom-Cook, then the odd one for each of two pixels.
FilterTransform strided_transform() {
  FilterTransform rows;
  for (const TransformRow& even : toom_cook({0, kF2Point}, 2)) rows.push_back({even[0], 0, even[1]});
  rows.insert(rows.end(), 2, TransformRow{0, 1, 0});
  return rows;
}

}  // namespace

FilterTransform filter_transform(const Form& form) {
  return form.stride == 2 ? strided_transform() : toom_cook(finite_points(side_of(form)), form.taps);
}

}  // namespace quintet::tiled
