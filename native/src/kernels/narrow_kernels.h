// The contract between narrow.cc and narrow_isa.cc (compiled once per instruction set). Plain structures only.
#pragma once

#include <cstdint>

namespace quintet::narrow {

struct Kernels {
  /// to[c] = (sum over pixels of from[pixel * channels + c]) * factor + shift, for `count` channels.
  void (*mean_of_bytes)(const uint8_t* from, int64_t pixels, int64_t channels, int64_t count, float factor, float shift, float* to);
  void (*mean_of_bfloats)(const uint16_t* from, int64_t pixels, int64_t channels, int64_t count, float factor, float shift, float* to);
};

}  // namespace quintet::narrow

// Defined in narrow_isa.cc.
namespace quintet::avx2 {
narrow::Kernels narrow_kernels();
}
namespace quintet::avx512 {
narrow::Kernels narrow_kernels();
}
