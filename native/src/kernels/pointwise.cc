#include "kernels/pointwise.h"

#include <algorithm>
#include <numeric>

#include "kernels/cpu.h"
#include "kernels/pointwise_kernels.h"
#include "quintet/error.h"

namespace quintet::pointwise {
namespace {

constexpr int64_t kPiece = 1 << 14;   // floats; what one thread does at a time

const Kernels& kernels() {
  static const Kernels table = kernel_isa() == KernelIsa::kAvx512 ? avx512::pointwise_kernels() : avx2::pointwise_kernels();
  return table;
}

/// Calls run(piece, begin, length) for pieces of fixed size, by the team if there is more than one.
template <typename Run>
void in_pieces(int64_t length, Run&& run) {
  const int64_t pieces = (length + kPiece - 1) / kPiece;
#pragma omp parallel for schedule(static) if (pieces > 1)
  for (int64_t piece = 0; piece < pieces; ++piece) run(piece, piece * kPiece, std::min(kPiece, length - piece * kPiece));
}

}  // namespace

void require() {
  if (kernel_isa() == KernelIsa::kNone) throw Error(ErrorKind::kUnsupported, "training needs a CPU with AVX2, FMA and F16C");
}

void sum(const float* const* parts, int count, const float* relu, float* to, int64_t length) {
  in_pieces(length, [&](int64_t, int64_t begin, int64_t piece_length) {
    // More parts than one pass adds: the sum so far is the first part of the next pass.
    const float* at[kMostParts];
    for (int first = 0; first < count;) {
      int used = 0;
      if (first > 0) at[used++] = to + begin;
      while (used < kMostParts && first < count) at[used++] = parts[first++] + begin;
      kernels().sum(at, used, first == count && relu != nullptr ? relu + begin : nullptr, to + begin, piece_length);
    }
  });
}

void scale(const float* from, float factor, float* to, int64_t length) {
  in_pieces(length, [&](int64_t, int64_t begin, int64_t piece_length) { kernels().scale(from + begin, factor, to + begin, piece_length); });
}

void dropout(const float* from, double rate, uint64_t key, float* to, int64_t length) {
  const auto threshold = static_cast<uint32_t>(rate * 4294967296.0);
  const auto factor = static_cast<float>(1 / (1 - rate));
  in_pieces(length, [&](int64_t piece, int64_t begin, int64_t piece_length) {
    kernels().dropout(from + begin, factor, threshold, mix(key, static_cast<uint64_t>(piece)), to + begin, piece_length);
  });
}

int64_t square_sum_scratch(int64_t length) { return (length + kPiece - 1) / kPiece; }

double square_sum(const float* from, int64_t length, double* scratch) {
  in_pieces(length, [&](int64_t piece, int64_t begin, int64_t piece_length) { scratch[piece] = kernels().square_sum(from + begin, piece_length); });
  return std::accumulate(scratch, scratch + square_sum_scratch(length), 0.0);
}

uint64_t mix(uint64_t a, uint64_t b) {
  uint64_t z = a + (b + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

}  // namespace quintet::pointwise
