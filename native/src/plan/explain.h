// A plan in words: one JSON object a step.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"

namespace quintet {

/// `milliseconds`: one a step, or null where nothing was measured.
std::string explain_plan(const Plan& plan, const double* milliseconds);

/// The median of each step's samples; reorders them.
std::vector<double> medians(std::vector<std::vector<double>>& samples);

}  // namespace quintet
