// Conversions between float32 in channel blocks and what lies channels-last, bytes or float32 too: where layers of both precisions meet. oneDNN's
// reorders take several times as long, most of all where channels do not fill the last block. real = (byte - zero) * scale; from reals bytes are rounded to the nearest,
// ties to even, and saturate.
// The functions run on the calling thread's OpenMP team and allocate nothing.
#pragma once

#include <cstdint>

#include "kernels/blocked.h"

namespace quintet::convert {

/// `pixels` of each of `batch` pictures with so many true channels. A vector is a picture of one pixel, in a block of its own length; planes are
/// blocks of one channel.
struct Geometry {
  int64_t batch = 1, pixels = 1, channels = 0;
  int64_t block = 8;                           ///< channels in a block: whole vectors of the kernels' instruction set, but for vectors and planes
};

struct Kernels;

/// Whether this CPU has the kernels: AVX2 or more.
bool available();

/// `to`: [batch][pixels][channels]. What is no number becomes the least byte. `kernels`: those of a certain instruction set, for the tests; null:
/// the best that the CPU has.
void to_bytes(const Geometry& geometry, const BlockedSource& from, float scale, int zero, uint8_t* to, const Kernels* kernels = nullptr);

/// Channels that fill up the last block become zero.
void to_floats(const Geometry& geometry, const uint8_t* from, float scale, int zero, const BlockedTarget& to, const Kernels* kernels = nullptr);

/// The same from float32.
void to_blocks(const Geometry& geometry, const float* from, const BlockedTarget& to, const Kernels* kernels = nullptr);

}  // namespace quintet::convert
