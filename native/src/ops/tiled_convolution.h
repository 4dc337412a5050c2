// The steps of a convolution in tiles, in inference.
#pragma once

#include "kernels/tiled.h"

namespace quintet {

class ForwardContext;

/// `shape` but for the tile, which choose_algorithm picked.
void forward_tiled(ForwardContext& at, TiledShape shape);

}  // namespace quintet
