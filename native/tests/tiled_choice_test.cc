// Which tiles are chosen, on CPUs that need not be this one, and how weights are packed for them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/cpu.h"
#include "kernels/tiled.h"
#include "quintet/error.h"

namespace quintet {
namespace {

/// A 3x3 layer with as many output as input channels, padded to keep its size.
TiledShape square(int64_t batch, int64_t channels, int64_t side, int block) { return {batch, channels, channels, side, side, 1, 1, side, side, block, 0}; }

TEST(TileChoice, FollowsTheArithmeticAndTheMemoryOfEachKindOfCpu) {
  const CoreModel zen3{KernelIsa::kAvx2, 8, 104, 512 << 10, 32 << 20, 55, 25, 1500};
  const CoreModel zen4{KernelIsa::kAvx512, 16, 117, 1 << 20, 32 << 20, 55, 25, 1500};
  const CoreModel granite_rapids{KernelIsa::kAvx512, 16, 227, 2 << 20, 256 << 20, 30, 18, 1500};
  for (const CoreModel& core : {zen3, zen4, granite_rapids}) {
    for (int threads : {1, 2}) {
      const int block = core.lanes;
      EXPECT_EQ(choose_tile(square(1, 64, 56, block), threads, core, PermittedTiles{}).tile, 4);
      EXPECT_EQ(choose_tile(square(8, 512, 28, block), threads, core, PermittedTiles{}).tile, 4);
      // A 7x7 layer reads its weights for few pixels: 4 times as many with tile 4, 1.8 times with tile 2.
      EXPECT_EQ(choose_tile(square(1, 512, 7, block), threads, core, PermittedTiles{}).tile, 2);
      // Eight points a side save two fifths of the products of a large picture; they are not exact, so only for those who allow them.
      EXPECT_EQ(choose_tile(square(1, 256, 112, block), threads, core, PermittedTiles{}).tile, 4);
      EXPECT_EQ(choose_tile(square(1, 256, 112, block), threads, core, {kLargestSide}).tile, 6);
      // One pixel needs 9 products, and 16 by Winograd.
      EXPECT_EQ(choose_tile(square(1, 256, 1, block), threads, core, PermittedTiles{}).tile, 0);
    }
  }
  const CoreModel old{KernelIsa::kNone, 4, 30, 256 << 10, 8 << 20, 20, 10, 1500};
  EXPECT_EQ(choose_tile(square(1, 64, 56, 8), 1, old, PermittedTiles{}).tile, 0);
}

TEST(TileChoice, TakesBfloat16WhereItIsPermittedAndTheCpuMultipliesItFaster) {
  CoreModel zen4{KernelIsa::kAvx512, 16, 117, 1 << 20, 32 << 20, 55, 25, 1500};
  const PermittedTiles narrow{kLargestSide, kExactSide};
  const TiledShape layer = square(1, 256, 56, 16);
  EXPECT_EQ(choose_tile(layer, 1, zen4, narrow).factors, Factors::kFloat32);
  zen4.bf16_pairs_per_ns = 234;
  EXPECT_EQ(choose_tile(layer, 1, zen4, PermittedTiles{}).factors, Factors::kFloat32);
  EXPECT_EQ(choose_tile(layer, 1, zen4, narrow).factors, Factors::kBfloat16);
  EXPECT_EQ(choose_tile(layer, 1, zen4, narrow).tile, 4);    // not 6, whose error bfloat16 does not bear
}

TEST(TileChoice, TakesTheMatrixProductAloneWhereReadingTheWeightsAheadPays) {
  const CoreModel zen3{KernelIsa::kAvx2, 8, 104, 512 << 10, 32 << 20, 55, 17, 1500};
  const auto choice = [&](const TiledShape& shape) { return choose_tile(shape, 1, zen3, PermittedTiles{}).tile; };
  const TiledShape last_of_resnet50{1, 2048, 512, 7, 7, 0, 0, 7, 7, 8, 0, 1}, first_of_resnet50{1, 64, 256, 56, 56, 0, 0, 56, 56, 8, 0, 1};
  const TiledShape strided{1, 512, 512, 14, 14, 1, 1, 7, 7, 8, 0, 3, 2};
  EXPECT_EQ(choice(last_of_resnet50), 1);    // four megabytes for 49 pixels
  EXPECT_EQ(choice(first_of_resnet50), 0);
  EXPECT_EQ(choice(strided), 1);
}

/// Weights [O][I][taps][taps] in the blocks that pack_blocked reads.
std::vector<float> in_blocks(const std::vector<float>& oihw, int64_t outputs, int64_t inputs, int64_t area, int64_t block) {
  const int64_t out_blocks = (outputs + block - 1) / block, in_blocks = (inputs + block - 1) / block;
  std::vector<float> blocked(out_blocks * in_blocks * area * block * block, 0.f);
  for (int64_t o = 0; o < outputs; ++o) {
    for (int64_t i = 0; i < inputs; ++i) {
      for (int64_t t = 0; t < area; ++t) {
        blocked[((o / block * in_blocks + i / block) * area + t) * block * block + i % block * block + o % block] = oihw[(o * inputs + i) * area + t];
      }
    }
  }
  return blocked;
}

TEST(TiledWeights, AreTheSamePackedFromBlocksAndTurned) {
  if (kernel_isa() == KernelIsa::kNone) GTEST_SKIP() << "no Winograd on this CPU";
  for (const auto& [tile, taps, stride] : {tiled::Form{2, 3}, {2, 3, 2}, {4, 3}, {6, 3}, {2, 5}, {4, 5}}) {
    TiledShape shape{1, 11, 37, 12, 12, 1, 1, 12 / stride, 12 / stride, kernel_isa() == KernelIsa::kAvx512 ? 16 : 8, tile, taps, stride};
    const TiledConvolution convolution(shape, 2);
    ASSERT_TRUE(convolution.packs_blocked());
    const int64_t area = taps * taps;
    std::vector<float> weights(37 * 11 * area);
    for (size_t i = 0; i < weights.size(); ++i) weights[i] = std::sin(static_cast<float>(i));
    std::vector<float> turned = weights;
    for (size_t filter = 0; filter < turned.size(); filter += area) std::reverse(turned.begin() + filter, turned.begin() + filter + area);
    for (const bool rotated : {false, true}) {
      std::vector<float> want(convolution.packed_bytes() / sizeof(float)), got(want.size());
      convolution.pack((rotated ? turned : weights).data(), nullptr, want.data());
      convolution.pack_blocked(in_blocks(weights, 37, 11, area, shape.block).data(), rotated, got.data());
      for (size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], 2e-6) << "tile " << tile << ", taps " << taps << ", stride " << stride << ", number " << i;
    }
  }
}

TiledShape with_tile(TiledShape shape, int tile) {
  shape.tile = tile;
  return shape;
}

TEST(TiledShapes, KeepsScratchWithinBoundsForLargeBatches) {
  if (kernel_isa() == KernelIsa::kNone) GTEST_SKIP() << "no Winograd on this CPU";
  const TiledConvolution convolution(with_tile(square(64, 256, 56, core_model().lanes), 4), 2);
  EXPECT_LE(convolution.scratch_bytes(), size_t{40} << 20);
}

TEST(TiledShapes, RefusesWhatItCannotCompute) {
  if (kernel_isa() == KernelIsa::kNone) GTEST_SKIP() << "no Winograd on this CPU";
  const auto kind_of = [](const TiledShape& shape) {
    try {
      TiledConvolution(shape, 1);
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::kInternal;
  };
  EXPECT_EQ(kind_of(with_tile(square(1, 8, 5, 8), 8)), ErrorKind::kUnsupported);
  EXPECT_EQ(kind_of(with_tile(square(1, 8, 5, 4), 4)), ErrorKind::kUnsupported);
  EXPECT_EQ(kind_of(with_tile(square(0, 8, 5, 8), 4)), ErrorKind::kArgument);
  TiledShape too_large = with_tile(square(1, 8, 5, 8), 4);
  too_large.out_width = 12;
  EXPECT_EQ(kind_of(too_large), ErrorKind::kArgument);
}

}  // namespace
}  // namespace quintet
