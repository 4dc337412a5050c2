// What this machine can do at most, measured: the two edges of the roofline (Williams et al. 2009).
#pragma once

#include <cstdint>
#include <string>

namespace quintet {

struct MachineLimits {
  int threads = 1;
  int64_t working_set = 0;        // bytes that the reads went round
  double flops_per_ms = 0;        // float32 multiplications and additions in registers, all threads together
  double bytes_per_ms = 0;        // reads of the working set in order, all threads together
  double bf16_per_ms = 0, int8_per_ms = 0;   // operations of oneDNN's product of narrow matrices that lie in L2; 0: not asked for

  /// Operations per millisecond on numbers of this name: "f32", "bf16", "int8".
  double rate(const std::string& precision) const;
};

/// Measured when first asked for and then kept for the process; takes about 0.2 s. `working_set`: bytes that a run goes through again and
/// again, which decide whether caches or memory deliver them. It is rounded to a power of two, 128 MB at most.
/// `bf16`, `int8`: whether the rates of those are wanted.
MachineLimits machine_limits(int threads, int64_t working_set, bool bf16 = false, bool int8 = false);

/// {"threads", "gflops", "read_gb_per_second", "working_set_bytes"}, and "bf16_gflops" and "int8_gops" where measured
std::string to_json(const MachineLimits& limits);

}  // namespace quintet
