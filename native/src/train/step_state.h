// What one step or evaluation is told and what it answers: written by the trainer before the run, by the plan's steps during it.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace quintet {

struct StepState {
  const int* labels = nullptr;        // one a picture, or
  const float* targets = nullptr;     // a distribution a picture
  double learning_rate = 0.01;
  int64_t steps = 0;                  // updates made so far
  uint64_t seed = 0;
  bool dropout = true;                // before plans are made

  std::vector<double> head_losses;    // by head of the graph, not weighted
  double total = 0;
  int64_t correct = 0;
  double gradient_squares = 0;        // of all gradients together

  /// Loss and gradients are numbers: the step may change parameters and statistics. A ReLU or a maximum may hide a NaN from the loss,
  /// but not from the gradients.
  bool is_finite() const { return std::isfinite(total) && std::isfinite(gradient_squares); }
};

}  // namespace quintet
