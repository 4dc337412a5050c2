// Passes over whole tensors that training needs, float32, on dense memory of any layout: sums, ReLU's gradient, dropout.
// They run on the calling thread's OpenMP team; results do not depend on its size. Arrays may be the same, not overlap otherwise.
#pragma once

#include <cstdint>

namespace quintet::pointwise {

/// Throws Error kUnsupported where there are no kernels for this CPU (no AVX2, FMA and F16C).
void require();

/// to[i] = (parts[0][i] + parts[1][i] + ...), 0 where `relu`, if not null, is not positive.
void sum(const float* const* parts, int count, const float* relu, float* to, int64_t length);

/// to[i] = factor * from[i].
void scale(const float* from, float factor, float* to, int64_t length);

/// Inverted dropout: to[i] = from[i] / (1 - rate), or 0 with probability `rate`. Which elements follows from `key` and i alone.
void dropout(const float* from, double rate, uint64_t key, float* to, int64_t length);

/// Sum of squares, added in an order that does not depend on the team. `scratch`: square_sum_scratch(length) numbers.
double square_sum(const float* from, int64_t length, double* scratch);
int64_t square_sum_scratch(int64_t length);

/// A hash of two numbers, for keys (SplitMix64's finaliser over both).
uint64_t mix(uint64_t a, uint64_t b);

}  // namespace quintet::pointwise
