#include "kernels/tiled.h"

#include <omp.h>

#include <algorithm>
#include <string>

#include "kernels/cpu.h"
#include "kernels/rounding.h"
#include "kernels/tiled_kernels.h"
#include "quintet/error.h"

namespace quintet {

using tiled::TileBlock;

namespace {

constexpr int64_t kLine = 64;   // bytes

/// Points lie an odd number of cache lines apart, so that one tile's points fall into different sets of the caches.
int64_t odd_lines(int64_t numbers, int64_t bytes) { return (ceil_div(numbers * bytes, kLine) | 1) * kLine / bytes; }

/// The same, if this CPU has a kernel for it.
const TiledShape& supported(const TiledShape& shape) {
  if (has_tile(shape, core_model())) return shape;
  throw Error(ErrorKind::kUnsupported, std::string("convolution in tiles: no kernel for ") + (shape.factors == Factors::kBfloat16 ? "bfloat16, " : "") + "tile " +
                                           std::to_string(shape.tile) + ", " + std::to_string(shape.taps) + " taps, stride " + std::to_string(shape.stride) +
                                           " and channel block " + std::to_string(shape.block) + " on this CPU");
}

const tiled::Kernels* find_kernels(const TiledShape& shape) {
  const tiled::Form form = supported(shape).form();
  if (shape.factors == Factors::kBfloat16) return avx512_bf16::tiled_kernels(form, shape.block);
  const tiled::Kernels* wide = kernel_isa() == KernelIsa::kAvx512 ? avx512::tiled_kernels(form, shape.block) : nullptr;
  return wide ? wide : avx2::tiled_kernels(form, shape.block);
}

void check(const TiledShape& s) {
  const auto fits = [&](int64_t in, int64_t out, int64_t before) {
    const int64_t largest = s.taps - 1, after = (out - 1) * s.stride + s.taps - in - before;
    return in >= 1 && out >= 1 && before >= 0 && before <= largest && after > -s.stride && after <= largest;
  };
  if (s.batch >= 1 && s.stride >= 1 && s.in_channels >= 1 && s.out_channels >= 1 && fits(s.height, s.out_height, s.pad_top) &&
      fits(s.width, s.out_width, s.pad_left)) {
    return;
  }
  throw Error(ErrorKind::kArgument,
              "convolution in tiles: sizes must be positive and padding 0 to " + std::to_string(s.taps - 1) + " on each side, found batch " + std::to_string(s.batch) +
                  ", channels " + std::to_string(s.in_channels) + " to " + std::to_string(s.out_channels) + ", input " +
                  std::to_string(s.height) + "x" + std::to_string(s.width) + ", output " + std::to_string(s.out_height) + "x" +
                  std::to_string(s.out_width) + ", padding " + std::to_string(s.pad_top) + " above, " +
                  std::to_string(s.pad_left) + " left");
}

/// The same with its pixels in one row, if they lie so.
TiledShape checked(TiledShape shape) {
  check(shape);
  if (shape.taps == 1 && shape.stride == 1) {
    shape.width = shape.out_width *= shape.out_height;
    shape.height = shape.out_height = 1;
  }
  return shape;
}

}  // namespace

struct TiledConvolution::Call {
  BlockedSource source;
  BlockedTarget target;
  Epilogue epilogue;
  const std::byte* packed;
  std::byte* v;   // of all threads
  float* m;
};

TiledConvolution::TiledConvolution(const TiledShape& shape, int threads)
    : TiledConvolution(shape, threads, choose_schedule(supported(checked(shape)), threads, core_model())) {}

TiledConvolution::TiledConvolution(const TiledShape& shape, int threads, const TileSchedule& schedule, const tiled::Kernels* kernels)
    : shape_(checked(shape)), threads_(std::max(threads, 1)), schedule_(schedule), kernels_(kernels ? kernels : find_kernels(shape)) {
  points_ = shape_.side() * shape_.side();
  in_blocks_ = static_cast<int>(ceil_div(shape_.in_channels, shape_.block) * shape_.patch_taps());
  out_blocks_ = static_cast<int>(ceil_div(shape_.out_channels, shape_.block));
  panels_ = static_cast<int>(ceil_div(int64_t{out_blocks_} * shape_.block, 2 * kernels_->lanes));
  tile_rows_ = ceil_div(shape_.out_height, shape_.tile);
  tile_columns_ = ceil_div(shape_.out_width, shape_.tile);
  tiles_ = shape_.batch * tile_rows_ * tile_columns_;
  schedule_.block_tiles = std::clamp<int64_t>(schedule.block_tiles, 1, tiles_);
  tile_blocks_ = ceil_div(tiles_, schedule_.block_tiles);
  v_stride_ = odd_lines(schedule_.block_tiles * in_blocks_ * shape_.block, shape_.factor_bytes());
  const int64_t m_channels = schedule_.points_outer ? int64_t{out_blocks_} * shape_.block : 2 * kernels_->lanes;
  m_stride_ = odd_lines(schedule_.block_tiles * m_channels, sizeof(float));
}

size_t TiledConvolution::scratch_bytes() const {
  const int64_t products = schedule_.split_channels && schedule_.points_outer ? 1 : threads_;
  return static_cast<size_t>(threads_ * v_bytes() + products * m_stride_ * points_ * int64_t{sizeof(float)});
}

int TiledConvolution::panel_vectors(int panel) const {
  const int64_t channels = int64_t{out_blocks_} * shape_.block, first = int64_t{panel} * 2 * kernels_->lanes;
  return channels - first >= 2 * kernels_->lanes ? 2 : 1;
}

int TiledConvolution::first_block(int panel) const {
  return std::min<int>(panel * 2 * kernels_->lanes / shape_.block, out_blocks_);
}

int64_t TiledConvolution::panel_offset(int panel, int point) const {
  const int64_t channels = int64_t{in_blocks_} * shape_.block;
  return channels * kernels_->lanes * (int64_t{panel} * 2 * points_ + int64_t{point} * panel_vectors(panel));
}

TileBlock TiledConvolution::tile_block(int64_t index) const {
  const int64_t first = index * schedule_.block_tiles;
  return {first, static_cast<int>(std::min(schedule_.block_tiles, tiles_ - first)), tile_rows_, tile_columns_};
}

void TiledConvolution::run(const BlockedSource& source, const BlockedTarget& target, const Epilogue& epilogue, const void* packed,
                   void* scratch) const {
  auto* v = static_cast<std::byte*>(scratch);
  Call call{source, target, epilogue, static_cast<const std::byte*>(packed), v,
            reinterpret_cast<float*>(v + threads_ * v_bytes())};
  for (int64_t* stride : {&call.source.pixel_stride, &call.target.pixel_stride, &call.epilogue.residual.pixel_stride}) {
    if (*stride == 0) *stride = shape_.block;
  }
  if (schedule_.split_channels) {
    run_channel_ranges(call);
  } else {
    run_tile_blocks(call);
  }
}

/// Each thread takes whole tile blocks, with transformed input and products of its own; no thread waits for another. In every layer the same part
/// of the pictures is the same thread's, so that most of what it reads lies in its own caches.
void TiledConvolution::run_tile_blocks(const Call& call) const {
#pragma omp parallel num_threads(threads_) if (threads_ > 1)
  {
    std::byte* v = call.v + omp_get_thread_num() * v_bytes();
    float* m = call.m + omp_get_thread_num() * m_stride_ * points_;
#pragma omp for schedule(static) nowait
    for (int64_t index = 0; index < tile_blocks_; ++index) {
      const TileBlock block = tile_block(index);
      transform_input(call, block, v);
      multiply_and_restore(call, block, v, m, 0, panels_);
    }
  }
}

/// Each thread computes its own range of output channels, from an input that each transforms for itself: that takes no longer than fetching
/// what another has transformed from its caches, and no thread waits for another.
void TiledConvolution::run_channel_ranges(const Call& call) const {
#pragma omp parallel num_threads(threads_) if (threads_ > 1)
  {
    const int thread = omp_get_thread_num(), team = omp_get_num_threads();
    const int panel_begin = panels_ * thread / team, panel_end = panels_ * (thread + 1) / team;
    // With points outermost the threads share one M, each its own channels of it.
    float* m = call.m + (schedule_.points_outer ? first_block(panel_begin) * schedule_.block_tiles * shape_.block : thread * m_stride_ * points_);
    std::byte* v = call.v + thread * v_bytes();
    for (int64_t index = 0; index < tile_blocks_ && panel_begin < panel_end; ++index) {
      const TileBlock block = tile_block(index);
      transform_input(call, block, v);
      multiply_and_restore(call, block, v, m, panel_begin, panel_end);
    }
  }
}

void TiledConvolution::transform_input(const Call& call, const TileBlock& block, std::byte* v) const {
  kernels_->transform_input({block, tiled::split_tiles(block.tiles, kernels_->max_group), call.source, shape_.height,
                             shape_.width, shape_.pad_top, shape_.pad_left, shape_.stride, shape_.taps, in_blocks_, v, v_stride_});
}

/// The products of one panel at `points` points from `point`; v and m stand at point 0, m at the panel's first channel block.
void TiledConvolution::multiply(const Call& call, const TileBlock& block, const std::byte* v, float* m, int panel, int point, int points,
                                const std::byte* next) const {
  const bool one_block = shape_.block > kernels_->lanes;   // both vectors of a panel in one channel block
  const auto whole_blocks = static_cast<int>(shape_.in_channels / shape_.block * shape_.patch_taps());
  const auto last_channels = static_cast<int>(shape_.in_channels % shape_.block);
  kernels_->multiply({tiled::split_tiles(block.tiles, kernels_->max_group), in_blocks_, whole_blocks, last_channels, panel_vectors(panel), points,
                      v + point * v_stride_ * shape_.factor_bytes(), v_stride_, panel_weights(call.packed, panel, point), next, m + point * m_stride_,
                      m_stride_, one_block ? kernels_->lanes : int64_t{block.tiles} * shape_.block});
}

void TiledConvolution::transform_output(const Call& call, const TileBlock& block, const float* m, int block_begin, int block_end) const {
  kernels_->transform_output(
      {block, m, m_stride_, block_begin, block_end, call.target, shape_.out_height, shape_.out_width, call.epilogue});
}

void TiledConvolution::multiply_and_restore(const Call& call, const TileBlock& block, const std::byte* v, float* m, int panel_begin,
                                            int panel_end) const {
  if (!schedule_.points_outer) {
    for (int panel = panel_begin; panel < panel_end; ++panel) {
      // After the last panel comes the first, for the next tile block.
      const std::byte* next = panel_weights(call.packed, panel + 1 < panel_end ? panel + 1 : panel_begin, 0);
      multiply(call, block, v, m, panel, 0, points_, next);
      transform_output(call, block, m, first_block(panel), first_block(panel + 1));
    }
    return;
  }
  const int64_t block_floats = int64_t{block.tiles} * shape_.block;
  const int block_begin = first_block(panel_begin), block_end = first_block(panel_end);
  for (int point = 0; point < points_; ++point) {
    for (int panel = panel_begin; panel < panel_end; ++panel) {
      const bool last = panel + 1 == panel_end;
      const std::byte* next = panel_weights(call.packed, last ? panel_begin : panel + 1, last ? (point + 1) % points_ : point);
      multiply(call, block, v, m + (first_block(panel) - block_begin) * block_floats, panel, point, 1, next);
    }
  }
  transform_output(call, block, m, block_begin, block_end);
}

}  // namespace quintet
