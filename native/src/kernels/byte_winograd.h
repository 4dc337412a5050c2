// Convolutions of unsigned bytes by signed bytes that leave bytes, 3x3 and 5x5 of stride 1, everything channels-last, by Winograd's minimal
// filtering with tiles of 8x8 points (F(6x6,3x3), F(4x4,5x5)), for CPUs with AVX512-VNNI: a fifth or sixth of the products, of 16-bit integers, which
// those CPUs multiply half as many at a time. Where channels are few this beats the products of bytes.
//
// Transformed values and weights are rounded to integers of 16 bits, sums are exact. The error is a small part of the step between two bytes (the tests
// have figures), so that few results, those near a tie, differ from ByteConvolution's, and those by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "kernels/byte_convolution.h"
#include "kernels/convolution_shape.h"
#include "kernels/cpu.h"

namespace quintet {

namespace byte_winograd {
struct Kernels;
}

/// Immutable; run may be called from several threads at once, each with scratch and results of its own.
class ByteWinograd {
 public:
  /// `threads`: the OpenMP team that computes one run. Throws Error kUnsupported for a CPU or a shape without a kernel. `kernels`: those of a
  /// certain instruction set, for the tests; null: the CPU's.
  ByteWinograd(const ConvolutionShape& shape, int threads, const byte_winograd::Kernels* kernels = nullptr);

  /// Whether there are kernels for such a convolution, on a CPU with VNNI.
  static bool computes(const ConvolutionShape& shape);
  /// Input channels up to which the error is small: with more of them weights keep fewer digits, for sums must fit into 32 bits.
  static constexpr int64_t kMostChannels = 64;
  /// Whether it may take the place of other kernels and is expected to take less time on such a CPU.
  static bool worthwhile(const ConvolutionShape& shape, const CoreModel& core);
  /// Nanoseconds that one run is expected to take a core with VNNI.
  static double estimate_ns(const ConvolutionShape& shape, const CoreModel& core);
  /// The length of an epilogue's vectors.
  static int64_t filled_up(int64_t outputs);

  size_t packed_bytes() const;
  /// `row(o, to)` writes output o's integers in the order [in_channels][kernel_height][kernel_width].
  void pack(const std::function<void(int64_t, int8_t*)>& row, void* packed) const;

  /// As plans print it: "winograd f(4,5) int16".
  std::string name() const;

  /// Of one run's products of 16-bit integers, those of what fills vectors and tiles up included.
  int64_t multiplications() const;

  /// Bytes that run needs as scratch, 64-byte aligned. Contents do not matter before or after.
  size_t scratch_bytes() const;

  /// [batch][height][width][in_channels], whose zero point `zero` is, to [batch][out_height][out_width][out_channels]. Allocates nothing.
  void run(const uint8_t* source, int zero, const void* packed, const ByteEpilogue& epilogue, uint8_t* target, void* scratch) const;

 private:
  struct Call;
  struct Member;   // a thread's scratch

  void run_unit(const Call& call, int64_t unit, std::byte* scratch) const;
  void gather(const Call& call, int64_t image, int64_t top, int64_t left, uint8_t* rows) const;
  int64_t member_bytes() const;
  int64_t panel_vectors(int64_t panel) const;

  ConvolutionShape shape_;
  int threads_;
  const byte_winograd::Kernels* kernels_;
  int64_t tile_;                            // pixels of its side
  int64_t pairs_, v_channels_;              // of input channels; input channels filled up to vectors
  int64_t vectors_, panels_;                // of outputs
  int64_t tile_rows_, row_tiles_;
  int64_t unit_tiles_, row_units_;          // tiles of a unit; units of a row of tiles
  int64_t row_bytes_;                       // of a unit's source rows, with what is read behind them
};

}  // namespace quintet
