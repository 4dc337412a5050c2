// A plan in words: one JSON object a step.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"
#include "runtime/limits.h"

namespace quintet {

/// `text` in quotation marks. Names come from the graph's author: what JSON needs is escaped.
std::string json_string(const std::string& text);

/// `milliseconds`: one a step, or null where nothing was measured. With `limits` each measured step also says what bounds it and which
/// share it has of what the machine allows.
std::string explain_plan(const Plan& plan, const double* milliseconds, const MachineLimits* limits = nullptr);

/// The median of each step's samples; reorders them.
std::vector<double> medians(std::vector<std::vector<double>>& samples);

}  // namespace quintet
