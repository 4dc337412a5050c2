// The contract between planar.cc and planar_isa.cc (compiled once per instruction set). Plain structures only.
// A *panel* is two vectors of outputs, the last perhaps one; packed weights are [panel][channel][y][x][vector][lane].
#pragma once

#include <cstdint>

#include "kernels/finish.h"

namespace quintet::planar {

/// One row of the target for the vectors of one panel.
struct RowJob {
  const float* source;         // of channel 0, the row and column under the kernel's first tap at output 0; padding is stored
  int64_t channels, channel_stride, row_stride;
  int64_t kernel_height, kernel_width;
  int64_t tap_stride, step;    // floats of the source from tap to tap, from output to output
  const float* weights;        // of the panel
  const float* bias;           // of the panel; may be null
  Finish finish;
  int64_t outputs;             // channels from the panel's first on; those that fill up the last block are zero
  float* target[2];            // where the row starts for each vector
  int64_t pixel_stride;        // floats from pixel to pixel of the target
  int64_t width;               // pixels
};

struct Kernels {
  int lanes;
  void (*row[2])(const RowJob&);   // for panels of one vector, of two
};

}  // namespace quintet::planar

// Defined in planar_isa.cc.
namespace quintet::avx2 {
const planar::Kernels& planar_kernels();
}
namespace quintet::avx512 {
const planar::Kernels& planar_kernels();
}
