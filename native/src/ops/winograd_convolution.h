// The steps of a convolution by Winograd's algorithm, in inference.
#pragma once

#include "kernels/winograd.h"

namespace quintet {

class ForwardContext;

/// `shape` but for the tile, which choose_algorithm picked.
void forward_winograd(ForwardContext& at, WinogradShape shape);

}  // namespace quintet
