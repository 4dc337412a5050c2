// Convolutions of bytes against their definition: sums in integers, the epilogue in double precision. A byte may be on either side of a tie.
#include "kernels/byte_convolution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "kernels/byte_convolution_kernels.h"
#include "quintet/error.h"
#include "runtime/memory.h"

// byte_convolution_isa.cc built for a CPU that need not have VNNI, see CMakeLists.txt.
namespace quintet::emulated16 {
const byte_convolution::Kernels& byte_convolution_kernels();
}

namespace quintet {
namespace {

constexpr double kTie = 2e-3;          // how far from one the epilogue's rounding may take a value
constexpr uint8_t kCanary = 0xa5;
constexpr size_t kMargin = 64;         // canaries before and behind the result

class Case {
 public:
  Case(const ConvolutionShape& shape, unsigned seed) : shape_(shape), random_(seed), zero_(any(0, 255)), shift_(any(0, 40)) {
    for (int64_t i = 0; i < shape.batch * shape.height * shape.width * shape.in_channels; ++i) source_.push_back(static_cast<uint8_t>(any(0, 255)));
    for (int64_t i = 0; i < shape.out_channels * inputs(); ++i) weights_.push_back(static_cast<int8_t>(any(-127, 127)));
    scales_.resize(static_cast<size_t>(ByteConvolution::filled_up(shape.out_channels)));
    bias_.resize(scales_.size());
    std::uniform_real_distribution<float> part(0.5f, 1.5f);
    for (int64_t o = 0; o < shape.out_channels; ++o) {
      scales_[static_cast<size_t>(o)] = part(random_) * 1e-5f;
      bias_[static_cast<size_t>(o)] = part(random_) - 1;
    }
    inverse_scale_ = static_cast<float>(100 / (1e-5 * 127 * 127 * std::sqrt(static_cast<double>(inputs()))));    // results spread over the bytes, some beyond
  }

  void expect_right(int threads, bool biased, bool relu, const byte_convolution::Kernels* kernels) {
    const ByteConvolution kernel(shape_, threads, kernels);
    AlignedBuffer packed(kernel.packed_bytes(), "weights"), scratch(kernel.scratch_bytes(), "scratch");
    kernel.pack([&](int64_t o, int8_t* row) { std::copy_n(weights_.data() + o * inputs(), inputs(), row); }, packed.data());
    const auto results = static_cast<size_t>(shape_.batch * shape_.out_height * shape_.out_width * shape_.out_channels);
    std::vector<uint8_t> target(results + 2 * kMargin, kCanary);
    kernel.run(source_.data(), zero_, packed.data(), {scales_.data(), biased ? bias_.data() : nullptr, relu, inverse_scale_, shift_}, target.data() + kMargin, scratch.data());
    for (size_t i = 0; i < kMargin; ++i) ASSERT_TRUE(target[i] == kCanary && target[kMargin + results + i] == kCanary);
    const uint8_t* found = target.data() + kMargin;
    for (int64_t n = 0; n < shape_.batch; ++n) {
      for (int64_t y = 0; y < shape_.out_height; ++y) {
        for (int64_t x = 0; x < shape_.out_width; ++x) {
          for (int64_t o = 0; o < shape_.out_channels; ++o, ++found) ASSERT_LE(std::abs(*found - definition(n, o, y, x, biased, relu)), 0.5 + kTie) << n << " " << y << " " << x << " " << o;
        }
      }
    }
  }

 private:
  int64_t inputs() const { return shape_.in_channels * shape_.kernel_height * shape_.kernel_width; }
  int any(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

  /// The byte before it is rounded.
  double definition(int64_t n, int64_t o, int64_t y, int64_t x, bool biased, bool relu) const {
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
    double value = static_cast<double>(sum) * static_cast<double>(scales_[static_cast<size_t>(o)]) + (biased ? static_cast<double>(bias_[static_cast<size_t>(o)]) : 0);
    if (relu) value = std::max(value, 0.0);
    return std::clamp(value * static_cast<double>(inverse_scale_) + shift_, 0.0, 255.0);
  }

  ConvolutionShape shape_;
  std::mt19937 random_;
  int zero_, shift_;
  std::vector<uint8_t> source_;
  std::vector<int8_t> weights_;
  std::vector<float> scales_, bias_;
  float inverse_scale_;
};

void expect_right_everywhere(const ConvolutionShape& shape, unsigned seed) {
  SCOPED_TRACE(testing::Message() << shape.in_channels << "->" << shape.out_channels << " " << shape.height << "x" << shape.width << " kernel " << shape.kernel_height << "x"
                                  << shape.kernel_width << " stride " << shape.stride_y << "," << shape.stride_x << " padding " << shape.pad_top << "," << shape.pad_left);
  Case data(shape, seed);
  for (const int threads : {1, 2, 3}) {
    const bool biased = seed % 2 == 0, relu = seed % 3 == 0;
    data.expect_right(threads, biased, relu, &emulated16::byte_convolution_kernels());
    if (ByteConvolution::available()) data.expect_right(threads, biased, relu, nullptr);
  }
}

ConvolutionShape square(int64_t batch, int64_t in, int64_t out, int64_t size, int64_t kernel, int64_t stride, int64_t pad) {
  const int64_t out_size = (size + 2 * pad - kernel) / stride + 1;
  return {batch, in, out, size, size, kernel, kernel, stride, stride, pad, pad, out_size, out_size};
}

TEST(ByteConvolution, ComputesLayersWhoseChannelsFillNothing) {
  expect_right_everywhere(square(1, 1, 20, 32, 5, 1, 2), 0);     // LeNet-5, as printed
  expect_right_everywhere(square(2, 20, 50, 16, 5, 1, 2), 1);
  expect_right_everywhere(square(1, 3, 64, 48, 7, 2, 3), 2);     // ResNet, GoogLeNet
  expect_right_everywhere(square(1, 3, 64, 63, 11, 4, 2), 3);    // AlexNet
  expect_right_everywhere(square(1, 3, 64, 30, 3, 1, 1), 4);     // VGG
}

TEST(ByteConvolution, ComputesAnyGeometry) {
  std::mt19937 random(12);
  const auto any = [&](int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); };
  for (unsigned seed = 0; seed < 150; ++seed) {
    ConvolutionShape shape;
    shape.batch = any(1, 3), shape.in_channels = any(1, 9), shape.out_channels = any(1, 40);
    shape.kernel_height = any(1, 7), shape.kernel_width = any(1, 7), shape.stride_y = any(1, 4), shape.stride_x = any(1, 4);
    shape.height = any(1, 24), shape.width = any(1, 50);
    shape.pad_top = any(0, shape.kernel_height), shape.pad_left = any(0, shape.kernel_width);
    const auto size = [&](int64_t length, int64_t kernel, int64_t stride, int64_t pad) { return (length + pad + any(0, kernel) - kernel) / stride + 1; };
    if (shape.height + shape.pad_top < shape.kernel_height || shape.width + shape.pad_left < shape.kernel_width) continue;
    shape.out_height = size(shape.height, shape.kernel_height, shape.stride_y, shape.pad_top);
    shape.out_width = size(shape.width, shape.kernel_width, shape.stride_x, shape.pad_left);
    expect_right_everywhere(shape, seed);
  }
}

TEST(ByteConvolution, IsChosenWhereOneDnnWouldMultiplyMore) {
  CoreModel vnni = core_model(), amx = vnni, none = vnni;
  vnni.vnni_ops_per_ns = vnni.int8_ops_per_ns = 400, vnni.amx = false;
  amx.vnni_ops_per_ns = 800, amx.int8_ops_per_ns = 2000, amx.amx = true;
  none.vnni_ops_per_ns = 0;
  const ConvolutionShape grey = square(1, 1, 20, 32, 5, 1, 2), second = square(1, 20, 50, 16, 5, 1, 2), full = square(1, 64, 64, 56, 3, 1, 1);
  EXPECT_TRUE(ByteConvolution::worthwhile(grey, vnni));
  EXPECT_TRUE(ByteConvolution::worthwhile(second, vnni));
  EXPECT_FALSE(ByteConvolution::worthwhile(full, vnni));
  EXPECT_TRUE(ByteConvolution::worthwhile(grey, amx));
  EXPECT_FALSE(ByteConvolution::worthwhile(second, amx));
  EXPECT_FALSE(ByteConvolution::worthwhile(grey, none));
}

}  // namespace
}  // namespace quintet
