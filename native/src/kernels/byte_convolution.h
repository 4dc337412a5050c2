// Convolutions of unsigned bytes by signed bytes that leave bytes, everything channels-last, for CPUs with AVX512-VNNI. A vector holds
// the sums of neighbouring pixels, not of output channels as in oneDNN's kernels: where channels fill neither the groups of four that an instruction
// multiplies nor the 16 lanes (pictures, LeNet-5), it multiplies less that is of no use. Sums are exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "kernels/convolution_shape.h"
#include "kernels/cpu.h"

namespace quintet {

namespace byte_convolution {
struct Kernels;
}

/// How sums become bytes: byte = saturated(round(relu?((sum - zero * sum of weights) * scales[o] + bias[o]) / scale + shift)), ties to even.
struct ByteEpilogue {
  const float* scales;      // both of filled_up(outputs)
  const float* bias;        // may be null
  bool relu = false;
  float inverse_scale = 1;  // of the result
  int shift = 0;            // the result's zero point
};

/// Immutable; run may be called from several threads at once, each with scratch and results of its own.
class ByteConvolution {
 public:
  /// `threads`: the OpenMP team that computes one run. Throws Error kUnsupported for a CPU without a kernel. `kernels`: those of a certain
  /// instruction set, for the tests; null: the CPU's.
  ByteConvolution(const ConvolutionShape& shape, int threads, const byte_convolution::Kernels* kernels = nullptr);

  /// Whether the CPU has the kernels.
  static bool available();
  /// Nanoseconds that a core with VNNI is expected to multiply for one run, what fills vectors and groups up included.
  static double estimate_ns(const ConvolutionShape& shape, const CoreModel& core);
  /// The same of oneDNN's kernels.
  static double onednn_ns(const ConvolutionShape& shape, const CoreModel& core);
  /// Whether it is expected to take less time than oneDNN's kernels on such a CPU.
  static bool worthwhile(const ConvolutionShape& shape, const CoreModel& core);
  /// The length of an epilogue's vectors.
  static int64_t filled_up(int64_t outputs);

  size_t packed_bytes() const;
  /// `row(o, to)` writes output o's integers in the order [in_channels][kernel_height][kernel_width].
  void pack(const std::function<void(int64_t, int8_t*)>& row, void* packed) const;

  /// Bytes that run needs as scratch, 64-byte aligned. Contents do not matter before or after.
  size_t scratch_bytes() const;

  /// [batch][height][width][in_channels], whose zero point `zero` is, to [batch][out_height][out_width][out_channels]. Allocates nothing.
  void run(const uint8_t* source, int zero, const void* packed, const ByteEpilogue& epilogue, uint8_t* target, void* scratch) const;

 private:
  struct Call;

  int64_t band_bytes() const;
  int64_t member_bytes() const;
  void run_band(const Call& call, int64_t unit, uint8_t* scratch) const;
  void multiply(const Call& call, const uint32_t* planes, int64_t vector, int64_t count, uint32_t* staged) const;
  void gather_row(const uint8_t* picture, int64_t row, int zero, uint8_t* bytes, uint32_t* planes) const;

  ConvolutionShape shape_;
  int threads_;
  const byte_convolution::Kernels* kernels_;
  int64_t quads_, row_vectors_;         // of outputs; of pixels in a row
  int64_t planes_, plane_, step_;       // planes of groups a source row, their length, bytes from one group to the next
  int64_t row_bytes_;                   // of a source row with its padding
  int64_t band_rows_, bands_;           // output rows done together; bands a picture
  std::vector<int32_t> offsets_;        // of each group of taps in a band's planes
};

}  // namespace quintet
