// Convolutions that read few channels: those of a picture, lying as planes, in the first layer of every network, or a few of a channel block.
// Float32, any kernel and stride. oneDNN's kernels for pictures reach half of what a core can do where the kernel is large (AlexNet's
// 11x11) and refuse its padding; for blocks they multiply the channels that fill them up too.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/blocked.h"
#include "kernels/convolution_shape.h"
#include "kernels/finish.h"

namespace quintet {

/// Source [batch][in_channels][height][width], or [batch][height][width][source_block] of which the first in_channels count, dense but for the
/// distance from picture to picture; target in channel blocks.
struct PlanarShape : ConvolutionShape {
  int block = 8;                               ///< channel block of the target: 8 or 16
  int source_block = 0;                        ///< 0: planes
};

namespace planar {
struct Kernels;
}

/// Immutable; run may be called from several threads at once, each with scratch and results of its own.
class PlanarConvolution {
 public:
  static constexpr int64_t kMostPlanes = 4;     ///< of the source; for more, channels of a block in one vector are the better layout
  static constexpr int64_t kMostOfBlock = 7;    ///< channels of a block that are worth reading one by one

  /// `threads`: the OpenMP team that computes one run. Throws Error kUnsupported for a CPU or channel block without a kernel. `kernels`: those of a
  /// certain instruction set, for the tests; null: the best that the CPU has.
  PlanarConvolution(const PlanarShape& shape, int threads, const planar::Kernels* kernels = nullptr);

  /// For this CPU and channel block of the target.
  static bool available(int block);

  /// Floats of packed weights; the same for all sizes of the picture.
  size_t packed_weight_floats() const;
  /// Packs weights [out_channels][in_channels][kernel_height][kernel_width].
  void pack(const float* oihw, float* packed) const;

  /// Bytes that run needs as scratch, 64-byte aligned. Contents do not matter before or after.
  size_t scratch_bytes() const;

  /// target = finish(convolution(source) + bias). `image_stride`: floats from picture to picture. `bias`, filled up to a whole block, may
  /// be null. Channels that fill up the target's last block become zero. Allocates nothing.
  void run(const float* source, int64_t image_stride, const float* packed, const float* bias, Finish finish, const BlockedTarget& target,
           void* scratch) const;

 private:
  struct Call;

  void run_band(const Call& call, int64_t band, float* rows) const;
  void clear_rest(const Call& call, int64_t image, int64_t first, int64_t count, int64_t pixel_stride) const;
  void gather_rows(const float* picture, int64_t first_row, int64_t count, float* rows) const;
  int64_t planes() const { return shape_.source_block != 0 ? 1 : shape_.in_channels; }
  int64_t pixel() const { return shape_.source_block != 0 ? shape_.source_block : 1; }
  int64_t plane_floats() const { return source_rows_ * source_width_ * pixel(); }

  PlanarShape shape_;
  int threads_;
  const planar::Kernels* kernels_;
  int64_t vectors_;                        // of outputs
  int64_t band_rows_, bands_;              // output rows done together; bands a picture
  int64_t source_rows_, source_width_;     // that a band reads, with padding
  bool padded_;                            // bands are copied, with zeros around them
};

}  // namespace quintet
