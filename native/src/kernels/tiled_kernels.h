// The contract between tiled.cc (what to compute, on which thread) and tiled_isa.cc (compiled once per instruction set).
// Plain structures and static functions only: nothing here may become a symbol shared between instruction sets.
//
// Vocabulary: a *tile* is an output square of m x m pixels of a convolution with r x r taps, numbered image by image, row by row; a *point*
// is one of the positions of a transformed tile, as many as its input has (one where m = 1, with every tap's channels behind each other); a *panel* is the
// output channels that one matrix kernel computes at once (two vectors).
//   V[point][group][channel block][tile of group][B]    transformed input of a block of tiles
//   U[panel][point][input channel][lanes of the panel]  transformed weights
//     (bfloat16: [panel][point][pair of input channels][lanes of the panel][2])
//   M[point][channel block][tile][B]                    products, the transformed output
#pragma once

#include <cstdint>

#include "kernels/blocked.h"
#include "kernels/tile_forms.h"

namespace quintet::tiled {

/// Splits a block of tiles into groups as equal as can be, each at most as long as the register block.
struct Groups {
  int count;    // groups
  int size;     // tiles of a group, except that
  int larger;   // the first `larger` groups have one more
};

static inline Groups split_tiles(int tiles, int limit) {
  const int count = (tiles + limit - 1) / limit;
  return {count, tiles / count, tiles % count};
}
static inline int group_size(const Groups& groups, int group) { return groups.size + (group < groups.larger ? 1 : 0); }
static inline int group_first(const Groups& groups, int group) {
  return group * groups.size + (group < groups.larger ? group : groups.larger);
}
static inline int group_of(const Groups& groups, int tile) {
  const int in_larger = groups.larger * (groups.size + 1);
  return tile < in_larger ? tile / (groups.size + 1) : groups.larger + (tile - in_larger) / groups.size;
}

/// A run of consecutive tiles and how they lie in the images.
struct TileBlock {
  int64_t first;              // number of the first tile
  int tiles;
  int64_t rows, columns;      // tiles of one image
};

/// Source pixels to V.
struct InputJob {
  TileBlock block;
  Groups groups;
  BlockedSource source;
  int64_t height, width, pad_top, pad_left;
  int64_t stride;             // with tiles of one pixel, as taps
  int taps;
  int channel_blocks;         // as multiplied
  void* v;                    // floats or, as the kernels multiply them, bfloat16
  int64_t point_stride;       // numbers of V from point to point
};

/// V times U of one panel, to M of that panel, for some points.
struct MultiplyJob {
  Groups groups;
  int channel_blocks;         // of the input
  int whole_blocks;           // the first of them; the others have their first `last_channels` channels only, and zeros behind
  int last_channels;
  int vectors;                // of the panel: 2, or 1 in a last narrow panel
  int points;                 // how many, from the ones that v, u and m stand at
  const void* v;
  int64_t v_stride;           // numbers from point to point
  const void* u;
  const void* next_u;         // what will be read after the last point: brought nearer meanwhile
  float* m;
  int64_t m_stride;
  int64_t vector_stride;      // floats of M from the panel's first vector to its second
};

/// M to target pixels, for the channel blocks [block_begin, block_end) of the target.
struct OutputJob {
  TileBlock block;
  const float* m;             // of block_begin's first point
  int64_t point_stride;
  int block_begin, block_end;
  BlockedTarget target;
  int64_t height, width;
  Epilogue epilogue;
};

/// Weights of one panel to U, in float32. Of input i, output lane l of vector v, tap t, all of `block` channels a block:
/// taps[v * vector_stride + (i / block) * block_stride + t * block * block + (i % block) * block + l].
struct FilterJob {
  const float* taps;
  int vectors, block;
  int64_t vector_stride, block_stride;
  int64_t inputs;
  bool rotated;               // read the taps in reverse
  const float* g;             // the transform, [side][taps]
  float* u;                   // of the panel
};

/// The kernels for one instruction set, tile and channel block.
struct Kernels {
  int lanes;                  // floats of a vector; a panel has two vectors
  int max_group;              // tiles of the largest register block
  void (*transform_input)(const InputJob&);
  void (*multiply)(const MultiplyJob&);
  void (*transform_output)(const OutputJob&);
  void (*transform_filters)(const FilterJob&);   // null with tiles of one pixel and of bfloat16
};

}  // namespace quintet::tiled

// Defined in tiled_isa.cc. Null for what is not among kForms, and if the channel block does not suit the vectors. Those of
// avx512_bf16 multiply bfloat16.
namespace quintet::avx2 {
const tiled::Kernels* tiled_kernels(const tiled::Form& form, int block);
}
namespace quintet::avx512 {
const tiled::Kernels* tiled_kernels(const tiled::Form& form, int block);
}
namespace quintet::avx512_bf16 {
const tiled::Kernels* tiled_kernels(const tiled::Form& form, int block);
}
