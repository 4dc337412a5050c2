// A plan in words: one JSON object a step.
#pragma once

#include <string>

#include "plan/plan.h"

namespace quintet {

/// `milliseconds`: one a step, or null where nothing was measured.
std::string explain_plan(const Plan& plan, const double* milliseconds);

}  // namespace quintet
