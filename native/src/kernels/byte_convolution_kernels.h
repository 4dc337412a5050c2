// The contract between byte_convolution.cc and byte_convolution_isa.cc. Plain structures only.
// A *group* is four bytes that follow each other in a row of the kernel, channels innermost; a *plane* holds one group for every pixel of a
// row; a *quad* is four outputs. Packed weights are [quad][group][4 outputs][4 bytes].
#pragma once

#include <cstdint>

namespace quintet::byte_convolution {

constexpr int64_t kGroup = 4, kQuad = 4, kLanes = 16;
constexpr int kMostVectors = 4;

/// One quad of outputs for some vectors of pixels.
struct Job {
  const uint32_t* source[kMostVectors];   // the first pixel's first group of each
  const int32_t* offsets;                 // from there to each group's
  int64_t groups;
  const int32_t* weights;                 // of the quad
  int32_t start[kQuad];                   // what sums start from
  const float* scales;                    // of the quad
  const float* bias;                      // of the quad
  float inverse_scale, shift, least;      // of the result; its least byte
  uint32_t* target;                       // [vector][pixel], four outputs' bytes each
};

struct Kernels {
  void (*quad[kMostVectors])(const Job&);   // for so many vectors
};

}  // namespace quintet::byte_convolution

// Defined in byte_convolution_isa.cc.
namespace quintet::avx512_vnni {
const byte_convolution::Kernels& byte_convolution_kernels();
}
