#include "kernels/update.h"

#include <algorithm>

#include "kernels/cpu.h"

namespace quintet {

void update(const UpdateRule& rule, const UpdateArrays& arrays, int64_t length) {
  constexpr int64_t kPiece = 1 << 14;
  const UpdatePiece piece = kernel_isa() == KernelIsa::kAvx512 ? avx512::update_piece(rule.kind) : avx2::update_piece(rule.kind);
  const int64_t pieces = (length + kPiece - 1) / kPiece;
#pragma omp parallel for schedule(static) if (pieces > 1)
  for (int64_t p = 0; p < pieces; ++p) {
    const int64_t begin = p * kPiece;
    UpdateArrays part = arrays;
    part.value += begin;
    part.gradient += begin;
    for (float*& state : part.states) {
      if (state != nullptr) state += begin;
    }
    piece(rule, part, std::min(kPiece, length - begin));
  }
}

}  // namespace quintet
