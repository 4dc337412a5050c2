// Which optimizer, as text, and the rule that it follows at a given step.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/update.h"

namespace quintet {

class Optimizer {
 public:
  /// "kind=adam beta1=0.9 ...": see TrainOptions::optimizer. Throws Error kArgument.
  explicit Optimizer(const std::string& text);

  /// Names of the tensors that it keeps for each parameter, in the order of UpdateArrays::states.
  const std::vector<std::string>& states() const { return states_; }
  /// The rule for the update that follows `steps` others. `gradient_scale` and `clip` as in UpdateRule.
  UpdateRule rule(double learning_rate, int64_t steps, double gradient_scale, double clip) const;

 private:
  UpdateRule::Kind kind_ = UpdateRule::kSgd;
  double a_ = 0, b_ = 0, epsilon_ = 0, weight_decay_ = 0, l2_ = 0;
  std::vector<std::string> states_;
};

}  // namespace quintet
