// How kernels see activations (channel-blocked as nChw8c and nChw16c, or channels-last), and what they may do to a result before
// they store it.
#pragma once

#include <cstdint>

namespace quintet {

/// A float32 tensor, or a slice of it along channels: element (n, c, y, x) stands at
///   data[n * image_stride + (c / B) * block_stride + (y * width + x) * pixel_stride + c % B]
/// for a channel block of B. In nChw8c and nChw16c pixel_stride is B and channels beyond the true count, up to a whole block, hold
/// zeros. Channels-last (N,H,W,C) fits too, with pixel_stride C and block_stride B, if the channels fill whole blocks. Strides
/// count floats.
template <typename Float>
struct Blocked {
  Float* data = nullptr;
  int64_t block_stride = 0;
  int64_t image_stride = 0;
  int64_t pixel_stride = 0;   ///< 0: the channel block
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
