// The points of interpolation of F(2x2, 3x3), F(4x4, 3x3), F(2x2, 5x5), F(6x6, 3x3) and F(4x4, 5x5), shared by the transforms (float) and
// the packing (double).
//
// F(2,3) uses 0, +-1 and infinity; F(4,3) and F(2,5) use 0, +-1/sqrt(2), +-sqrt(2) and infinity. With the textbook's 0, +-1, +-2 the error
// of F(4,3) in float32 is several times that of a direct convolution; with these reciprocal points it is the same. F(6,3) and F(4,5) use 0,
// +-1/2, +-1, +-2 and infinity, the best of a search: their error is about six times a direct convolution's, so they are not for EXACT.
#pragma once

namespace quintet::winograd {

constexpr double kF2Point = 1.0;
constexpr double kF4Small = 0.70710678118654752440;
constexpr double kF4Large = 1.41421356237309504880;
constexpr double kF8Points[] = {0.5, 1, 2};

}  // namespace quintet::winograd
