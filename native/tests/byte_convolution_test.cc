// Convolutions of bytes, by products of bytes, against their definition.
#include "kernels/byte_convolution.h"

#include <gtest/gtest.h>

#include <random>

#include "byte_case.h"
#include "kernels/byte_convolution_kernels.h"

// byte_convolution_isa.cc built for a CPU that need not have VNNI, see CMakeLists.txt.
namespace quintet::emulated16 {
const byte_convolution::Kernels& byte_convolution_kernels();
}

namespace quintet {
namespace {

using testing::ByteCase;
using testing::square_convolution;

constexpr double kTie = 2e-3;   // how far from a tie the epilogue's rounding may take a value

void expect_right_everywhere(const ConvolutionShape& shape, unsigned seed) {
  SCOPED_TRACE(::testing::Message() << shape.in_channels << "->" << shape.out_channels << " " << shape.height << "x" << shape.width << " kernel " << shape.kernel_height << "x"
                                  << shape.kernel_width << " stride " << shape.stride_y << "," << shape.stride_x << " padding " << shape.pad_top << "," << shape.pad_left);
  ByteCase data(shape, seed);
  for (const int threads : {1, 2, 3}) {
    data.expect_right(ByteConvolution(shape, threads, &emulated16::byte_convolution_kernels()), kTie);
    if (ByteConvolution::available()) data.expect_right(ByteConvolution(shape, threads), kTie);
  }
}

TEST(ByteConvolution, ComputesLayersWhoseChannelsFillNothing) {
  expect_right_everywhere(square_convolution(1, 1, 20, 32, 5, 1, 2), 0);     // LeNet-5, as printed
  expect_right_everywhere(square_convolution(2, 20, 50, 16, 5, 1, 2), 1);
  expect_right_everywhere(square_convolution(1, 3, 64, 48, 7, 2, 3), 2);     // ResNet, GoogLeNet
  expect_right_everywhere(square_convolution(1, 3, 64, 63, 11, 4, 2), 3);    // AlexNet
  expect_right_everywhere(square_convolution(1, 3, 64, 30, 3, 1, 1), 4);     // VGG
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
  const ConvolutionShape grey = square_convolution(1, 1, 20, 32, 5, 1, 2), second = square_convolution(1, 20, 50, 16, 5, 1, 2), full = square_convolution(1, 64, 64, 56, 3, 1, 1);
  EXPECT_TRUE(ByteConvolution::worthwhile(grey, vnni));
  EXPECT_TRUE(ByteConvolution::worthwhile(second, vnni));
  EXPECT_FALSE(ByteConvolution::worthwhile(full, vnni));
  EXPECT_TRUE(ByteConvolution::worthwhile(grey, amx));
  EXPECT_FALSE(ByteConvolution::worthwhile(second, amx));
  EXPECT_FALSE(ByteConvolution::worthwhile(grey, none));
}

}  // namespace
}  // namespace quintet
