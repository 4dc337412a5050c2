// The contract between pool.cc and pool_isa.cc (compiled once per instruction set). Plain structures only.
#pragma once

#include <cstdint>

#include "kernels/pool.h"

namespace quintet::pool {

/// One row of the result; distances count numbers.
template <typename Number>
struct RowJob {
  const Number* source;        // the first of the rows that the windows see of the picture, column 0
  int64_t rows, row_stride;
  int64_t width;               // columns of the picture
  int64_t channels;            // where they do not lie in blocks
  int64_t pixel_stride;
  int64_t kernel_width, stride_x, pad_left;
  int64_t divisor;             // of averages; 0: as many as there are cells of the picture in the window
  Number* target;
  int64_t target_pixel_stride;
  int64_t out_width;
};

struct Kernels {
  int lanes;
  void (*maximum)(const RowJob<float>&);         // one vector of channels
  void (*average)(const RowJob<float>&);
  void (*sum)(const RowJob<float>&);
  void (*maximum_of_bfloats)(const RowJob<uint16_t>&);   // two vectors' channels
  void (*maximum_of_bytes)(const RowJob<uint8_t>&);
};

}  // namespace quintet::pool

// Defined in pool_isa.cc.
namespace quintet::avx2 {
const pool::Kernels& pool_kernels();
}
namespace quintet::avx512 {
const pool::Kernels& pool_kernels();
}
