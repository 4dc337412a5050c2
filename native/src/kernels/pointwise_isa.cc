// One piece of a pass over a tensor, compiled once per instruction set. The last few elements take the same way as the others, through
// a vector on the stack, so that every element is computed alike.
#include "kernels/pointwise_kernels.h"
#include "kernels/simd.h"

namespace quintet::QUINTET_ISA {
namespace {

typedef uint32_t Bits __attribute__((vector_size(kLanes * 4)));

/// Calls body(i, load, store) for whole vectors, then for the rest with loads and stores of `rest` elements.
template <typename Body>
QUINTET_INLINE void each_vector(int64_t length, Body&& body) {
  int64_t i = 0;
  for (; i + kLanes <= length; i += kLanes) {
    body(i, [](const float* from) { return load(from); }, [](float* to, Vec value) { store(to, value); });
  }
  const int64_t rest = length - i;
  if (rest == 0) return;
  body(i,
       [rest](const float* from) {
         float lanes[kLanes] = {};
         for (int64_t lane = 0; lane < rest; ++lane) lanes[lane] = from[lane];
         return load(lanes);
       },
       [rest](float* to, Vec value) {
         float lanes[kLanes];
         store(lanes, value);
         for (int64_t lane = 0; lane < rest; ++lane) to[lane] = lanes[lane];
       });
}

template <int kCount, bool kRelu>
void sum_of(const float* const* parts, const float* relu, float* to, int64_t length) {
  each_vector(length, [&](int64_t i, auto read, auto write) __attribute__((always_inline)) {
    Vec sum = read(parts[0] + i);
    QUINTET_UNROLL for (int p = 1; p < kCount; ++p) sum += read(parts[p] + i);
    if constexpr (kRelu) sum = read(relu + i) > zero() ? sum : zero();
    write(to + i, sum);
  });
}

template <int kCount>
void sum_or_masked(const float* const* parts, const float* relu, float* to, int64_t length) {
  if (relu != nullptr) {
    sum_of<kCount, true>(parts, relu, to, length);
  } else {
    sum_of<kCount, false>(parts, relu, to, length);
  }
}

void sum(const float* const* parts, int count, const float* relu, float* to, int64_t length) {
  switch (count) {
    case 1: return sum_or_masked<1>(parts, relu, to, length);
    case 2: return sum_or_masked<2>(parts, relu, to, length);
    case 3: return sum_or_masked<3>(parts, relu, to, length);
    default: return sum_or_masked<4>(parts, relu, to, length);
  }
}

void scale(const float* from, float factor, float* to, int64_t length) {
  each_vector(length, [&](int64_t i, auto read, auto write) __attribute__((always_inline)) { write(to + i, broadcast(factor) * read(from + i)); });
}

QUINTET_INLINE Bits all(uint32_t value) { return value + Bits{}; }

/// A counter through two rounds of multiplication and shifts ("lowbias32", C. Wellons 2018), keyed before each.
QUINTET_INLINE Bits hash(Bits x, uint32_t first, uint32_t second) {
  x = x * all(0x9e3779b1u) ^ all(first);
  x = (x ^ x >> 16) * all(0x7feb352du);
  x = (x ^ x >> 15) * all(0x846ca68bu);
  x = (x ^ x >> 16) + all(second);
  x = (x ^ x >> 16) * all(0x7feb352du);
  return x ^ x >> 15;
}

void dropout(const float* from, float factor, uint32_t threshold, uint64_t key, float* to, int64_t length) {
  Bits lane{};
  for (int l = 0; l < kLanes; ++l) lane[l] = static_cast<uint32_t>(l);
  each_vector(length, [&](int64_t i, auto read, auto write) __attribute__((always_inline)) {
    const Bits random = hash(all(static_cast<uint32_t>(i)) + lane, static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32));
    write(to + i, random >= all(threshold) ? broadcast(factor) * read(from + i) : zero());
  });
}

double square_sum(const float* from, int64_t length) {
  constexpr int64_t kRun = 64 * kLanes;      // added as floats; runs are added as doubles
  double total = 0;
  for (int64_t begin = 0; begin < length; begin += kRun) {
    Vec sums = zero();
    each_vector(length - begin < kRun ? length - begin : kRun, [&](int64_t i, auto read, auto) __attribute__((always_inline)) {
      const Vec value = read(from + begin + i);
      sums = fma(value, value, sums);
    });
    for (int lane = 0; lane < kLanes; ++lane) total += sums[lane];
  }
  return total;
}

}  // namespace

pointwise::Kernels pointwise_kernels() { return {&sum, &scale, &dropout, &square_sum}; }

}  // namespace quintet::QUINTET_ISA
