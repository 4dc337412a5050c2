// Pooling over height and width: maxima, averages and sums of float32 in channel blocks, maxima of bfloat16 and bytes that lie channels-last. oneDNN reads
// every cell anew for every window, and is slow where pictures do not follow each other or channels do not fill its vectors.
// The functions run on the calling thread's OpenMP team and allocate nothing; results do not depend on the team's size.
#pragma once

#include <cstdint>

#include "kernels/blocked.h"

namespace quintet::pool {

enum class Kind {
  kMax,              ///< of the cells inside the picture; not a number where one of them is none
  kAverage,          ///< over the cells inside the picture
  kCountedAverage,   ///< over the whole window: what is outside counts as zeros
  kSum
};

/// Every window sees at least one cell of the picture.
struct Geometry {
  int64_t batch = 1, channels = 0;             ///< channels: filled up to whole blocks where values lie in blocks
  int64_t height = 0, width = 0;
  int64_t kernel_height = 1, kernel_width = 1;
  int64_t stride_y = 1, stride_x = 1;
  int64_t pad_top = 0, pad_left = 0;           ///< at the other ends: as the output's size makes it
  int64_t out_height = 0, out_width = 0;
};

struct Kernels;

/// Whether this CPU has the kernels: AVX2 or more.
bool available();

/// Float32 in blocks of `block` channels, 8 or 16. `kernels`: those of a certain instruction set, for the tests; null: the best that the CPU has
/// for such blocks.
void blocked(const Geometry& geometry, Kind kind, int block, const BlockedSource& source, const BlockedTarget& target, const Kernels* kernels = nullptr);

/// Maxima of bfloat16 [batch][height][width][channels], least_bfloats() channels or more.
void maximum_of_bfloats(const Geometry& geometry, const uint16_t* source, uint16_t* target, const Kernels* kernels = nullptr);
int64_t least_bfloats(const Kernels* kernels = nullptr);

/// Maxima of bytes [batch][height][width][channels].
void maximum_of_bytes(const Geometry& geometry, const uint8_t* source, uint8_t* target, const Kernels* kernels = nullptr);

}  // namespace quintet::pool
