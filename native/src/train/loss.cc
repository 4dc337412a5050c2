#include "train/loss.h"

#include <algorithm>
#include <cmath>

namespace quintet {
namespace {

/// What the loss of one picture needs.
struct Target {
  int label;                 // -1: `distribution`
  const float* distribution;
  int64_t classes;
  double smoothing;

  double given(int64_t c) const { return distribution != nullptr ? distribution[c] : c == label ? 1 : 0; }
  double operator()(int64_t c) const { return given(c) * (1 - smoothing) + smoothing / static_cast<double>(classes); }
  int64_t largest() const { return distribution != nullptr ? std::max_element(distribution, distribution + classes) - distribution : label; }
};

/// -sum_c target[c] * log softmax(logits)[c]; `gradient`, if not null, receives scale times its derivative.
double cross_entropy(const float* logits, const Target& target, double scale, float* gradient) {
  const double largest = *std::max_element(logits, logits + target.classes);
  double exponentials = 0, weighted = 0, mass = 0;
  for (int64_t c = 0; c < target.classes; ++c) {
    exponentials += std::exp(logits[c] - largest);
    weighted += target(c) * (logits[c] - largest);
    mass += target(c);
  }
  if (gradient != nullptr) {
    for (int64_t c = 0; c < target.classes; ++c) gradient[c] = static_cast<float>(scale * (mass * std::exp(logits[c] - largest) / exponentials - target(c)));
  }
  return mass * std::log(exponentials) - weighted;
}

struct Loss {
  StepState* state;
  HeadLoss head;
  int64_t pictures, classes;
  double smoothing;
  bool main;

  Target target(int64_t picture) const {
    if (state->targets != nullptr) return {-1, state->targets + picture * classes, classes, smoothing};
    return {state->labels[picture], nullptr, classes, smoothing};
  }

  /// Pictures in any order, their losses added in one order.
  void operator()(const float* logits, float* gradient, double* losses) const {
    const double scale = head.weight / static_cast<double>(pictures);
#pragma omp parallel for schedule(static) if (pictures * classes > 4096)
    for (int64_t n = 0; n < pictures; ++n) {
      losses[n] = cross_entropy(logits + n * classes, target(n), scale, gradient == nullptr ? nullptr : gradient + n * classes);
    }
    double sum = 0;
    int64_t correct = 0;
    for (int64_t n = 0; n < pictures; ++n) {
      sum += losses[n];
      const float* row = logits + n * classes;
      correct += std::max_element(row, row + classes) - row == target(n).largest();
    }
    state->head_losses[head.head] = sum / static_cast<double>(pictures);
    state->total += head.weight * state->head_losses[head.head];
    if (main) state->correct = correct;
  }
};

}  // namespace

void add_loss(TrainPlanBuilder& builder, const HeadLoss& head) {
  const Shape& shape = builder.shape(head.logits);
  const Operand logits = builder.value_in(head.logits, Layout::kPlain);
  const Loss loss{&builder.state(), head, shape.n(), shape.c(), builder.options().label_smoothing, head.head == 0};
  const bool differentiate = builder.needs_gradient(head.logits);
  std::vector<Operand> operands{logits};
  if (differentiate) {
    operands.push_back(builder.writer().make_value(shape, Layout::kPlain, -1));
    builder.add_gradient(head.logits, operands.back(), true);
  }
  StepOrigin origin = builder.origin(head.logits);
  origin.op = "loss";
  builder.writer().add_kernel(origin, "softmax cross-entropy", operands, [=](void* const* at) {
    loss(static_cast<const float*>(at[0]), differentiate ? static_cast<float*>(at[1]) : nullptr, static_cast<double*>(at[1 + differentiate]));
  }, shape.n() * sizeof(double));
}

}  // namespace quintet
