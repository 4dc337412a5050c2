// Which tiles there are kernels for, and the points of interpolation of those that are Winograd's, shared by the transforms (float) and the
// packing (double).
//
// With a stride of 2 the even taps meet even pixels only, among which they are a convolution with two taps of stride 1, and the odd tap meets odd
// pixels. F(2,3) of that stride takes 3 + 2 products in place of 6: those of F(2,2) with 0, 1 and infinity, and the odd tap's as they are.
//
// F(2,3) uses 0, +-1 and infinity; F(4,3) and F(2,5) use 0, +-1/sqrt(2), +-sqrt(2) and infinity. With the textbook's 0, +-1, +-2 the error
// of F(4,3) in float32 is several times that of a direct convolution; with these reciprocal points it is the same. F(6,3) and F(4,5) use 0,
// +-1/2, +-1, +-2 and infinity, the best of a search: their error is about six times a direct convolution's, so they are not for EXACT.
#pragma once

namespace quintet::tiled {

/// F(tile x tile, taps x taps), or with tiles of one pixel the plain matrix product, of any stride.
struct Form {
  int tile, taps, stride = 1;
};
static constexpr bool same_form(const Form& a, const Form& b) { return a.tile == b.tile && a.taps == b.taps && (a.stride == b.stride || a.tile == 1); }

/// Those that there are kernels for.
constexpr Form kForms[] = {{1, 1}, {1, 3}, {1, 5}, {2, 3}, {4, 3}, {6, 3}, {2, 5}, {4, 5}, {2, 3, 2}};
constexpr int kFormCount = sizeof(kForms) / sizeof(kForms[0]);

/// Points of a tile's side: as many as it has input pixels, with a stride too.
static constexpr int side_of(const Form& form) { return form.tile == 1 ? 1 : (form.tile - 1) * form.stride + form.taps; }

constexpr double kF2Point = 1.0;
constexpr double kF4Small = 0.70710678118654752440;
constexpr double kF4Large = 1.41421356237309504880;
constexpr double kF8Points[] = {0.5, 1, 2};

}  // namespace quintet::tiled
