// How one layer is computed, as a value that can be compared, measured and kept in a file; and which ways a layer has.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernels/dense.h"
#include "kernels/tiled_schedule.h"
#include "passes/passes.h"

namespace quintet {

struct Algorithm {
  int tile = 0;                                 // of a convolution in tiles (kernels/tiled.h); 0: none
  std::optional<TileSchedule> schedule;         // with tiles; none: choose_schedule's
  std::optional<DenseStorage> dense_storage;    // own dense kernel and how it keeps its weights
  bool planar = false;                          // own kernel for few channels in planes
  Factors factors = Factors::kFloat32;          // of tiles

  bool operator==(const Algorithm&) const = default;
};

/// "direct", "winograd 4", "winograd 4 bf16", "winograd 4 tiles=96 order=points split=channels", "matrix", "planar", "dense f32".
std::string to_string(const Algorithm& algorithm);
/// None for a text that to_string does not write.
std::optional<Algorithm> parse_algorithm(const std::string& text);

/// The ways to compute one layer within the precision asked for. `ways[0]` is the cost model's.
struct LayerWays {
  /// Operator, geometry, shapes and fused operations: layers with equal keys take the same time wherever they stand.
  std::string key;
  std::vector<Algorithm> ways;
  std::optional<TiledShape> tiled;              // if some of the ways are in tiles; its tile and factors are not set

  /// Whether this is one of the ways, whatever its schedule.
  bool permits(const Algorithm& algorithm) const;
};

/// Whose kernel is expected to compute a convolution of bytes in the least time.
ByteKernel choose_byte_kernel(const ProgramNode& node, const Shape& in, const Shape& out, const Target& target);

/// `in`, `out`: shapes of the first input and the result. None for nodes without a choice.
std::optional<LayerWays> layer_ways(const Program& program, const ProgramNode& node, const Shape& in, const Shape& out, const Target& target);

void set_algorithm(ProgramNode& node, const Algorithm& algorithm, const Shape& in);
Algorithm algorithm_of(const ProgramNode& node);

}  // namespace quintet
