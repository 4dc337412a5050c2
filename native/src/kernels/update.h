// One optimizer step over flat arrays, float32: read gradient, value and state once, write value and state once.
#pragma once

#include <cstdint>

namespace quintet {

/// What happens to a gradient g and a value w before the rule (g is scaled, then clipped, then l2 * w is added, then w is decayed),
/// and the rule's numbers. Rules are Keras 3's.
struct UpdateRule {
  enum Kind {
    kSgd,                // w -= rate g
    kMomentum,           // m = a m - rate g;  w += m
    kNesterov,           // m = a m - rate g;  w += a m - rate g
    kRmsprop,            // v = b v + (1 - b) g^2;  w -= rate g / sqrt(v + epsilon)
    kRmspropMomentum,    // ... m = a m + rate g / sqrt(v + epsilon);  w -= m
    kCentered,           // ... c = b c + (1 - b) g;  w -= rate g / sqrt(v - c^2 + epsilon)
    kCenteredMomentum,
    kAdam                // m += (1 - a)(g - m);  v += (1 - b)(g^2 - v);  w -= rate m / (sqrt(v) + epsilon), rate bias-corrected
  };
  Kind kind = kSgd;
  float rate = 0, a = 0, b = 0, epsilon = 0;
  float gradient_scale = 1;
  float clip = 0;               // largest |g|; infinity: none
  float l2 = 0;
  float decay = 0;              // w -= decay w
};

/// The arrays: `states` in the rule's order of first mention (m for momenta; v, m or v, c, m for RMSprop; m, v for Adam).
struct UpdateArrays {
  float* value;
  const float* gradient;
  float* states[3];
};

/// Updates elements [0, length), length a multiple of 16, on the calling thread's OpenMP team.
void update(const UpdateRule& rule, const UpdateArrays& arrays, int64_t length);

using UpdatePiece = void (*)(const UpdateRule&, const UpdateArrays&, int64_t length);

}  // namespace quintet

// Defined in update_isa.cc.
namespace quintet::avx2 {
UpdatePiece update_piece(UpdateRule::Kind kind);
}
namespace quintet::avx512 {
UpdatePiece update_piece(UpdateRule::Kind kind);
}
