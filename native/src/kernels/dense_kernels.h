// The contract between dense.cc and dense_isa.cc (compiled once per instruction set). Plain structures only.
// A *panel* is 16 outputs; packed weights are [panel][input / n][16][n], n inputs together, filled up by zeros.
#pragma once

#include <cstdint>

#include "kernels/dense.h"

namespace quintet::dense {

constexpr int kPanel = 16;
constexpr int kPictures = 12;   // rows of the source that share one reading of the weights

constexpr int together(DenseStorage storage) { return storage == DenseStorage::kBfloat16 ? 2 : 1; }

struct Job {
  const float* source;         // [pictures][inputs], rows source_stride apart
  int64_t source_stride;
  int pictures;                // 1..kPictures
  int64_t inputs, stored_inputs, outputs;
  const void* weights;         // of panel 0
  const float* scales;         // one an output; null for float32
  const float* bias;           // may be null
  Finish finish;
  float* target;               // [pictures][outputs]
  int64_t panel_begin, panel_end;
};

using Multiply = void (*)(const Job&);

struct Kernels {
  Multiply multiply[4];        // by DenseStorage
  void (*to_float16)(const float* from, int64_t count, float factor, uint16_t* to);   // float16 of each from[i] * factor, to nearest even
};

}  // namespace quintet::dense

// Defined in dense_isa.cc.
namespace quintet::avx2 {
const dense::Kernels& dense_kernels();
}
namespace quintet::avx512 {
const dense::Kernels& dense_kernels();
}
