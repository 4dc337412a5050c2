// The one-dimensional transforms of each Winograd tile. Only tiled_isa.cc includes it, once per instruction set.
#pragma once

#include "kernels/simd.h"
#include "kernels/tile_forms.h"

namespace quintet::QUINTET_ISA {
namespace {

using namespace tiled;

template <int kTiles, int kTapCount, int kStep>
struct FormOf {
  static constexpr int kTile = kTiles, kTaps = kTapCount, kStride = kStep, kSide = side_of({kTile, kTaps, kStride});
};

// One-dimensional transforms of F(tile, taps): kTile pixels from kSide. A tile is transformed by its columns, then by its rows. The input's depends
// on the points alone.
template <int kTiles, int kTapCount, int kStep = 1>
struct Transform;   // one for each of kForms

/// One pixel: nothing is saved, the convolution is the matrix product of its patches and weights.
template <int kTapCount>
struct Transform<1, kTapCount> : FormOf<1, kTapCount, 1> {
  QUINTET_INLINE void output(const Vec* m, Vec* y) { y[0] = m[0]; }
};

template <>
struct Transform<2, 3> : FormOf<2, 3, 1> {
  QUINTET_INLINE void input(const Vec* d, Vec* v) {
    v[0] = d[2] - d[0];
    v[1] = d[2] + d[1];
    v[2] = d[2] - d[1];
    v[3] = d[3] - d[1];
  }
  QUINTET_INLINE void output(const Vec* m, Vec* y) {
    y[0] = m[0] + (m[1] + m[2]);
    y[1] = (m[1] - m[2]) + m[3];
  }
};

template <>
struct Transform<2, 3, 2> : FormOf<2, 3, 2> {
  QUINTET_INLINE void input(const Vec* d, Vec* v) {
    v[0] = d[2] - d[0];
    v[1] = d[2];
    v[2] = d[4] - d[2];
    v[3] = d[1];
    v[4] = d[3];
  }
  QUINTET_INLINE void output(const Vec* m, Vec* y) {
    y[0] = (m[0] + m[1]) + m[3];
    y[1] = (m[1] + m[2]) + m[4];
  }
};

template <>
struct Transform<4, 3> : FormOf<4, 3, 1> {
  static constexpr float kP = static_cast<float>(kF4Small), kQ = static_cast<float>(kF4Large);
  static constexpr float kP2 = 0.5f, kQ2 = 2.0f;   // squares; their product is 1
  static constexpr float kP3 = static_cast<float>(kF4Small * 0.5), kQ3 = static_cast<float>(kF4Large * 2.0);

  QUINTET_INLINE void input(const Vec* d, Vec* v) {
    v[0] = fma(broadcast(-(kP2 + kQ2)), d[2], d[0] + d[4]);
    v[5] = fma(broadcast(-(kP2 + kQ2)), d[3], d[1] + d[5]);
    const Vec even_p = fma(broadcast(-kQ2), d[2], d[4]), odd_p = fma(broadcast(-kQ2), d[1], d[3]);
    const Vec even_q = fma(broadcast(-kP2), d[2], d[4]), odd_q = fma(broadcast(-kP2), d[1], d[3]);
    v[1] = fma(broadcast(kP), odd_p, even_p);
    v[2] = fma(broadcast(-kP), odd_p, even_p);
    v[3] = fma(broadcast(kQ), odd_q, even_q);
    v[4] = fma(broadcast(-kQ), odd_q, even_q);
  }
  QUINTET_INLINE void output(const Vec* m, Vec* y) {
    const Vec even_p = m[1] + m[2], odd_p = m[1] - m[2], even_q = m[3] + m[4], odd_q = m[3] - m[4];
    y[0] = m[0] + (even_p + even_q);
    y[1] = fma(broadcast(kP), odd_p, broadcast(kQ) * odd_q);
    y[2] = fma(broadcast(kP2), even_p, broadcast(kQ2) * even_q);
    y[3] = fma(broadcast(kP3), odd_p, fma(broadcast(kQ3), odd_q, m[5]));
  }
};

template <>
struct Transform<2, 5> : FormOf<2, 5, 1> {
  QUINTET_INLINE void input(const Vec* d, Vec* v) { Transform<4, 3>::input(d, v); }
  QUINTET_INLINE void output(const Vec* m, Vec* y) {
    y[0] = m[0] + ((m[1] + m[2]) + (m[3] + m[4]));
    y[1] = fma(broadcast(Transform<4, 3>::kP), m[1] - m[2], fma(broadcast(Transform<4, 3>::kQ), m[3] - m[4], m[5]));
  }
};

/// What F(6,3) and F(4,5) share: points 0, +-1/2, +-1, +-2 and infinity.
struct EightPoints {
  /// even + p * odd and even - p * odd, where d[1..6] are the coefficients that the squares of the other two points leave: their sum and product.
  template <int kNumber>
  QUINTET_INLINE void input_of(const Vec* d, float sum, float product, Vec* v) {
    const float p = static_cast<float>(kF8Points[kNumber]);
    const Vec even = fma(broadcast(product), d[2], fma(broadcast(-sum), d[4], d[6])), odd = fma(broadcast(product), d[1], fma(broadcast(-sum), d[3], d[5]));
    v[1 + 2 * kNumber] = fma(broadcast(p), odd, even);
    v[2 + 2 * kNumber] = fma(broadcast(-p), odd, even);
  }
  QUINTET_INLINE void input(const Vec* d, Vec* v) {
    v[0] = fma(broadcast(5.25f), d[2] - d[4], d[6] - d[0]);
    v[7] = fma(broadcast(5.25f), d[3] - d[5], d[7] - d[1]);
    input_of<0>(d, 5.0f, 4.0f, v);
    input_of<1>(d, 4.25f, 1.0f, v);
    input_of<2>(d, 1.25f, 0.25f, v);
  }
  template <int kPixels>
  QUINTET_INLINE void output_of(const Vec* m, Vec* y) {
    const Vec even[] = {m[1] + m[2], m[3] + m[4], m[5] + m[6]}, odd[] = {m[1] - m[2], m[3] - m[4], m[5] - m[6]};
    y[0] = (m[0] + even[1]) + (even[0] + even[2]);
    QUINTET_UNROLL for (int i = 1; i < kPixels; ++i) {
      const float large = static_cast<float>(1 << i);
      const Vec* of = i % 2 == 0 ? even : odd;
      y[i] = fma(broadcast(large), of[2], fma(broadcast(1 / large), of[0], of[1]));
    }
    y[kPixels - 1] = y[kPixels - 1] + m[7];
  }
};

template <>
struct Transform<6, 3> : FormOf<6, 3, 1>, EightPoints {
  QUINTET_INLINE void output(const Vec* m, Vec* y) { output_of<kTile>(m, y); }
};

template <>
struct Transform<4, 5> : FormOf<4, 5, 1>, EightPoints {
  QUINTET_INLINE void output(const Vec* m, Vec* y) { output_of<kTile>(m, y); }
};

}  // namespace
}  // namespace quintet::QUINTET_ISA
