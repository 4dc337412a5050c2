// The contract between byte_winograd.cc and byte_winograd_isa.cc. Plain structures only.
//
// A *unit* is some tiles beside each other and, with them, the source pixels that they read. The terms and transforms are those of
// tiled_kernels.h with tiles of kSide x kSide points; the products are of 16-bit integers.
//   V[point][tile][input channel]                               transformed source, channels filled up to vectors
//   U[panel][point][pair of input channels][vector][lane][2]    transformed weights; a *panel* is up to kMostVectors vectors of outputs
#pragma once

#include <cstdint>

namespace quintet::byte_winograd {

constexpr int kLanes = 16, kSide = 8, kPoints = kSide * kSide;
constexpr int kMostVectors = 4, kMostTiles = 7;   // of a unit: their sums, and the vectors of weights, fill the register file

/// Of each point of a row or column, 0, 1/2, -1/2, 1, -1, 2, -2 and infinity: the sums of what the transform multiplies values by, of the
/// positive factors and of the negative ones. Points of bytes, which are all on one side of zero, stay integers of 16 bits.
struct Gain {
  double positive, negative;
};
constexpr Gain kGains[kSide] = {{6.25, 6.25}, {7.5, 7.5}, {7.5, 7.5}, {4, 8.5}, {6.25, 6.25}, {3.75, 3.75}, {3.75, 3.75}, {6.25, 6.25}};

/// What products at 0, 1/2, -1/2 and infinity, and at 2 and -2, are multiplied by when pixels are made of them, and weights divided by before they
/// are rounded, so that those of no point are much smaller than the others'.
constexpr float kOuterWeight = 2;
static constexpr float large_weight(int64_t taps) { return taps == 3 ? 0.125f : 0.5f; }
static constexpr float weight_of(int64_t point, int64_t taps) { return point <= 2 || point == 7 ? kOuterWeight : point <= 4 ? 1 : large_weight(taps); }

/// The source of a unit, to V.
struct InputJob {
  const uint8_t* rows;        // kSide of them, and a vector more to read
  int64_t row_bytes;          // from one to the next
  int zero;                   // what bytes that are zero say
  int64_t length;             // bytes of a row that tiles read
  int64_t channels, v_channels;
  int tiles;
  float* columns;             // room for [kSide][row_bytes]: transformed by columns
  int16_t* v;
};

/// V times one panel of U, to bytes.
struct PanelJob {
  int tiles, vectors;
  int64_t pairs, v_channels;
  const int16_t* v;
  const int32_t* u;
  int32_t* m;                 // room for the products of kSide points
  float* half;                // room for what the transform out of rows leaves, [kSide][pixel of a tile's row][tile][vector]
  const float* scales;        // of the panel's outputs, filled up to vectors: from sums to the result's bytes
  const float* start;         // the same: what is added
  float least;                // byte
  int64_t outputs;            // of the panel
  uint8_t* target;            // the first pixel's first of them
  int64_t row_stride, pixel_stride;
  int64_t rows, columns;      // pixels of the unit that exist
};

struct Kernels {
  void (*transform_in)(const InputJob&);
  void (*multiply)(const PanelJob&);
};

}  // namespace quintet::byte_winograd

// Defined in byte_winograd_isa.cc; null for kernels of another size than 3x3 and 5x5.
namespace quintet::avx512_vnni {
const byte_winograd::Kernels* byte_winograd_kernels(int64_t taps);
}
