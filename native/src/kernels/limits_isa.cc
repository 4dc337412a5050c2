#include "kernels/limits_kernels.h"
#include "kernels/simd.h"

namespace quintet::QUINTET_ISA {
namespace {

constexpr int kSums = 12;   // two units, latency four to five: ten in flight suffice; with the two factors they fit 16 registers

double multiply(int64_t rounds, float* result) {
  Vec sums[kSums];
  for (int i = 0; i < kSums; ++i) sums[i] = load(result);
  const Vec a = load(result), b = load(result);   // unknown to the compiler
  for (int64_t round = 0; round < rounds; ++round) {
    QUINTET_UNROLL for (int i = 0; i < kSums; ++i) sums[i] = fma(a, b, sums[i]);
  }
  Vec total = zero();
  for (int i = 0; i < kSums; ++i) total = total + sums[i];
  store(result, total);
  return 2.0 * kLanes * kSums * static_cast<double>(rounds);
}

float read(const float* data, int64_t count) {
  constexpr int kParts = 8;
  Vec sums[kParts] = {};
  for (int64_t i = 0; i < count; i += kParts * kLanes) {
    QUINTET_UNROLL for (int part = 0; part < kParts; ++part) sums[part] = sums[part] + load(data + i + part * kLanes);
  }
  Vec total = zero();
  for (int part = 0; part < kParts; ++part) total = total + sums[part];
  float sum = 0;
  for (int lane = 0; lane < kLanes; ++lane) sum += total[lane];
  return sum;
}

}  // namespace

limits::Loops limit_loops() { return {multiply, read}; }

}  // namespace quintet::QUINTET_ISA
