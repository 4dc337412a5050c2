// Division of sizes into equal units.
#pragma once

#include <cstdint>

namespace quintet {

/// How many units it takes to hold `value`; both of them positive or zero, the unit not zero.
inline int64_t ceil_div(int64_t value, int64_t unit) { return (value + unit - 1) / unit; }

/// The smallest multiple of `unit` that is not below `value`.
inline int64_t round_up(int64_t value, int64_t unit) { return ceil_div(value, unit) * unit; }

}  // namespace quintet
