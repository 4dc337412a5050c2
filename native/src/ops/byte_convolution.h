// The step of a convolution of bytes by the own kernel.
#pragma once

#include "kernels/byte_convolution.h"

namespace quintet {

class ForwardContext;

/// For a result of bytes to which nothing is added.
void forward_bytes(ForwardContext& at, const ConvolutionShape& shape);

}  // namespace quintet
