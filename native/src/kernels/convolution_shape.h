// The geometry of a convolution without dilation or groups, as own kernels take it.
#pragma once

#include <cstdint>

namespace quintet {

struct ConvolutionShape {
  int64_t batch = 1;
  int64_t in_channels = 0, out_channels = 0;   ///< true counts
  int64_t height = 0, width = 0;
  int64_t kernel_height = 0, kernel_width = 0;
  int64_t stride_y = 1, stride_x = 1;
  int64_t pad_top = 0, pad_left = 0;           ///< at the other ends: as the output's size makes it
  int64_t out_height = 0, out_width = 0;
};

}  // namespace quintet
