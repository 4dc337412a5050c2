// The inner loop of a fully connected layer, compiled once per instruction set; see dense_kernels.h for the layout.
#include "kernels/dense_kernels.h"
#include "kernels/elementary.h"

namespace quintet::QUINTET_ISA {
namespace {

using namespace dense;

constexpr int kVectors = kPanel / kLanes;
constexpr int64_t kChunk = 256;    // inputs; even

// Weights as they lie in memory, and how a vector's of one input, or of kTogether inputs, become floats.
struct Float32 {
  typedef float Element;
  static constexpr int kTogether = together(DenseStorage::kFloat32);
  QUINTET_INLINE void read(const float* at, Vec (&to)[1]) { to[0] = load(at); }
};
struct Float16 {
  typedef uint16_t Element;
  static constexpr int kTogether = together(DenseStorage::kFloat16);
  QUINTET_INLINE void read(const uint16_t* at, Vec (&to)[1]) { to[0] = load_float16(at); }
};
struct Bfloat16 {
  typedef uint16_t Element;
  static constexpr int kTogether = together(DenseStorage::kBfloat16);
  QUINTET_INLINE void read(const uint16_t* at, Vec (&to)[2]) { load_bfloat16_pairs(at, to[0], to[1]); }
};
struct Int8 {
  typedef int8_t Element;
  static constexpr int kTogether = together(DenseStorage::kInt8);
  QUINTET_INLINE void read(const int8_t* at, Vec (&to)[1]) { to[0] = load_int8(at); }
};

/// The weights that are brought nearer meanwhile: bytes from those at hand, and from one input to the next.
struct Ahead {
  int64_t from, step;
};

/// Adds the products of `inputs` inputs to the sums of `kStreams` panels for `kCount` pictures. The panels lie far apart: a core reads
/// memory faster by several sequences at once than by one.
template <typename Weights, int kCount, int kStreams, bool kAhead>
QUINTET_INLINE void add_products(const typename Weights::Element* const* w, const float* const* x, int64_t inputs, const Ahead& ahead, Vec* sums) {
  constexpr int kSums = kCount * kStreams * kVectors;
  // A few sums alone would wait for their own additions: two sets of them, for even and odd inputs.
  constexpr int kSets = kSums < 8 ? 2 : 1;
  Vec sum[kSets][kSums] = {};
  constexpr int kTogether = Weights::kTogether, kStep = kTogether > kSets ? kTogether : kSets;
  // Inputs i to i + kTogether, of which the picture has `count`.
  const auto add = [&](int64_t i, int64_t count, int set) __attribute__((always_inline)) {
    Vec picture[kTogether][kCount];
    QUINTET_UNROLL for (int k = 0; k < kTogether; ++k) {
      QUINTET_UNROLL for (int r = 0; r < kCount; ++r) picture[k][r] = k < count ? broadcast(x[r][i + k]) : zero();
    }
    QUINTET_UNROLL for (int s = 0; s < kStreams; ++s) {
      if (kAhead) prefetch_l2(reinterpret_cast<const char*>(w[s]) + ahead.from + i * ahead.step);
      QUINTET_UNROLL for (int v = 0; v < kVectors; ++v) {
        Vec weights[kTogether];
        Weights::read(w[s] + i * kPanel + v * kLanes * kTogether, weights);
        QUINTET_UNROLL for (int k = 0; k < kTogether; ++k) {
          QUINTET_UNROLL for (int r = 0; r < kCount; ++r) {
            Vec& total = sum[(set + k) % kSets][(r * kStreams + s) * kVectors + v];
            total = fma(picture[k][r], weights[k], total);
          }
        }
      }
    }
  };
  int64_t i = 0;
  for (; i + kStep <= inputs; i += kStep) {
    QUINTET_UNROLL for (int k = 0; k < kStep; k += kTogether) add(i + k, kTogether, k);
  }
  if (i < inputs) add(i, inputs - i, 0);
  QUINTET_UNROLL for (int k = 0; k < kSums; ++k) {
    QUINTET_UNROLL for (int set = 0; set < kSets; ++set) sums[k] = sums[k] + sum[set][k];
  }
}

QUINTET_INLINE void finish(const Job& job, int64_t panel, int row, const Vec* sums) {
  float values[kPanel];
  for (int v = 0; v < kVectors; ++v) store(values + v * kLanes, sums[v]);
  const int64_t first = panel * kPanel, count = job.outputs - first < kPanel ? job.outputs - first : kPanel;
  for (int64_t o = 0; o < count; ++o) {
    if (job.scales != nullptr) values[o] *= job.scales[first + o];
    if (job.bias != nullptr) values[o] += job.bias[first + o];
  }
  if (job.finish != Finish::kNone) {
    for (int v = 0; v < kVectors; ++v) store(values + v * kLanes, finished(job.finish, load(values + v * kLanes)));
  }
  float* y = job.target + row * job.outputs + first;
  for (int64_t o = 0; o < count; ++o) y[o] = values[o];
}

/// The same for any number of pictures, `kCount` at a time or, lest one is left alone, fewer: all but the first read the weights from L1.
template <typename Weights, int kCount, int kStreams, bool kAhead>
QUINTET_INLINE void add_pictures(const typename Weights::Element* const* w, const float* source, int64_t stride, int pictures, int64_t inputs, Ahead ahead, Vec* sums) {
  while (pictures >= kCount && pictures != kCount + 1) {
    const float* x[kCount];
    for (int r = 0; r < kCount; ++r, source += stride) x[r] = source;
    add_products<Weights, kCount, kStreams, kAhead>(w, x, inputs, ahead, sums);
    ahead.from += inputs * ahead.step;
    sums += kCount * kStreams * kVectors;
    pictures -= kCount;
  }
  if constexpr (kCount > 1) add_pictures<Weights, kCount - 1, kStreams, kAhead>(w, source, stride, pictures, inputs, ahead, sums);
}

/// `count` panels of each of `kStreams` sequences, which begin at `first` and follow each other. In chunks of inputs, so that the
/// rounding error grows with a chunk's length and not with the layer's.
template <typename Weights, int kCount, int kStreams, bool kAhead>
void multiply_panels(const Job& job, int64_t first, int64_t count) {
  constexpr int kSums = kStreams * kVectors;
  constexpr int64_t kRow = kPanel * sizeof(typename Weights::Element);
  const int64_t groups = (job.pictures + kCount - 1) / kCount;
  for (int64_t panel = first; panel < first + count; ++panel) {
    Vec sums[kPictures * kSums];
    for (int k = 0; k < job.pictures * kSums; ++k) sums[k] = zero();
    for (int64_t i = 0; i < job.inputs; i += kChunk) {
      const typename Weights::Element* weights[kStreams];
      for (int s = 0; s < kStreams; ++s) weights[s] = static_cast<const typename Weights::Element*>(job.weights) + ((panel + s * count) * job.stored_inputs + i) * kPanel;
      const int64_t inputs = job.inputs - i < kChunk ? job.inputs - i : kChunk;
      const Ahead ahead{inputs * kRow, kRow / groups};
      add_pictures<Weights, kCount, kStreams, kAhead>(weights, job.source + i, job.source_stride, job.pictures, inputs, ahead, sums);
    }
    for (int r = 0; r < job.pictures; ++r) {
      for (int s = 0; s < kStreams; ++s) finish(job, panel + s * count, r, sums + r * kSums + s * kVectors);
    }
  }
}

template <typename Weights, int kCount, int kStreams, bool kAhead>
void multiply_streams(const Job& job) {
  const int64_t count = (job.panel_end - job.panel_begin) / kStreams, rest = job.panel_begin + kStreams * count;
  multiply_panels<Weights, kCount, kStreams, kAhead>(job, job.panel_begin, count);
  multiply_panels<Weights, kCount, 1, kAhead>(job, rest, job.panel_end - rest);
}

/// As many pictures at a time and streams as leave their sums in registers. Where computing takes longer than reading, the core does not look
/// far enough ahead by itself.
template <typename Weights>
void multiply(const Job& job) {
  if (job.pictures == 1) {
    multiply_streams<Weights, 1, 4, false>(job);
  } else if (job.pictures <= 3) {
    multiply_streams<Weights, 3, 2, false>(job);
  } else {
    multiply_streams<Weights, 3, 2, true>(job);
  }
}

void to_float16(const float* from, int64_t count, float factor, uint16_t* to) {
  for (int64_t i = 0; i < count; ++i) to[i] = _cvtss_sh(from[i] * factor, _MM_FROUND_TO_NEAREST_INT);
}

}  // namespace

const dense::Kernels& dense_kernels() {
  static const dense::Kernels kernels{{&multiply<Float32>, &multiply<Float16>, &multiply<Bfloat16>, &multiply<Int8>}, &to_float16};
  return kernels;
}

}  // namespace quintet::QUINTET_ISA
