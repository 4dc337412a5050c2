// Fully connected layers for few pictures, bound by reading the weights: each is read once per three pictures, in the order in which it
// lies, as float32, bfloat16 or int8 with a scale per output; arithmetic is float32 in every case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "kernels/finish.h"

namespace quintet {

enum class DenseStorage { kFloat32, kBfloat16, kInt8 };

/// Immutable; run may be called from several threads at once.
class DenseKernel {
 public:
  /// `threads`: the OpenMP team that computes one run. Throws Error kUnsupported where this CPU has no kernel.
  DenseKernel(int64_t inputs, int64_t outputs, DenseStorage storage, int threads);

  static bool available();

  size_t packed_bytes() const;
  /// `row(o, to)` writes output o's weights, `inputs` floats in the order of the source's memory. Rounds to nearest even;
  /// int8 by the largest magnitude of the row.
  void pack(const std::function<void(int64_t, float*)>& row, void* packed) const;

  /// For kInt8: `row(o, to)` writes output o's integers in that order and returns what they are multiplied by.
  void pack_integers(const std::function<float(int64_t, int8_t*)>& row, void* packed) const;

  /// target[n][o] = finish(sum_i source[n * source_stride + i] * weight[o][i] + bias[o]) for `pictures` rows of a dense target.
  /// `bias` may be null. Allocates nothing.
  void run(const float* source, int64_t source_stride, int pictures, const void* packed, const float* bias, Finish finish, float* target) const;

 private:
  size_t element_bytes() const;
  const float* scales(const void* packed) const;

  int64_t inputs_, outputs_, panels_;
  DenseStorage storage_;
  int threads_;
};

}  // namespace quintet
