// The order in which a convolution in tiles does its work, and the model that chooses it, the tile, and whether to use it at all.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/cpu.h"
#include "kernels/tile_forms.h"

namespace quintet {

/// What the numbers of transformed tiles and weights are rounded to before they are multiplied. Sums, and the tensors, are float32.
enum class Factors { kFloat32, kBfloat16 };

/// A 1x1, 3x3 or 5x5 convolution. Channels are true counts; tensors hold them padded to whole
/// blocks. The output may be as large as padding of 0 to taps - 1 on each side makes it: bottom and right padding follow from the sizes.
struct TiledShape {
  int64_t batch = 1;
  int64_t in_channels = 0, out_channels = 0;
  int64_t height = 0, width = 0;           ///< of the input
  int64_t pad_top = 0, pad_left = 0;
  int64_t out_height = 0, out_width = 0;
  int block = 8;                           ///< channel block of both tensors: 8 or 16
  int tile = 4;                            ///< output pixels of a tile's side: 1; with three taps 2, 4 or 6; with five 2 or 4; with a stride what kForms have
  int taps = 3;                            ///< side of the kernel: 3, 5 or 1
  int64_t stride = 1;                      ///< in both directions
  Factors factors = Factors::kFloat32;

  tiled::Form form() const { return {tile, taps, static_cast<int>(stride)}; }
  /// Points of a tile's side. A tile of one pixel has one: its patch is multiplied as it is, and is not Winograd's any more.
  int side() const { return tiled::side_of(form()); }
  /// Taps that are multiplied as further input channels: all of a tile of one pixel, whose point cannot sum them up.
  int patch_taps() const { return tile == 1 ? taps * taps : 1; }
  int factor_bytes() const { return factors == Factors::kBfloat16 ? 2 : 4; }
};

/// Points of a tile's side up to which Winograd is as exact as a direct convolution (tile_forms.h), and the most that it has kernels for.
constexpr int kExactSide = 6, kLargestSide = 8;

/// The tiles that a precision permits, by the points of their side, for each kind of factors; 0: none.
struct PermittedTiles {
  int float32 = kExactSide, bfloat16 = 0;
  bool include(const TiledShape& shape) const { return shape.side() <= (shape.factors == Factors::kBfloat16 ? bfloat16 : float32); }
};

/// How a run is cut up.
struct TileSchedule {
  /// Tiles transformed together; the unit whose transformed input stays in a cache.
  int64_t block_tiles = 1;
  /// false: for each panel of output channels all points, then the output transform at once (transformed input in L2, weights
  /// streamed once per tile block). true: for each point all panels, the products kept until the end (few tiles or many
  /// channels: each weight is read once, only one point's input must stay in L2).
  bool points_outer = false;
  /// false: threads take tile blocks. true: all threads work on every tile block, each on its own output channels.
  bool split_channels = false;

  bool operator==(const TileSchedule&) const = default;
};

/// The schedule with the lowest estimate.
TileSchedule choose_schedule(const TiledShape& shape, int threads, const CoreModel& core);

/// Those worth a measurement: the best of each order of work and, of the best, tile blocks of half and twice the size. The one with the
/// lowest estimate, choose_schedule's, comes first; none comes twice.
std::vector<TileSchedule> likely_schedules(const TiledShape& shape, int threads, const CoreModel& core);

/// Estimated time of one run in milliseconds, weights not in L2 beforehand.
double tiled_estimate_ms(const TiledShape& shape, int threads, const TileSchedule& schedule, const CoreModel& core);

/// The same for oneDNN's direct convolution.
double direct_estimate_ms(const TiledShape& shape, int threads, const CoreModel& core);

/// Whether this CPU has a kernel for the shape's tile, taps, block and factors.
bool has_tile(const TiledShape& shape, const CoreModel& core);

/// The tiles and factors that this convolution has permitted kernels for on such a CPU, as the shape with them, and the shape with tile 0
/// for oneDNN's direct convolution: the one with the lowest estimate for so many threads first.
std::vector<TiledShape> tiles_by_estimate(const TiledShape& shape, int threads, const CoreModel& core, const PermittedTiles& permitted);

/// The first of them.
TiledShape choose_tile(const TiledShape& shape, int threads, const CoreModel& core, const PermittedTiles& permitted);

}  // namespace quintet
