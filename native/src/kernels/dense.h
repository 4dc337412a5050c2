// Fully connected layers for few pictures, bound by reading the weights: each is read once per twelve pictures, in the order in which it
// lies, as float32 or bfloat16, or as float16 or int8 with a scale per output; arithmetic is float32 in every case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "kernels/finish.h"

namespace quintet {

enum class DenseStorage { kFloat32, kFloat16, kBfloat16, kInt8 };

/// "f32", "f16", "bf16", "int8".
const char* to_string(DenseStorage storage);

namespace dense {
struct Kernels;
}

/// Immutable; run may be called from several threads at once.
class DenseKernel {
 public:
  /// `threads`: the OpenMP team that computes one run. Throws Error kUnsupported where this CPU has no kernel. `kernels`: those of a certain
  /// instruction set, for the tests; null: the best that the CPU has.
  DenseKernel(int64_t inputs, int64_t outputs, DenseStorage storage, int threads, const dense::Kernels* kernels = nullptr);

  static bool available();

  size_t packed_bytes() const;

  /// `row(o, to)` writes output o's weights, `inputs` floats in the order of the source's memory. They are rounded to nearest even.
  ///
  /// kFloat16: an output's weights are multiplied by the power of two that puts the largest magnitude of them between 128 and 256, and its
  /// sum by the inverse. So whatever the magnitude of a row, all that is not 2 million times smaller than its largest weight
  /// keeps 11 bits, and nothing becomes infinite that was not; sums up to 1e36 times the largest weight have room. NaN and infinity stay
  /// what they are.
  /// kInt8: by the largest magnitude of the row, which must be finite.
  void pack(const std::function<void(int64_t, float*)>& row, void* packed) const;

  /// For kInt8: `row(o, to)` writes output o's integers in that order and returns what they are multiplied by.
  void pack_integers(const std::function<float(int64_t, int8_t*)>& row, void* packed) const;

  /// target[n][o] = finish(sum_i source[n * source_stride + i] * weight[o][i] + bias[o]) for `pictures` rows of a dense target.
  /// `bias` may be null. Allocates nothing.
  void run(const float* source, int64_t source_stride, int pictures, const void* packed, const float* bias, Finish finish, float* target) const;

 private:
  template <typename Element, typename Row>
  void pack_rows(const Row& row, void* packed) const;
  size_t element_bytes() const;
  int64_t stored_inputs() const;
  bool is_scaled() const { return storage_ == DenseStorage::kFloat16 || storage_ == DenseStorage::kInt8; }
  const float* scales(const void* packed) const;

  int64_t inputs_, outputs_, panels_;
  DenseStorage storage_;
  int threads_;
  const dense::Kernels* kernels_;
};

}  // namespace quintet
