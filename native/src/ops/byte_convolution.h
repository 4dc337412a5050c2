// The step of a convolution of bytes by an own kernel.
#pragma once

#include "kernels/convolution_shape.h"

namespace quintet {

class ForwardContext;

/// For a result of bytes to which nothing is added, by the kernel that choose_byte_kernel picked, which is not oneDNN's.
void forward_bytes(ForwardContext& at, const ConvolutionShape& shape);

}  // namespace quintet
