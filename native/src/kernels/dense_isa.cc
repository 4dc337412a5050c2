// The inner loop of a fully connected layer, compiled once per instruction set; see dense_kernels.h for the layout.
#include "kernels/dense_kernels.h"
#include "kernels/simd.h"

namespace quintet::QUINTET_ISA {
namespace {

using namespace dense;

constexpr int kVectors = kPanel / kLanes;
constexpr int64_t kChunk = 256;    // inputs; even
constexpr int64_t kAhead = 4096;   // bytes from the load to the line asked for: a stream's latency times its rate

// Weights as they lie in memory, and how a vector of them becomes floats.
struct Float32 {
  typedef float Element;
  QUINTET_INLINE Vec read(const float* at) { return load(at); }
};
struct Bfloat16 {
  typedef uint16_t Element;
  QUINTET_INLINE Vec read(const uint16_t* at) { return load_bfloat16(at); }
};
struct Int8 {
  typedef int8_t Element;
  QUINTET_INLINE Vec read(const int8_t* at) { return load_int8(at); }
};

/// Adds the products of `inputs` inputs to the sums of one panel for `kRows` pictures.
template <typename Weights, int kRows>
QUINTET_INLINE void add_products(const typename Weights::Element* w, const float* const* x, int64_t inputs, Vec* sums) {
  // One picture alone would wait for its own additions: two sets of sums, for even and odd inputs.
  constexpr int kSets = kRows == 1 ? 2 : 1;
  Vec sum[kRows * kSets][kVectors] = {};
  const int64_t steps = inputs / kSets;
  for (int64_t i = 0; i < steps; ++i, w += kSets * kPanel) {
    prefetch_l1(reinterpret_cast<const char*>(w) + kAhead);
    if (sizeof(typename Weights::Element) * kPanel * kSets > 64) prefetch_l1(reinterpret_cast<const char*>(w) + kAhead + 64);
    QUINTET_UNROLL for (int s = 0; s < kSets; ++s) {
      QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) {
        const Vec weights = Weights::read(w + s * kPanel + v * kLanes);
        QUINTET_UNROLL for (int r = 0; r < kRows; ++r) sum[r * kSets + s][v] = fma(broadcast(x[r][i * kSets + s]), weights, sum[r * kSets + s][v]);
      }
    }
  }
  QUINTET_UNROLL for (int r = 0; r < kRows; ++r) {
    QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) {
      Vec total = sum[r * kSets][v];
      if (kSets == 2) total = total + sum[r * kSets + 1][v];
      if (steps * kSets < inputs) total = fma(broadcast(x[r][inputs - 1]), Weights::read(w + v * kLanes), total);
      sums[r * kVectors + v] = sums[r * kVectors + v] + total;
    }
  }
}

/// Sums of one panel. In chunks, so that the rounding error grows with a chunk's length and not with the layer's.
template <typename Weights, int kRows>
QUINTET_INLINE void sum_panel(const typename Weights::Element* w, const float* const* x, int64_t inputs, Vec* sums) {
  for (int i = 0; i < kRows * kVectors; ++i) sums[i] = zero();
  const float* rows[kRows];
  for (int64_t first = 0; first < inputs; first += kChunk) {
    for (int r = 0; r < kRows; ++r) rows[r] = x[r] + first;
    add_products<Weights, kRows>(w + first * kPanel, rows, inputs - first < kChunk ? inputs - first : kChunk, sums);
  }
}

QUINTET_INLINE void finish(const Job& job, int64_t panel, int row, const Vec* sums) {
  float values[kPanel];
  for (int v = 0; v < kVectors; ++v) store(values + v * kLanes, sums[v]);
  const int64_t first = panel * kPanel, count = job.outputs - first < kPanel ? job.outputs - first : kPanel;
  float* y = job.target + row * job.outputs + first;
  for (int64_t o = 0; o < count; ++o) {
    float value = values[o];
    if (job.scales != nullptr) value *= job.scales[first + o];
    if (job.bias != nullptr) value += job.bias[first + o];
    y[o] = job.relu && value < 0 ? 0 : value;       // keeps NaN
  }
}

template <typename Weights, int kRows>
void multiply_rows(const Job& job) {
  const float* x[kRows];
  for (int r = 0; r < kRows; ++r) x[r] = job.source + r * job.source_stride;
  const auto* weights = static_cast<const typename Weights::Element*>(job.weights);
  for (int64_t panel = job.panel_begin; panel < job.panel_end; ++panel) {
    Vec sums[kRows * kVectors];
    sum_panel<Weights, kRows>(weights + panel * job.inputs * kPanel, x, job.inputs, sums);
    for (int r = 0; r < kRows; ++r) finish(job, panel, r, sums + r * kVectors);
  }
}

template <typename Weights>
void multiply(const Job& job) {
  static_assert(kPictures == 3);
  if (job.pictures == 1) {
    multiply_rows<Weights, 1>(job);
  } else if (job.pictures == 2) {
    multiply_rows<Weights, 2>(job);
  } else {
    multiply_rows<Weights, 3>(job);
  }
}

}  // namespace

dense::Multiply dense_multiply(DenseStorage storage) {
  switch (storage) {
    case DenseStorage::kFloat32: return multiply<Float32>;
    case DenseStorage::kBfloat16: return multiply<Bfloat16>;
    case DenseStorage::kInt8: return multiply<Int8>;
  }
  return nullptr;
}

}  // namespace quintet::QUINTET_ISA
