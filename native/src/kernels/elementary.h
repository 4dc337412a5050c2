// Sigmoid and tanh of a vector, and what else may become of a sum. Like simd.h only for *_isa.cc files. Errors: at most 4e-7 of the result, wherever
// that is no denormal number; not a number stays so.
#pragma once

#include "kernels/finish.h"
#include "kernels/simd.h"

namespace quintet::QUINTET_ISA {

/// exp(x) as power * (1 + rest), for |x| <= 88: `power` a power of two, `rest` between -0.3 and 0.42.
struct Exponential {
  Vec power, rest;
};

QUINTET_INLINE Exponential exponential(Vec x) {
  constexpr float kRounder = 12582912.f;                                   // 1.5 * 2^23: adding it rounds to integers, which stand in the lowest bits
  const Vec shifted = fma(x, broadcast(1.44269504f), broadcast(kRounder)), n = shifted - broadcast(kRounder);
  const Vec r = fma(n, broadcast(-1.42860677e-6f), fma(n, broadcast(-0.693145752f), x));   // x - n ln 2, the logarithm in two parts
  // (exp(r) - 1) / r - 1 over r: relative to the result exact to 2e-8.
  Vec series = fma(broadcast(1.f / 5040), r, broadcast(1.f / 720));
  series = fma(series, r, broadcast(1.f / 120));
  series = fma(series, r, broadcast(1.f / 24));
  series = fma(series, r, broadcast(1.f / 6));
  series = fma(series, r, broadcast(1.f / 2));
  return {(Vec)(((WordLanes)shifted << 23) + 0x3f800000), fma(series, r * r, r)};
}

QUINTET_INLINE Vec sigmoid(Vec x) {
  const Vec clamped = minimum(broadcast(88), maximum(broadcast(-87), zero() - x));   // in this order NaN stays
  const Exponential e = exponential(clamped);
  return broadcast(1) / (broadcast(1) + fma(e.power, e.rest, e.power));
}

QUINTET_INLINE Vec hyperbolic_tangent(Vec x) {
  const WordLanes sign = (WordLanes)x & INT32_MIN;
  const Vec magnitude = (Vec)((WordLanes)x ^ sign);
  const Exponential e = exponential(minimum(broadcast(40), magnitude + magnitude));
  const Vec less_one = fma(e.power, e.rest, e.power - broadcast(1));      // exp(2x) - 1, exact for small x too
  return (Vec)((WordLanes)(less_one / (less_one + broadcast(2))) | sign);
}

QUINTET_INLINE Vec finished(Finish finish, Vec value) {
  switch (finish) {
    case Finish::kNone: break;
    case Finish::kRelu: return maximum(zero(), value);                     // in this order NaN stays
    case Finish::kSigmoid: return sigmoid(value);
    case Finish::kTanh: return hyperbolic_tangent(value);
  }
  return value;
}

}  // namespace quintet::QUINTET_ISA
