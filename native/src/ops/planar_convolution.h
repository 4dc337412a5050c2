// The steps of a convolution whose input has few channels in planes, by the own kernel.
#pragma once

#include "kernels/planar.h"

namespace quintet {

class ForwardContext;

void forward_planar(ForwardContext& at, const PlanarShape& shape);

}  // namespace quintet
