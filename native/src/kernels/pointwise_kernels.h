// The contract between pointwise.cc (pieces, threads) and pointwise_isa.cc (compiled once per instruction set). Plain structures only.
#pragma once

#include <cstdint>

namespace quintet::pointwise {

constexpr int kMostParts = 4;   // of a sum in one pass

struct Kernels {
  void (*sum)(const float* const* parts, int count, const float* relu, float* to, int64_t length);
  void (*scale)(const float* from, float factor, float* to, int64_t length);
  /// Keeps element i where hash(key, i) >= threshold. length at most 2^32.
  void (*dropout)(const float* from, float factor, uint32_t threshold, uint64_t key, float* to, int64_t length);
  double (*square_sum)(const float* from, int64_t length);
};

}  // namespace quintet::pointwise

// Defined in pointwise_isa.cc.
namespace quintet::avx2 {
pointwise::Kernels pointwise_kernels();
}
namespace quintet::avx512 {
pointwise::Kernels pointwise_kernels();
}
