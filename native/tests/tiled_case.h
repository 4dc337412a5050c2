// One convolution in tiles with its data, held against the definition of a convolution in double precision.
//
// Bound on the largest error: 4e-6 of the largest magnitude of the result, or twice what a direct convolution in float32, summed in
// the same plain order, makes of the same data, whichever is larger. With eight points a side: 4e-5 of the largest magnitude. Of bfloat16, whose
// rounding is 4e-3 of each factor: 1 % of it, with five or six points a side 4 %.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

#include "kernels/rounding.h"
#include "kernels/tiled.h"

namespace quintet {

constexpr float kCanary = -7.25e11f;

struct FreeDeleter {
  void operator()(void* p) const { std::free(p); }
};

/// 64-byte aligned floats, filled with a value.
class Buffer {
 public:
  Buffer(const Buffer& other) : Buffer(other.size_) { std::copy_n(other.data(), size_, data()); }
  explicit Buffer(size_t floats, float fill = 0.0f)
      : size_(floats), data_(static_cast<float*>(std::aligned_alloc(64, (floats * sizeof(float) + 127) / 64 * 64))) {
    std::fill_n(data_.get(), size_, fill);
  }
  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  size_t size() const { return size_; }
  float& operator[](size_t i) { return data_.get()[i]; }
  float operator[](size_t i) const { return data_.get()[i]; }

 private:
  size_t size_;
  std::unique_ptr<float, FreeDeleter> data_;
};

/// A slice of channel blocks in the middle of a wider blocked tensor, as in a concatenation; what lies around it holds canaries.
class Slice {
 public:
  Slice(int64_t batch, int64_t channels, int64_t height, int64_t width, int block, int64_t blocks_before, int64_t blocks_after)
      : batch_(batch), channels_(channels), pixels_(height * width), width_(width), block_(block), before_(blocks_before),
        blocks_(ceil_div(channels, block)), all_blocks_(blocks_before + blocks_ + blocks_after),
        buffer_(static_cast<size_t>(batch * all_blocks_ * pixels_ * block), kCanary) {}

  float& at(int64_t n, int64_t c, int64_t y, int64_t x) {
    return buffer_[static_cast<size_t>(((n * all_blocks_ + before_ + c / block_) * pixels_ + y * width_ + x) * block_ + c % block_)];
  }
  BlockedTarget target() { return {buffer_.data() + before_ * block_stride(), block_stride(), image_stride(), 0}; }
  BlockedSource source() { return {target().data, block_stride(), image_stride(), 0}; }
  int64_t padded_channels() const { return blocks_ * block_; }

  /// Random values in the true channels, zeros in the padding.
  void fill(std::mt19937& random, float low) {
    std::uniform_real_distribution<float> values(low, 1.0f);
    for (int64_t n = 0; n < batch_; ++n) {
      for (int64_t c = 0; c < padded_channels(); ++c) {
        for (int64_t p = 0; p < pixels_; ++p) at(n, c, 0, p) = c < channels_ ? values(random) : 0.0f;
      }
    }
  }
  /// Whether everything outside the slice still holds canaries.
  bool surroundings_untouched() const {
    for (size_t i = 0; i < buffer_.size(); ++i) {
      const int64_t b = static_cast<int64_t>(i) / block_stride() % all_blocks_;
      if ((b < before_ || b >= before_ + blocks_) && buffer_[i] != kCanary) return false;
    }
    return true;
  }

 private:
  int64_t block_stride() const { return pixels_ * block_; }
  int64_t image_stride() const { return all_blocks_ * block_stride(); }

  int64_t batch_, channels_, pixels_, width_;
  int block_;
  int64_t before_, blocks_, all_blocks_;
  Buffer buffer_;
};

class TiledCase {
 public:
  TiledCase(const TiledShape& shape, Epilogue::Order order, unsigned seed);

  /// Runs with a schedule (null: the chosen one) and expects the reference's values, the first run's bits, zeros in padded channels, canaries
  /// around.
  void expect_right(int threads, const TileSchedule* schedule = nullptr, const tiled::Kernels* kernels = nullptr);

  double direct_error() const { return direct_error_; }
  double last_error() const { return last_error_; }

 private:
  void run(const TiledConvolution& convolution);
  template <typename Number>
  Number convolve(int64_t n, int64_t o, int64_t y, int64_t x);
  template <typename Visit>
  void for_each_result(const Visit& visit);
  void compute_reference();
  double bound() const;
  void compare(Slice& target);

  TiledShape shape_;
  Epilogue::Order order_;
  std::mt19937 random_;
  Slice source_, residual_;
  Buffer weights_, bias_;
  std::vector<double> scale_;
  std::vector<double> reference_;
  std::vector<float> first_;
  double largest_ = 0, direct_error_ = 0, last_error_ = 0;
};

}  // namespace quintet
