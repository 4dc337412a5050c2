// The optimizers' inner loops, compiled once per instruction set; see update.h for the rules.
#include "kernels/simd.h"
#include "kernels/update.h"

namespace quintet::QUINTET_ISA {
namespace {

using Kind = UpdateRule::Kind;

template <Kind kKind>
constexpr bool is_rmsprop() {
  return kKind == Kind::kRmsprop || kKind == Kind::kRmspropMomentum || kKind == Kind::kCentered || kKind == Kind::kCenteredMomentum;
}

struct Rule {
  Vec rate, a, b, rest_a, rest_b, epsilon, gradient_scale, clip, l2, decay;
  explicit Rule(const UpdateRule& r)
      : rate(broadcast(r.rate)), a(broadcast(r.a)), b(broadcast(r.b)), rest_a(broadcast(1 - r.a)), rest_b(broadcast(1 - r.b)), epsilon(broadcast(r.epsilon)),
        gradient_scale(broadcast(r.gradient_scale)), clip(broadcast(r.clip)), l2(broadcast(r.l2)), decay(broadcast(r.decay)) {}
};

QUINTET_INLINE Vec momentum_step(const Rule& r, float* state, Vec g, bool nesterov) {
  const Vec step = r.rate * g, m = r.a * load(state) - step;
  store(state, m);
  return nesterov ? r.a * m - step : m;
}

template <Kind kKind>
QUINTET_INLINE Vec rmsprop_step(const Rule& r, const UpdateArrays& at, int64_t i, Vec g) {
  const Vec v = r.b * load(at.states[0] + i) + r.rest_b * g * g;
  store(at.states[0] + i, v);
  Vec spread = v;
  if constexpr (kKind == Kind::kCentered || kKind == Kind::kCenteredMomentum) {
    const Vec c = r.b * load(at.states[1] + i) + r.rest_b * g;
    store(at.states[1] + i, c);
    spread = v - c * c;
  }
  Vec step = r.rate * g / square_root(spread + r.epsilon);
  if constexpr (kKind == Kind::kRmspropMomentum || kKind == Kind::kCenteredMomentum) {
    float* momentum = at.states[kKind == Kind::kCenteredMomentum ? 2 : 1] + i;
    step = r.a * load(momentum) + step;
    store(momentum, step);
  }
  return -step;
}

QUINTET_INLINE Vec adam_step(const Rule& r, const UpdateArrays& at, int64_t i, Vec g) {
  Vec m = load(at.states[0] + i), v = load(at.states[1] + i);
  m += (g - m) * r.rest_a;
  v += (g * g - v) * r.rest_b;
  store(at.states[0] + i, m);
  store(at.states[1] + i, v);
  return -(r.rate * m / (square_root(v) + r.epsilon));
}

template <Kind kKind>
QUINTET_INLINE Vec step(const Rule& r, const UpdateArrays& at, int64_t i, Vec g) {
  if constexpr (kKind == Kind::kSgd) return -(r.rate * g);
  if constexpr (kKind == Kind::kMomentum || kKind == Kind::kNesterov) return momentum_step(r, at.states[0] + i, g, kKind == Kind::kNesterov);
  if constexpr (is_rmsprop<kKind>()) return rmsprop_step<kKind>(r, at, i, g);
  if constexpr (kKind == Kind::kAdam) return adam_step(r, at, i, g);
}

template <Kind kKind>
void run(const UpdateRule& rule, const UpdateArrays& at, int64_t length) {
  const Rule r(rule);
  for (int64_t i = 0; i < length; i += kLanes) {
    Vec w = load(at.value + i);
    Vec g = r.gradient_scale * load(at.gradient + i);
    g = minimum(r.clip, maximum(-r.clip, g)) + r.l2 * w;   // in this order a NaN stays one
    w -= r.decay * w;
    store(at.value + i, w + step<kKind>(r, at, i, g));
  }
}

}  // namespace

UpdatePiece update_piece(Kind kind) {
  switch (kind) {
    case Kind::kSgd: return &run<Kind::kSgd>;
    case Kind::kMomentum: return &run<Kind::kMomentum>;
    case Kind::kNesterov: return &run<Kind::kNesterov>;
    case Kind::kRmsprop: return &run<Kind::kRmsprop>;
    case Kind::kRmspropMomentum: return &run<Kind::kRmspropMomentum>;
    case Kind::kCentered: return &run<Kind::kCentered>;
    case Kind::kCenteredMomentum: return &run<Kind::kCenteredMomentum>;
    case Kind::kAdam: break;
  }
  return &run<Kind::kAdam>;
}

}  // namespace quintet::QUINTET_ISA
