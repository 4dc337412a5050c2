// The loops that measure what a core can do at most, compiled once per instruction set (limits_isa.cc); see runtime/limits.h.
#pragma once

#include <cstdint>

namespace quintet::limits {

struct Loops {
  /// `rounds` times kMultiplies independent multiplications and additions in registers. Returns the floating point operations done.
  double (*multiply)(int64_t rounds, float* result);
  /// Reads `count` floats once, in order; a multiple of 256. Their sum, so that nothing is left out.
  float (*read)(const float* data, int64_t count);
};

}  // namespace quintet::limits

namespace quintet::avx2 {
limits::Loops limit_loops();
}
namespace quintet::avx512 {
limits::Loops limit_loops();
}
