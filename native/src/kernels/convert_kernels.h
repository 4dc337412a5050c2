// The contract between convert.cc and convert_isa.cc (compiled once per instruction set). Plain structures only.
#pragma once

#include <cstdint>

namespace quintet::convert {

/// Pixels one after another of one picture.
template <typename From, typename To>
struct RunJob {
  const From* from;
  To* to;                      // of the first pixel
  int64_t pixels, channels;
  int64_t block, block_stride; // of the floats
  float scale;                 // what numbers are multiplied by
  float zero;                  // bytes': added to reals that were multiplied; taken from bytes before they are
};

struct Kernels {
  void (*to_bytes)(const RunJob<float, uint8_t>&);
  void (*to_floats)(const RunJob<uint8_t, float>&);
  void (*to_blocks)(const RunJob<float, float>&);
};

}  // namespace quintet::convert

// Defined in convert_isa.cc.
namespace quintet::avx2 {
const convert::Kernels& convert_kernels();
}
namespace quintet::avx512 {
const convert::Kernels& convert_kernels();
}
