// Convolutions of bytes by Winograd against their definition: what they round takes a value a little from it, which matters near a tie only.
#include "kernels/byte_winograd.h"

#include <gtest/gtest.h>

#include <random>

#include "byte_case.h"
#include "kernels/byte_winograd_kernels.h"
#include "quintet/error.h"

// byte_winograd_isa.cc built for a CPU that need not have VNNI, see CMakeLists.txt.
namespace quintet::emulated16 {
const byte_winograd::Kernels* byte_winograd_kernels(int64_t taps);
}

namespace quintet {
namespace {

using testing::ByteCase;
using testing::square_convolution;

// How far rounding takes a result at most, in bytes: the results' root mean square is some 70 bytes here, the error's 0.1 to 0.3 (with 64 channels).
constexpr double kDoubt = 2;
// The same where all channels are alike, and round to the same side.
constexpr double kCoherent = 12;

void expect_right_everywhere(const ConvolutionShape& shape, unsigned seed) {
  SCOPED_TRACE(::testing::Message() << shape.in_channels << "->" << shape.out_channels << " " << shape.height << "x" << shape.width << " to " << shape.out_height << "x"
                                    << shape.out_width << " kernel " << shape.kernel_height << " padding " << shape.pad_top << "," << shape.pad_left);
  ByteCase data(shape, seed);
  for (const int threads : {1, 2, 3}) {
    data.expect_right(ByteWinograd(shape, threads, emulated16::byte_winograd_kernels(shape.kernel_width)), kDoubt);
    if (ByteConvolution::available()) data.expect_right(ByteWinograd(shape, threads), kDoubt);
  }
}

TEST(ByteWinograd, ComputesTheNetworksLayers) {
  expect_right_everywhere(square_convolution(2, 20, 50, 16, 5, 1, 2), 0);   // LeNet-5, as printed
  expect_right_everywhere(square_convolution(1, 64, 192, 27, 5, 1, 2), 1);  // AlexNet
  expect_right_everywhere(square_convolution(1, 64, 64, 56, 3, 1, 1), 2);   // ResNet, VGG
}

TEST(ByteWinograd, ComputesAnyGeometry) {
  std::mt19937 random(13);
  const auto any = [&](int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); };
  for (unsigned seed = 0; seed < 60; ++seed) {
    ConvolutionShape shape;
    shape.batch = any(1, 3), shape.in_channels = any(1, ByteWinograd::kMostChannels), shape.out_channels = any(1, 100);
    shape.kernel_height = shape.kernel_width = any(0, 1) == 0 ? 3 : 5;
    shape.height = any(1, 20), shape.width = any(1, 70);
    shape.pad_top = any(0, shape.kernel_height), shape.pad_left = any(0, shape.kernel_width);
    const auto size = [&](int64_t length, int64_t pad) { return length + pad + any(0, shape.kernel_height) - shape.kernel_height + 1; };
    if (shape.height + shape.pad_top < shape.kernel_height || shape.width + shape.pad_left < shape.kernel_width) continue;
    shape.out_height = size(shape.height, shape.pad_top), shape.out_width = size(shape.width, shape.pad_left);
    expect_right_everywhere(shape, seed);
  }
}

/// The worst that a layer can ask for: sums stay within 32 bits, points within 16.
TEST(ByteWinograd, OverflowsForNoWeightsAndValues) {
  for (const int64_t taps : {3, 5}) {
    const ConvolutionShape shape = square_convolution(1, ByteWinograd::kMostChannels, 16, 16, taps, 1, taps / 2);
    for (const int zero : {0, 127, 255}) {
      ByteCase data(shape, 7);
      data.set_extremes(zero);
      data.expect_right(ByteWinograd(shape, 1, emulated16::byte_winograd_kernels(taps)), kCoherent);
      if (ByteConvolution::available()) data.expect_right(ByteWinograd(shape, 1), kCoherent);
    }
  }
}

TEST(ByteWinograd, RefusesOtherKernelsAndStrides) {
  for (const ConvolutionShape& shape : {square_convolution(1, 8, 8, 16, 7, 1, 3), square_convolution(1, 8, 8, 16, 3, 2, 1), square_convolution(1, 8, 8, 16, 1, 1, 0)}) {
    EXPECT_FALSE(ByteWinograd::computes(shape));
    EXPECT_THROW(ByteWinograd(shape, 1), Error);
  }
}

TEST(ByteWinograd, IsChosenWhereFewChannelsLeaveLittleToMultiply) {
  CoreModel vnni = core_model(), amx, none;
  vnni.vnni_ops_per_ns = vnni.int8_ops_per_ns = 450, vnni.amx = false, vnni.l2_bytes = 1 << 20, vnni.l3_bytes = 32 << 20, vnni.l3_bytes_per_ns = 55, vnni.memory_bytes_per_ns = 25;
  amx = none = vnni;
  amx.vnni_ops_per_ns = 800, amx.int8_ops_per_ns = 2000, amx.amx = true;
  none.vnni_ops_per_ns = 0;
  const ConvolutionShape grey = square_convolution(1, 1, 20, 32, 5, 1, 2), second = square_convolution(1, 20, 50, 16, 5, 1, 2), many = square_convolution(1, 256, 256, 14, 3, 1, 1);
  EXPECT_TRUE(ByteWinograd::worthwhile(second, vnni));
  EXPECT_TRUE(ByteWinograd::worthwhile(square_convolution(1, 64, 192, 27, 5, 1, 2), vnni));
  EXPECT_FALSE(ByteWinograd::worthwhile(grey, vnni));
  EXPECT_FALSE(ByteWinograd::worthwhile(many, vnni));
  EXPECT_FALSE(ByteWinograd::worthwhile(second, amx));
  EXPECT_FALSE(ByteWinograd::worthwhile(second, none));
}

}  // namespace
}  // namespace quintet
