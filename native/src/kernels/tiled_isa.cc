// The three inner loops of convolutions in tiles (transform in, multiply, transform out), compiled once per instruction set; see
// tiled_kernels.h for the layouts. With QUINTET_BF16_FACTORS the tiles are multiplied as bfloat16, two at a time. Nothing here allocates,
// starts threads or uses the standard library.
#include "kernels/simd.h"
#include "kernels/tile_transforms.h"
#include "kernels/tiled_kernels.h"

namespace quintet::QUINTET_ISA {
namespace {

using namespace tiled;

// Tiles x two vectors of sums, beside the two vectors of weights and the broadcast, fill the register file.
constexpr int kMaxGroup = kLanes == 16 ? 14 : 6;

// The numbers that are multiplied, and a vector of as many as one instruction takes: kTogether input channels of kLanes outputs.
#if defined(QUINTET_BF16_FACTORS)
typedef uint16_t Factor;
typedef WordLanes FactorLanes;
constexpr int kTogether = 2;
QUINTET_INLINE void store_factors(Factor* to, Vec value) { store_bfloat16(to, value); }
QUINTET_INLINE FactorLanes load_factors(const Factor* from) { return load_words(from); }
QUINTET_INLINE FactorLanes broadcast_factors(const Factor* from) { return broadcast_word(from); }
QUINTET_INLINE Vec multiply_add(FactorLanes a, FactorLanes b, Vec c) { return fma_bfloat16(a, b, c); }
#else
typedef float Factor;
typedef Vec FactorLanes;
constexpr int kTogether = 1;
QUINTET_INLINE void store_factors(Factor* to, Vec value) { store(to, value); }
QUINTET_INLINE FactorLanes load_factors(const Factor* from) { return load(from); }
QUINTET_INLINE FactorLanes broadcast_factors(const Factor* from) { return broadcast(*from); }
QUINTET_INLINE Vec multiply_add(FactorLanes a, FactorLanes b, Vec c) { return fma(a, b, c); }
#endif
constexpr int kLineFactors = 64 / sizeof(Factor);

/// Image, row and column of a tile, moved on without divisions.
struct Cursor {
  int64_t image, row, column;

  QUINTET_INLINE Cursor at(const TileBlock& block, int64_t tile) {
    const int64_t number = block.first + tile, of_image = block.rows * block.columns;
    return {number / of_image, number % of_image / block.columns, number % block.columns};
  }
  __attribute__((always_inline)) void advance(const TileBlock& block) {
    if (++column < block.columns) return;
    column = 0;
    if (++row < block.rows) return;
    row = 0;
    ++image;
  }
};

// ---- Transform in ----

/// Copies the pixels of a square of `kSide` pixels that exist, and zeros for the others, to `patch`.
template <int kSide, int kBlock>
void copy_patch(const float* plane, const InputJob& job, int64_t top, int64_t left, float* patch) {
  for (int64_t i = 0; i < kSide; ++i) {
    for (int64_t j = 0; j < kSide; ++j) {
      const int64_t y = top + i, x = left + j;
      const bool exists = y >= 0 && y < job.height && x >= 0 && x < job.width;
      const float* pixel = plane + (y * job.width + x) * job.source.pixel_stride;
      for (int lane = 0; lane < kBlock; lane += kLanes) {
        store(patch + (i * kSide + j) * kBlock + lane, exists ? load(pixel + lane) : zero());
      }
    }
  }
}

template <typename F>
QUINTET_INLINE void transform_square(const float* corner, int64_t row_stride, int64_t pixel_stride, Factor* v, int64_t point_stride) {
  constexpr int kSide = F::kSide;
  Vec half[kSide][kSide];
  QUINTET_UNROLL for (int j = 0; j < kSide; ++j) {
    Vec column[kSide], points[kSide];
    QUINTET_UNROLL for (int i = 0; i < kSide; ++i) column[i] = load(corner + i * row_stride + j * pixel_stride);
    F::input(column, points);
    QUINTET_UNROLL for (int i = 0; i < kSide; ++i) half[i][j] = points[i];
  }
  QUINTET_UNROLL for (int i = 0; i < kSide; ++i) {
    Vec points[kSide];
    F::input(half[i], points);
    QUINTET_UNROLL for (int j = 0; j < kSide; ++j) store_factors(v + (i * kSide + j) * point_stride, points[j]);
  }
}

template <typename F, int kBlock>
void transform_input(const InputJob& job) {
  constexpr int kStep = F::kTile * F::kStride, kSide = F::kSide;
  alignas(64) float patch[kSide * kSide * kBlock];
  for (int channel = 0; channel < job.channel_blocks; ++channel) {
    Cursor at = Cursor::at(job.block, 0);
    for (int tile = 0; tile < job.block.tiles; ++tile, at.advance(job.block)) {
      const int64_t top = at.row * kStep - job.pad_top, left = at.column * kStep - job.pad_left;
      const float* plane = job.source.data + at.image * job.source.image_stride + channel * job.source.block_stride;
      const float* corner = patch;
      int64_t pixel_stride = kBlock, row_stride = kSide * kBlock;
      if (top >= 0 && left >= 0 && top + kSide <= job.height && left + kSide <= job.width) {
        pixel_stride = job.source.pixel_stride;
        row_stride = job.width * pixel_stride;
        corner = plane + top * row_stride + left * pixel_stride;
      } else {
        copy_patch<kSide, kBlock>(plane, job, top, left, patch);
      }
      const int group = group_of(job.groups, tile), first = group_first(job.groups, group);
      const int64_t place = int64_t{first} * job.channel_blocks + channel * group_size(job.groups, group) + (tile - first);
      for (int lane = 0; lane < kBlock; lane += kLanes) {
        transform_square<F>(corner + lane, row_stride, pixel_stride, static_cast<Factor*>(job.v) + place * kBlock + lane, job.point_stride);
      }
    }
  }
}

/// `count` pixels from column `x` on, every `stride`-th, and zeros for those that do not exist.
template <int kBlock>
QUINTET_INLINE void copy_pixels(const float* row, const InputJob& job, int64_t x, int64_t count, Factor* to) {
  for (; count > 0; --count, x += job.stride, to += kBlock) {
    const float* pixel = row != nullptr && x >= 0 && x < job.width ? row + x * job.source.pixel_stride : nullptr;
    QUINTET_UNROLL for (int lane = 0; lane < kBlock; lane += kLanes) store_factors(to + lane, pixel != nullptr ? load(pixel + lane) : zero());
  }
}

/// What each tap sees of each channel block, run by run: the pixels of one group and one row of the target.
template <int kBlock>
void gather_patches(const InputJob& job) {
  const int tiles = job.block.tiles, area = job.taps * job.taps;
  for (int64_t channel = 0; channel < job.channel_blocks; ++channel) {
    const float* plane = job.source.data + channel / area * job.source.block_stride;
    const int64_t above = channel % area / job.taps - job.pad_top, left = channel % area % job.taps - job.pad_left;
    int tile = 0, group = 0;
    for (Cursor at = Cursor::at(job.block, 0); tile < tiles;) {
      const int first = group_first(job.groups, group), size = group_size(job.groups, group);
      int64_t run = first + size - tile;
      if (run > job.block.columns - at.column) run = job.block.columns - at.column;
      const int64_t y = at.row * job.stride + above;
      const float* row = y >= 0 && y < job.height ? plane + at.image * job.source.image_stride + y * job.width * job.source.pixel_stride : nullptr;
      copy_pixels<kBlock>(row, job, at.column * job.stride + left, run, static_cast<Factor*>(job.v) + (int64_t{first} * job.channel_blocks + channel * size + (tile - first)) * kBlock);
      tile += static_cast<int>(run);
      if (tile == first + size) ++group;
      at.column += run - 1;
      at.advance(job.block);
    }
  }
}

// ---- Multiply ----

/// What one group of tiles multiplies: `lines` cache lines of `ahead` are prefetched per block of input channels.
struct GroupJob {
  const Factor* v;
  const Factor* u;
  float* m;
  int64_t vector_stride;
  int channel_blocks, whole_blocks, last_channels;
  const Factor* ahead;
  int lines;
};

/// Adds the products of kTogether input channels, those at `v` and `u`.
template <int kTiles, int kVectors, int kBlock>
QUINTET_INLINE void add_products(const Factor* v, const Factor* u, Vec (&sum)[kTiles][kVectors]) {
  FactorLanes weights[kVectors];
  QUINTET_UNROLL for (int j = 0; j < kVectors; ++j) weights[j] = load_factors(u + j * kLanes * kTogether);
  QUINTET_UNROLL for (int t = 0; t < kTiles; ++t) {
    const FactorLanes value = broadcast_factors(v + t * kBlock);
    QUINTET_UNROLL for (int j = 0; j < kVectors; ++j) sum[t][j] = multiply_add(value, weights[j], sum[t][j]);
  }
}

template <int kTiles, int kVectors, int kBlock>
void multiply_group(const GroupJob& job) {
  constexpr int kRow = kVectors * kLanes;
  const Factor* v = job.v;
  const Factor* u = job.u;
  const Factor* ahead = job.ahead;
  Vec sum[kTiles][kVectors];
  QUINTET_UNROLL for (int t = 0; t < kTiles; ++t) {
    QUINTET_UNROLL for (int j = 0; j < kVectors; ++j) sum[t][j] = zero();
  }
  for (int b = 0; b < job.whole_blocks; ++b, v += kTiles * kBlock, ahead += job.lines * kLineFactors) {
#pragma GCC unroll 4   // more rotates the sums through registers on AVX2
    for (int k = 0; k < kBlock; k += kTogether, u += kRow * kTogether) {
      // One by one: a CPU drops prefetches that come faster than it can take them.
      const int line = k / kTogether, other = line + kBlock / kTogether;
      if (line < job.lines) prefetch_l2(ahead + line * kLineFactors);
      if (other < job.lines) prefetch_l2(ahead + other * kLineFactors);
      add_products<kTiles, kVectors, kBlock>(v + k, u, sum);
    }
  }
  for (int b = job.whole_blocks; b < job.channel_blocks; ++b, v += kTiles * kBlock, u += kBlock * kRow) {
    for (int line = 0; line < job.lines; ++line, ahead += kLineFactors) prefetch_l2(ahead);
    for (int k = 0; k < job.last_channels; k += kTogether) add_products<kTiles, kVectors, kBlock>(v + k, u + k * kRow, sum);
  }
  QUINTET_UNROLL for (int t = 0; t < kTiles; ++t) {
    QUINTET_UNROLL for (int j = 0; j < kVectors; ++j) store(job.m + t * kBlock + j * job.vector_stride, sum[t][j]);
  }
}

using GroupKernel = void (*)(const GroupJob&);

/// The kernel for a number of tiles and of vectors: of[tiles][vectors - 1].
template <int kBlock>
struct GroupKernels {
  void (*of[kMaxGroup + 1][2])(const GroupJob&) = {};

  constexpr GroupKernels() { fill<kMaxGroup>(); }

  template <int kTiles>
  constexpr void fill() {
    of[kTiles][0] = &multiply_group<kTiles, 1, kBlock>;
    of[kTiles][1] = &multiply_group<kTiles, 2, kBlock>;
    if constexpr (kTiles > 1) fill<kTiles - 1>();
  }
};

template <int kBlock>
void multiply(const MultiplyJob& job) {
  static constexpr GroupKernels<kBlock> kGroupKernels;
  // The weights of the next point, or after the last point next_u, are prefetched, evenly by all groups.
  const int lines_of_block = kBlock * job.vectors * kLanes / kLineFactors;
  const int lines = (lines_of_block + job.groups.count - 1) / job.groups.count;
  const int64_t numbers = int64_t{lines_of_block} * job.channel_blocks * kLineFactors, numbers_of_group = int64_t{lines} * job.channel_blocks * kLineFactors;
  const int64_t in_channels = int64_t{job.channel_blocks} * kBlock;
  const auto* kernels = kGroupKernels.of;
  for (int point = 0; point < job.points; ++point) {
    const Factor* u = static_cast<const Factor*>(job.u) + point * numbers;
    const Factor* ahead = point + 1 < job.points ? u + numbers : static_cast<const Factor*>(job.next_u);
    GroupJob group{static_cast<const Factor*>(job.v) + point * job.v_stride, u, job.m + point * job.m_stride, job.vector_stride, job.channel_blocks,
                   job.whole_blocks, job.last_channels, ahead, lines};
    for (int g = 0; g < job.groups.count; ++g) {
      const int tiles = group_size(job.groups, g);
      if (g * numbers_of_group >= numbers) group.lines = 0;
      kernels[tiles][job.vectors - 1](group);
      group.v += tiles * in_channels;
      group.m += tiles * kBlock;
      group.ahead += numbers_of_group;
    }
  }
}

// ---- Transform out ----

template <Epilogue::Order kOrder>
QUINTET_INLINE Vec finish(Vec value, Vec bias, const float* residual) {
  constexpr bool kAdds = kOrder == Epilogue::kAdd || kOrder == Epilogue::kAddThenRelu;
  Vec result = value + bias;
  if constexpr (kAdds) result += load(residual);
  if constexpr (kOrder != Epilogue::kNone && kOrder != Epilogue::kAdd) result = maximum(result, zero());
  if constexpr (kOrder == Epilogue::kReluThenAdd) result += load(residual);
  return result;
}

/// Where a tile's pixels go: rows x columns of them exist.
struct Square {
  float* target;
  int64_t row_stride, pixel_stride;
  const float* residual;
  int64_t residual_row_stride, residual_pixel_stride;
  int rows, columns;
};

template <typename F, Epilogue::Order kOrder>
QUINTET_INLINE void restore_square(const float* m, int64_t point_stride, Vec bias, const Square& square) {
  constexpr int kTile = F::kTile, kSide = F::kSide;
  Vec half[kTile][kSide];
  QUINTET_UNROLL for (int j = 0; j < kSide; ++j) {
    Vec column[kSide], pixels[kTile];
    QUINTET_UNROLL for (int i = 0; i < kSide; ++i) column[i] = load(m + (i * kSide + j) * point_stride);
    F::output(column, pixels);
    QUINTET_UNROLL for (int i = 0; i < kTile; ++i) half[i][j] = pixels[i];
  }
  QUINTET_UNROLL for (int i = 0; i < kTile; ++i) {
    if (i >= square.rows) return;
    Vec pixels[kTile];
    F::output(half[i], pixels);
    float* target = square.target + i * square.row_stride;
    const float* residual = square.residual + i * square.residual_row_stride;
    QUINTET_UNROLL for (int j = 0; j < kTile; ++j) {
      if (j >= square.columns) break;
      store(target + j * square.pixel_stride, finish<kOrder>(pixels[j], bias, residual + j * square.residual_pixel_stride));
    }
  }
}

template <typename F, int kBlock, Epilogue::Order kOrder>
void transform_output_in(const OutputJob& job) {
  constexpr int kTile = F::kTile;
  const BlockedTarget& target = job.target;
  const BlockedSource& residual = job.epilogue.residual;
  Square square{};
  square.pixel_stride = target.pixel_stride;
  square.row_stride = job.width * target.pixel_stride;
  square.residual_pixel_stride = residual.pixel_stride;
  square.residual_row_stride = job.width * residual.pixel_stride;
  for (int block = job.block_begin; block < job.block_end; ++block) {
    const float* m = job.m + int64_t{block - job.block_begin} * job.block.tiles * kBlock;
    Cursor at = Cursor::at(job.block, 0);
    for (int tile = 0; tile < job.block.tiles; ++tile, at.advance(job.block), m += kBlock) {
      const int64_t top = at.row * kTile, left = at.column * kTile;
      square.rows = static_cast<int>(job.height - top < kTile ? job.height - top : kTile);
      square.columns = static_cast<int>(job.width - left < kTile ? job.width - left : kTile);
      for (int lane = 0; lane < kBlock; lane += kLanes) {
        const Vec bias = job.epilogue.bias ? load(job.epilogue.bias + block * kBlock + lane) : zero();
        square.target = target.data + at.image * target.image_stride + block * target.block_stride + top * square.row_stride +
                        left * square.pixel_stride + lane;
        if (residual.data) {
          square.residual = residual.data + at.image * residual.image_stride + block * residual.block_stride +
                            top * square.residual_row_stride + left * square.residual_pixel_stride + lane;
        }
        restore_square<F, kOrder>(m + lane, job.point_stride, bias, square);
      }
    }
  }
}

template <typename F, int kBlock>
void transform_output(const OutputJob& job) {
  switch (job.epilogue.order) {
    case Epilogue::kNone: return transform_output_in<F, kBlock, Epilogue::kNone>(job);
    case Epilogue::kRelu: return transform_output_in<F, kBlock, Epilogue::kRelu>(job);
    case Epilogue::kAdd: return transform_output_in<F, kBlock, Epilogue::kAdd>(job);
    case Epilogue::kAddThenRelu: return transform_output_in<F, kBlock, Epilogue::kAddThenRelu>(job);
    case Epilogue::kReluThenAdd: return transform_output_in<F, kBlock, Epilogue::kReluThenAdd>(job);
  }
}

// ---- Filters that change with every run ----

/// One input channel's taps for a vector of outputs, to all points.
template <typename F>
QUINTET_INLINE void transform_taps(const float* taps, int64_t first, int64_t step, const float* g, float* u, int64_t point_stride) {
  constexpr int kSide = F::kSide, kTaps = F::kTaps;
  for (int i = 0; i < kSide; ++i) {
    Vec half[kTaps];
    QUINTET_UNROLL for (int x = 0; x < kTaps; ++x) {
      half[x] = zero();
      QUINTET_UNROLL for (int y = 0; y < kTaps; ++y) half[x] = fma(broadcast(g[i * kTaps + y]), load(taps + first + (y * kTaps + x) * step), half[x]);
    }
    for (int j = 0; j < kSide; ++j, u += point_stride) {
      Vec sum = zero();
      QUINTET_UNROLL for (int x = 0; x < kTaps; ++x) sum = fma(broadcast(g[j * kTaps + x]), half[x], sum);
      store(u, sum);
    }
  }
}

template <typename F>
void transform_filters(const FilterJob& job) {
  constexpr int kTaps = F::kTaps;
  const int64_t row = int64_t{job.vectors} * kLanes, plane = int64_t{job.block} * job.block;
  const int64_t first = job.rotated ? (kTaps * kTaps - 1) * plane : 0, step = job.rotated ? -plane : plane;
  for (int64_t i = 0; i < job.inputs; ++i) {
    const float* taps = job.taps + i / job.block * job.block_stride + i % job.block * job.block;
    for (int v = 0; v < job.vectors; ++v) {
      transform_taps<F>(taps + v * job.vector_stride, first, step, job.g, job.u + i * row + v * kLanes, job.inputs * row);
    }
  }
}

template <typename F, int kBlock>
constexpr Kernels kKernels{kLanes, kMaxGroup, &transform_input<F, kBlock>, &multiply<kBlock>, &transform_output<F, kBlock>,
                           kTogether == 1 ? &transform_filters<F> : nullptr};

template <int kTaps, int kBlock>
constexpr Kernels kKernels<Transform<1, kTaps>, kBlock>{kLanes, kMaxGroup, &gather_patches<kBlock>, &multiply<kBlock>, &transform_output<Transform<1, 1>, kBlock>, nullptr};

/// Those of a form, looked for from kForms[kFrom] on.
template <int kBlock, int kFrom = 0>
const Kernels* kernels_of(const Form& form) {
  if constexpr (kFrom < kFormCount) {
    constexpr Form found = kForms[kFrom];
    if (same_form(found, form)) return &kKernels<Transform<found.tile, found.taps, found.stride>, kBlock>;
    return kernels_of<kBlock, kFrom + 1>(form);
  }
  return nullptr;
}

}  // namespace

const Kernels* tiled_kernels(const Form& form, int block) {
  if (block == 16) return kernels_of<16>(form);
  if constexpr (kLanes == 8) {
    if (block == 8) return kernels_of<8>(form);
  }
  return nullptr;
}

}  // namespace quintet::QUINTET_ISA
