// The steps of a convolution in tiles, in inference.
#pragma once

#include <string>

#include "kernels/tiled.h"

namespace quintet {

class ForwardContext;

/// As plans print it: "winograd f(4,3)", or "matrix" with tiles of one pixel.
std::string kernel_name(const TiledShape& shape);

/// `shape` but for the tile, which choose_algorithm picked.
void forward_tiled(ForwardContext& at, TiledShape shape);

}  // namespace quintet
