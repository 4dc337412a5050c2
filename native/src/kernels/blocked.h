// How kernels see activations in a channel-blocked layout (nChw8c, nChw16c), and what they may do to a result before storing it.
#pragma once

#include <cstdint>

namespace quintet {

/// A float32 tensor, or a slice of channel blocks of one: element (n, c, y, x) of block size B stands at
/// data[n * image_stride + (c / B) * block_stride + (y * width + x) * B + c % B]. Strides count floats. Channels beyond the
/// true count, up to a whole block, hold zeros.
template <typename Float>
struct Blocked {
  Float* data = nullptr;
  int64_t block_stride = 0;
  int64_t image_stride = 0;
};
using BlockedSource = Blocked<const float>;
using BlockedTarget = Blocked<float>;

/// What follows the convolution, in the same pass over the result.
struct Epilogue {
  enum Order { kNone, kRelu, kAdd, kAddThenRelu, kReluThenAdd };
  Order order = kNone;
  const float* bias = nullptr;   ///< one value per output channel, zeros up to a whole block; null: none
  BlockedSource residual;        ///< shaped like the result; read by kAdd, kAddThenRelu, kReluThenAdd; may be the result itself
};

}  // namespace quintet
