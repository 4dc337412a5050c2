// Fully connected layers of unsigned bytes by signed bytes of 7 bits, exact sums in integers: four times as many products an instruction
// as in float32, so that even weights in a cache are read as fast as it gives them. Each weight is read once per four pictures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace quintet {

/// Immutable; run may be called from several threads at once.
class ByteDenseKernel {
 public:
  /// `threads`: the OpenMP team that computes one run. Throws Error kUnsupported where this CPU has no kernel (no AVX2).
  ByteDenseKernel(int64_t inputs, int64_t outputs, int threads);

  size_t packed_bytes() const;
  /// `row(o, to)` writes output o's integers, -64 to 64 (pairs of products must fit 16 bits), in the order of the source's memory.
  void pack(const std::function<void(int64_t, int8_t*)>& row, void* packed) const;

  /// Bytes that run needs as scratch. Contents do not matter before or after.
  size_t scratch_bytes() const;

  /// target[n][o] = relu?((sum_i (source[n][i] - zero) * weight[o][i]) * scales[o] + bias[o]) for dense rows. `bias` may be null.
  /// Allocates nothing.
  void run(const uint8_t* source, int zero, int64_t pictures, const void* packed, const float* scales, const float* bias, bool relu, float* target, void* scratch) const;

 private:
  int64_t inputs_, outputs_, groups_, panels_;
  int threads_;
};

}  // namespace quintet
