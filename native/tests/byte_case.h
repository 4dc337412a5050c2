// A random convolution of bytes and its definition: sums in integers, the epilogue in double precision.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "kernels/byte_convolution.h"
#include "kernels/rounding.h"
#include "runtime/memory.h"

namespace quintet::testing {

constexpr uint8_t kCanary = 0xa5;
constexpr size_t kMargin = 64;         // canaries before and behind the result

class ByteCase {
 public:
  ByteCase(const ConvolutionShape& shape, unsigned seed) : shape_(shape), biased_(seed % 2 == 0), relu_(seed % 3 == 0), random_(seed), zero_(any(0, 255)), shift_(any(0, 40)) {
    for (int64_t i = 0; i < shape.batch * shape.height * shape.width * shape.in_channels; ++i) source_.push_back(static_cast<uint8_t>(any(0, 255)));
    for (int64_t i = 0; i < shape.out_channels * inputs(); ++i) weights_.push_back(static_cast<int8_t>(any(-127, 127)));
    scales_.resize(static_cast<size_t>(round_up(shape.out_channels, 16)));   // as long as either kernel reads
    bias_.resize(scales_.size());
    std::uniform_real_distribution<float> part(0.5f, 1.5f);
    for (int64_t o = 0; o < shape.out_channels; ++o) {
      scales_[static_cast<size_t>(o)] = part(random_) * 1e-5f;
      bias_[static_cast<size_t>(o)] = part(random_) - 1;
    }
    // Results spread over the bytes, some beyond.
    inverse_scale_ = static_cast<float>(100 / (1e-5 * 127 * 127 * std::sqrt(static_cast<double>(inputs()))));
  }

  /// The values of least and most, two by two, and weights of one sign: Winograd's points of them are as large as they become.
  void set_extremes(int zero) {
    zero_ = zero;
    for (size_t i = 0; i < source_.size(); ++i) {
      const int64_t pixel = static_cast<int64_t>(i) / shape_.in_channels, x = pixel % shape_.width, y = pixel / shape_.width % shape_.height;
      source_[i] = (x / 2 + y / 2) % 2 == 0 ? 255 : 0;
    }
    for (size_t i = 0; i < weights_.size(); ++i) weights_[i] = static_cast<int64_t>(i) / inputs() % 2 == 0 ? 127 : -127;
    inverse_scale_ = static_cast<float>(1 / (1e-5 * 127 * static_cast<double>(inputs())));
  }

  /// Every result is the nearest byte or, where the definition's value is within `doubt` of a tie, its neighbour.
  template <typename Kernel>
  void expect_right(const Kernel& kernel, double doubt) {
    if (wanted_.empty()) define();
    AlignedBuffer packed(kernel.packed_bytes(), "weights"), scratch(kernel.scratch_bytes(), "scratch");
    kernel.pack([&](int64_t o, int8_t* row) { std::copy_n(weights_.data() + o * inputs(), inputs(), row); }, packed.data());
    const auto results = static_cast<size_t>(shape_.batch * shape_.out_height * shape_.out_width * shape_.out_channels);
    std::vector<uint8_t> target(results + 2 * kMargin, kCanary);
    kernel.run(source_.data(), zero_, packed.data(), {scales_.data(), biased_ ? bias_.data() : nullptr, relu_, inverse_scale_, shift_}, target.data() + kMargin, scratch.data());
    for (size_t i = 0; i < kMargin; ++i) ASSERT_TRUE(target[i] == kCanary && target[kMargin + results + i] == kCanary);
    for (size_t i = 0; i < results; ++i) ASSERT_LE(std::abs(target[kMargin + i] - wanted_[i]), 0.5 + doubt) << "at " << i;
  }

 private:
  int64_t inputs() const { return shape_.in_channels * shape_.kernel_height * shape_.kernel_width; }
  int any(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

  void define() {
    for (int64_t n = 0; n < shape_.batch; ++n) {
      for (int64_t y = 0; y < shape_.out_height; ++y) {
        for (int64_t x = 0; x < shape_.out_width; ++x) {
          for (int64_t o = 0; o < shape_.out_channels; ++o) wanted_.push_back(definition(n, o, y, x));
        }
      }
    }
  }

  /// The byte before it is rounded.
  double definition(int64_t n, int64_t o, int64_t y, int64_t x) const {
    int64_t sum = 0;
    for (int64_t c = 0; c < shape_.in_channels; ++c) {
      for (int64_t ky = 0; ky < shape_.kernel_height; ++ky) {
        for (int64_t kx = 0; kx < shape_.kernel_width; ++kx) {
          const int64_t row = y * shape_.stride_y + ky - shape_.pad_top, column = x * shape_.stride_x + kx - shape_.pad_left;
          if (row < 0 || row >= shape_.height || column < 0 || column >= shape_.width) continue;
          sum += (source_[static_cast<size_t>(((n * shape_.height + row) * shape_.width + column) * shape_.in_channels + c)] - zero_) *
                 weights_[static_cast<size_t>(((o * shape_.in_channels + c) * shape_.kernel_height + ky) * shape_.kernel_width + kx)];
        }
      }
    }
    double value = static_cast<double>(sum) * static_cast<double>(scales_[static_cast<size_t>(o)]) + (biased_ ? static_cast<double>(bias_[static_cast<size_t>(o)]) : 0);
    if (relu_) value = std::max(value, 0.0);
    return std::clamp(value * static_cast<double>(inverse_scale_) + shift_, 0.0, 255.0);
  }

  ConvolutionShape shape_;
  bool biased_, relu_;
  std::mt19937 random_;
  int zero_, shift_;
  std::vector<uint8_t> source_;
  std::vector<int8_t> weights_;
  std::vector<float> scales_, bias_;
  float inverse_scale_;
  std::vector<double> wanted_;   // bytes before they are rounded
};

inline ConvolutionShape square_convolution(int64_t batch, int64_t in, int64_t out, int64_t size, int64_t kernel, int64_t stride, int64_t pad) {
  const int64_t out_size = (size + 2 * pad - kernel) / stride + 1;
  return {batch, in, out, size, size, kernel, kernel, stride, stride, pad, pad, out_size, out_size};
}

}  // namespace quintet::testing
