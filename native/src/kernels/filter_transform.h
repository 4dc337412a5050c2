// How the taps of a filter become the points of a tile, in double precision: U = G g G^T.
#pragma once

#include <array>
#include <vector>

#include "kernels/tile_forms.h"

namespace quintet::tiled {

constexpr int kMostTaps = 5, kMostPoints = 8;   // of a side

/// Of one point: what each tap is multiplied by; the first `taps` values count.
using TransformRow = std::array<double, kMostTaps>;

/// G, a row for each point.
using FilterTransform = std::vector<TransformRow>;

/// Of a form with tiles of more than one pixel.
FilterTransform filter_transform(const Form& form);

}  // namespace quintet::tiled
