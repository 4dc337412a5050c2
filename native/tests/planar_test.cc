// Planar convolution against the definition of a convolution in double precision. Bound: 4e-6 of the largest magnitude of the result.
#include "kernels/planar.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "kernels/planar_kernels.h"
#include "quintet/error.h"
#include "runtime/memory.h"

// planar_isa.cc built with 16 lanes for a CPU that need not have them: the code that AVX-512 runs, see CMakeLists.txt.
namespace quintet::emulated16 {
const planar::Kernels& planar_kernels();
}

namespace quintet {
namespace {

constexpr double kBound = 4e-6;
constexpr float kCanary = -7.25e11f;

class Case {
 public:
  Case(const PlanarShape& shape, Finish finish, unsigned seed) : shape_(shape), finish_(finish), random_(seed) {
    fill(source_, shape.batch * image_stride());
    fill(weights_, shape.out_channels * taps());
    fill(bias_, shape.out_channels);
    bias_.resize(static_cast<size_t>(blocks() * shape.block), 0.0f);
  }

  /// One block of canaries before and behind every picture's result.
  void expect_right(int threads, const planar::Kernels* kernels = nullptr) {
    const PlanarConvolution kernel(shape_, threads, kernels);
    AlignedBuffer packed(kernel.packed_weight_floats() * sizeof(float), "weights"), scratch(kernel.scratch_bytes(), "scratch");
    kernel.pack(weights_.data(), static_cast<float*>(packed.data()));
    const int64_t block_stride = shape_.out_height * shape_.out_width * shape_.block, stride = (blocks() + 2) * block_stride;
    std::vector<float> target(static_cast<size_t>(shape_.batch * stride), kCanary);
    kernel.run(source_.data(), image_stride(), static_cast<const float*>(packed.data()), bias_.data(), finish_, {target.data() + block_stride, block_stride, stride, 0},
               scratch.data());
    double largest = 0, worst = 0;
    for (int64_t n = 0; n < shape_.batch; ++n) {
      const float* picture = target.data() + n * stride;
      for (int64_t i = 0; i < block_stride; ++i) ASSERT_TRUE(picture[i] == kCanary && picture[stride - 1 - i] == kCanary);
      for (int64_t c = 0; c < blocks() * shape_.block; ++c) {
        for (int64_t y = 0; y < shape_.out_height; ++y) {
          for (int64_t x = 0; x < shape_.out_width; ++x) {
            const float found = picture[(c / shape_.block + 1) * block_stride + (y * shape_.out_width + x) * shape_.block + c % shape_.block];
            const double wanted = c < shape_.out_channels ? definition(n, c, y, x) : 0;
            largest = std::max(largest, std::abs(wanted));
            worst = std::max(worst, std::abs(found - wanted));
            ASSERT_EQ(std::isnan(found), std::isnan(wanted));
          }
        }
      }
    }
    EXPECT_LE(worst, kBound * largest);
  }

  std::vector<float>& source() { return source_; }

 private:
  int64_t taps() const { return shape_.in_channels * shape_.kernel_height * shape_.kernel_width; }
  int64_t blocks() const { return (shape_.out_channels + shape_.block - 1) / shape_.block; }
  int64_t image_stride() const { return (shape_.source_block != 0 ? shape_.source_block : shape_.in_channels) * shape_.height * shape_.width + 5; }

  /// Channels that fill up the source's block hold any numbers.
  double source_at(int64_t n, int64_t c, int64_t y, int64_t x) const {
    const int64_t pixel = y * shape_.width + x, inside = shape_.source_block != 0 ? pixel * shape_.source_block + c : c * shape_.height * shape_.width + pixel;
    return source_[static_cast<size_t>(n * image_stride() + inside)];
  }

  void fill(std::vector<float>& values, int64_t count) {
    std::uniform_real_distribution<float> any(-1, 1);
    values.resize(static_cast<size_t>(count));
    for (float& v : values) v = any(random_);
  }

  double definition(int64_t n, int64_t o, int64_t y, int64_t x) const {
    double sum = bias_[static_cast<size_t>(o)];
    for (int64_t c = 0; c < shape_.in_channels; ++c) {
      for (int64_t ky = 0; ky < shape_.kernel_height; ++ky) {
        for (int64_t kx = 0; kx < shape_.kernel_width; ++kx) {
          const int64_t row = y * shape_.stride_y + ky - shape_.pad_top, column = x * shape_.stride_x + kx - shape_.pad_left;
          if (row < 0 || row >= shape_.height || column < 0 || column >= shape_.width) continue;
          sum += source_at(n, c, row, column) *
                 weights_[static_cast<size_t>(((o * shape_.in_channels + c) * shape_.kernel_height + ky) * shape_.kernel_width + kx)];
        }
      }
    }
    switch (finish_) {
      case Finish::kNone: break;
      case Finish::kRelu: return sum < 0 ? 0 : sum;
      case Finish::kSigmoid: return 1 / (1 + std::exp(-sum));
      case Finish::kTanh: return std::tanh(sum);
    }
    return sum;
  }

  PlanarShape shape_;
  Finish finish_;
  std::mt19937 random_;
  std::vector<float> source_, weights_, bias_;
};

/// A square kernel with `pad` zeros before and `behind` after both axes.
PlanarShape square(int64_t batch, int64_t in, int64_t out, int64_t height, int64_t width, int64_t kernel, int64_t stride, int64_t pad, int64_t behind, int block) {
  const auto size = [&](int64_t length) { return (length + pad + behind - kernel) / stride + 1; };
  return {batch, in, out, height, width, kernel, kernel, stride, stride, pad, pad, size(height), size(width), block};
}

void expect_right_everywhere(const PlanarShape& shape, Finish finish, unsigned seed) {
  SCOPED_TRACE(testing::Message() << shape.in_channels << "->" << shape.out_channels << " " << shape.height << "x" << shape.width << " kernel " << shape.kernel_height
                                  << "x" << shape.kernel_width << " stride " << shape.stride_y << " block " << shape.block << " from " << shape.source_block);
  Case data(shape, finish, seed);
  for (const int threads : {1, 2, 3}) {
    if (PlanarConvolution::available(shape.block)) data.expect_right(threads);
    if (shape.block == 16) data.expect_right(threads, &emulated16::planar_kernels());
    if (PlanarConvolution::available(shape.block)) data.expect_right(threads, &avx2::planar_kernels());
  }
}

TEST(PlanarConvolution, ComputesTheFirstLayersOfTheNetworks) {
  for (const int block : {8, 16}) {
    expect_right_everywhere(square(1, 3, 64, 63, 71, 11, 4, 2, 2, block), Finish::kRelu, 1);    // AlexNet
    expect_right_everywhere(square(2, 3, 64, 48, 45, 7, 2, 3, 3, block), Finish::kRelu, 2);     // ResNet, GoogLeNet
    expect_right_everywhere(square(1, 3, 64, 48, 48, 7, 2, 2, 3, block), Finish::kNone, 3);    // Keras's `same`
    expect_right_everywhere(square(1, 1, 20, 32, 32, 5, 1, 2, 2, block), Finish::kRelu, 4);     // LeNet-5, as printed
    expect_right_everywhere(square(3, 1, 6, 32, 32, 5, 1, 0, 0, block), Finish::kNone, 5);     // and as in the paper
    expect_right_everywhere(square(1, 3, 64, 30, 31, 3, 1, 1, 1, block), Finish::kRelu, 6);     // VGG
  }
}

TEST(PlanarConvolution, ComputesAnyGeometry) {
  std::mt19937 random(11);
  const auto any = [&](int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); };
  for (unsigned seed = 0; seed < 100; ++seed) {
    PlanarShape shape;
    shape.block = seed % 2 == 0 ? 8 : 16;
    shape.source_block = any(0, 1) == 0 ? 0 : shape.block;
    shape.batch = any(1, 3), shape.out_channels = any(1, 50);
    shape.in_channels = any(1, shape.source_block != 0 ? PlanarConvolution::kMostOfBlock : PlanarConvolution::kMostPlanes);
    shape.kernel_height = any(1, 9), shape.kernel_width = any(1, 9), shape.stride_y = any(1, 5), shape.stride_x = any(1, 5);
    shape.height = any(1, 40), shape.width = any(1, 60);
    shape.pad_top = any(0, shape.kernel_height - 1), shape.pad_left = any(0, shape.kernel_width - 1);
    shape.out_height = std::max<int64_t>(1, (shape.height + shape.pad_top + any(0, shape.kernel_height - 1) - shape.kernel_height) / shape.stride_y + 1);
    shape.out_width = std::max<int64_t>(1, (shape.width + shape.pad_left + any(0, shape.kernel_width - 1) - shape.kernel_width) / shape.stride_x + 1);
    expect_right_everywhere(shape, std::array{Finish::kNone, Finish::kRelu, Finish::kSigmoid, Finish::kTanh}[seed % 4], seed);
  }
}

TEST(PlanarConvolution, KeepsNotANumber) {
  Case data(square(1, 3, 16, 20, 20, 7, 2, 3, 3, 8), Finish::kRelu, 9);
  data.source()[200] = std::numeric_limits<float>::quiet_NaN();
  if (PlanarConvolution::available(8)) data.expect_right(1);
}

TEST(PlanarConvolution, RefusesAChannelBlockThatItsVectorsDoNotDivide) {
  EXPECT_THROW(PlanarConvolution(square(1, 3, 16, 20, 20, 7, 2, 3, 3, 8), 1, &emulated16::planar_kernels()), Error);
}

}  // namespace
}  // namespace quintet
