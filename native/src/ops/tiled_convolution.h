// The steps of a convolution in tiles.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/tiled.h"
#include "plan/operand.h"

namespace quintet {

class ForwardContext;

/// As plans print it: "winograd f(4,3)", "winograd f(2,3) stride 2", or "matrix" with tiles of one pixel.
std::string kernel_name(const TiledShape& shape);

/// What one step reads and writes, and does to its results.
struct TiledOperands {
  Operand in, weights;
  std::optional<Operand> bias, residual;
  Epilogue::Order order = Epilogue::kNone;
  Operand out;
};

/// A step of inference or training: its operands' addresses, in order, then scratch memory are given to `run`.
struct TiledStep {
  std::vector<Operand> operands;
  std::function<void(void* const*)> run;
};
TiledStep tiled_step(const std::shared_ptr<const TiledConvolution>& kernel, const TiledOperands& operands);

/// Of inference: `shape` but for the tile and its factors, which choose_algorithm picked.
void forward_tiled(ForwardContext& at, TiledShape shape);

}  // namespace quintet
