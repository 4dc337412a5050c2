// Convolutions (1x1, 3x3, 5x5; float32; channel-blocked tensors) as matrix products over blocks of tiles: the input is made ready for a
// block of tiles, multiplied by panels of weights that are read ahead, and the results are finished while they are in the cache.
//
// With tiles of several pixels this is Winograd's minimal filtering: F(2x2,3x3), F(4x4,3x3) and F(2x2,5x5) multiply less (2.25, 4 and 2.8
// times; F(2x2,3x3) of stride 2 1.44 times) at the accuracy of a direct convolution, F(6x6,3x3) and F(4x4,5x5) less still (5.1 and 6.25 times)
// at some six times its error: see tile_forms.h. Tiles of one pixel save no multiplications; a 1x1 kernel has no others.
//
// The factors of the products may be rounded to bfloat16, of which such CPUs multiply twice as many. F(2,3)'s error is then 1.5 times, F(4,3)'s
// four times that of a direct convolution of bfloat16: 0.35 and 0.9 % of the results' root mean square.
//
// Use: choose_tile says whether it pays; a TiledConvolution holds the geometry and schedule of one shape; pack once per set of weights (the
// packed form does not depend on batch, height or width); run any number of times.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/blocked.h"
#include "kernels/tiled_schedule.h"

namespace quintet {

namespace tiled {
struct Kernels;
struct TileBlock;
}

/// Immutable; run may be called from several threads at once, each with scratch and results of its own.
class TiledConvolution {
 public:
  /// `threads`: the OpenMP team that computes one run. Throws Error kUnsupported: a CPU, tile or channel block without a kernel;
  /// kArgument: a size below 1 or padding outside 0..taps - 1 on any side.
  TiledConvolution(const TiledShape& shape, int threads);
  /// With a schedule of one's own instead of choose_schedule's, to compare them, and the kernels of a certain instruction set
  /// (null: the best that the CPU has).
  TiledConvolution(const TiledShape& shape, int threads, const TileSchedule& schedule, const tiled::Kernels* kernels = nullptr);

  const TiledShape& shape() const { return shape_; }
  const TileSchedule& schedule() const { return schedule_; }

  /// Of one run's matrix products, those for tiles' parts beyond the output included.
  int64_t multiplications() const { return int64_t{shape_.patch_taps()} * points_ * tiles_ * shape_.in_channels * shape_.out_channels; }

  /// Of packed weights; the same for all shapes of equal channels, block, tile and factors.
  size_t packed_bytes() const;

  /// Transforms weights [out_channels][in_channels][taps][taps] in double precision. `scale`, if not null, multiplies each output
  /// channel's weights first (out_channels values; folding a batch norm). `packed` should be 64-byte aligned.
  void pack(const float* oihw, const double* scale, void* packed) const;

  /// Blocked weights can be packed: a block is a vector, and of float32.
  bool packs_blocked() const;
  /// For weights that change with every run: transforms, in float32, weights in blocks, [out blocks][in blocks][taps][taps][block of
  /// inputs][block of outputs], zeros where they fill a block up. `rotated`: every kernel is turned by half a turn first, as the gradient
  /// of a convolution's input needs it. Needs packs_blocked().
  void pack_blocked(const float* blocked, bool rotated, float* packed) const;

  /// Bytes that run needs as scratch, 64-byte aligned. Contents do not matter before or after.
  size_t scratch_bytes() const;

  /// Computes target = epilogue(convolution(source)). Source and target must not overlap. Allocates nothing.
  void run(const BlockedSource& source, const BlockedTarget& target, const Epilogue& epilogue, const void* packed,
           void* scratch) const;

 private:
  struct Call;   // the arguments of one run

  template <typename Number>
  void pack_as(const float* oihw, const double* scale, Number* packed) const;
  void run_tile_blocks(const Call& call) const;
  void run_channel_ranges(const Call& call) const;
  tiled::TileBlock tile_block(int64_t index) const;
  void transform_input(const Call& call, const tiled::TileBlock& block, std::byte* v) const;
  void multiply(const Call& call, const tiled::TileBlock& block, const std::byte* v, float* m, int panel, int point, int points,
                const std::byte* next) const;
  void transform_output(const Call& call, const tiled::TileBlock& block, const float* m, int block_begin, int block_end) const;
  void multiply_and_restore(const Call& call, const tiled::TileBlock& block, const std::byte* v, float* m, int panel_begin,
                            int panel_end) const;
  /// Packed weights before those of this panel and point, as a number of them.
  int64_t panel_offset(int panel, int point) const;
  const std::byte* panel_weights(const std::byte* packed, int panel, int point) const { return packed + panel_offset(panel, point) * shape_.factor_bytes(); }
  /// Of one thread's V.
  int64_t v_bytes() const { return v_stride_ * points_ * shape_.factor_bytes(); }
  int panel_vectors(int panel) const;
  int first_block(int panel) const;

  TiledShape shape_;
  int threads_;
  TileSchedule schedule_;
  const tiled::Kernels* kernels_;
  int points_;
  int in_blocks_;                 // of channels that are multiplied: of every tap with tiles of one pixel
  int out_blocks_, panels_;
  int64_t tile_rows_, tile_columns_, tiles_, tile_blocks_;
  int64_t v_stride_, m_stride_;   // numbers from point to point
};

}  // namespace quintet
