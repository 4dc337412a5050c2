// Convolutions in tiles against the definition of a convolution in double precision.
#include "kernels/tiled.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <random>
#include <string>

#include "kernels/cpu.h"
#include "kernels/tiled_kernels.h"
#include "quintet/error.h"
#include "tiled_case.h"

// tiled_isa.cc built with 16 lanes for a CPU that need not have them: the code that AVX-512 runs, see CMakeLists.txt.
namespace quintet::emulated16 {
const tiled::Kernels* tiled_kernels(const tiled::Form& form, int block);
}
namespace quintet::emulated_bf16 {
const tiled::Kernels* tiled_kernels(const tiled::Form& form, int block);
}

namespace quintet {
namespace {

TiledShape same_shape(int64_t batch, int64_t in, int64_t out, int64_t height, int64_t width, int block, int tile) {
  return {batch, in, out, height, width, 1, 1, height, width, block, tile};
}

/// A convolution of 11x14 pixels with padding that keeps their number, but for the stride.
TiledShape small_shape(const tiled::Form& form, int64_t out_channels, int block) {
  const int64_t pad = form.taps / 2, height = (11 + 2 * pad - form.taps) / form.stride + 1, width = (14 + 2 * pad - form.taps) / form.stride + 1;
  return {2, 40, out_channels, 11, 14, pad, pad, height, width, block, form.tile, form.taps, form.stride};
}

std::string describe(const TiledShape& s) {
  return "batch " + std::to_string(s.batch) + " channels " + std::to_string(s.in_channels) + "->" + std::to_string(s.out_channels) +
         " input " + std::to_string(s.height) + "x" + std::to_string(s.width) + " output " + std::to_string(s.out_height) + "x" +
         std::to_string(s.out_width) + " pad " + std::to_string(s.pad_top) + "," + std::to_string(s.pad_left) + " block " +
         std::to_string(s.block) + " tile " + std::to_string(s.tile) + " taps " + std::to_string(s.taps) + " stride " +
         std::to_string(s.stride) + (s.factors == Factors::kBfloat16 ? " of bfloat16" : "");
}

/// A shape drawn at random: odd sizes, 1xN, channels that do not fill their blocks, 1, 3 or 5 taps, padding up to one less on each side,
/// strides where they are possible.
TiledShape random_shape(std::mt19937& random) {
  const auto draw = [&](int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); };
  TiledShape s;
  s.batch = draw(1, 3);
  s.in_channels = draw(1, 40);
  s.out_channels = draw(1, 70);
  s.height = draw(1, 17);
  s.width = draw(1, 19);
  s.taps = static_cast<int>(2 * draw(0, 2) + 1);
  s.tile = static_cast<int>(s.taps == 1 ? 1 : 2 * draw(0, s.taps == 3 ? 3 : 2));
  if (s.tile == 0) s.tile = 1;
  s.stride = s.tile == 1 ? draw(1, 3) : s.tile == 2 && s.taps == 3 ? draw(1, 2) : 1;
  const int most = s.taps - 1;
  s.pad_top = draw(0, most);
  s.pad_left = draw(0, most);
  s.out_height = std::max<int64_t>(0, s.height + s.pad_top + draw(0, most) - s.taps) / s.stride + 1;
  s.out_width = std::max<int64_t>(0, s.width + s.pad_left + draw(0, most) - s.taps) / s.stride + 1;
  s.block = draw(0, 1) ? 16 : 8;
  return s;
}

bool is_valid(const TiledShape& s) {
  const auto after = [&](int64_t in, int64_t out, int64_t before) { return (out - 1) * s.stride + s.taps - in - before; };
  const int64_t below = after(s.height, s.out_height, s.pad_top), right = after(s.width, s.out_width, s.pad_left);
  return below > -s.stride && below < s.taps && right > -s.stride && right < s.taps;
}

class TiledTest : public testing::Test {
 protected:
  void SetUp() override {
    if (kernel_isa() == KernelIsa::kNone) GTEST_SKIP() << "this CPU has no AVX2 and FMA";
  }
};

TEST_F(TiledTest, AgreesWithTheDefinitionOnGeneratedShapes) {
  std::mt19937 random(20240501);
  constexpr Epilogue::Order kOrders[] = {Epilogue::kNone, Epilogue::kRelu, Epilogue::kAdd, Epilogue::kAddThenRelu,
                                         Epilogue::kReluThenAdd};
  for (int count = 0; count < 300;) {
    const TiledShape shape = random_shape(random);
    if (!is_valid(shape)) continue;
    SCOPED_TRACE(describe(shape) + " epilogue " + std::to_string(count % 5));
    TiledCase(shape, kOrders[count % 5], static_cast<unsigned>(count)).expect_right(1 + count / 5 % 2);
    ++count;
  }
}

TEST_F(TiledTest, EveryScheduleAndTeamGivesTheSameBits) {
  for (const tiled::Form& form : {tiled::Form{1, 3}, {2, 3}, {2, 3, 2}, {4, 3}, {6, 3}}) {
    for (int block : {8, 16}) {
      const TiledShape shape = small_shape(form, 72, block);
      TiledCase the_case(shape, Epilogue::kAddThenRelu, 5);
      for (int64_t block_tiles : {1, 5, 16, 1000}) {
        for (int choice = 0; choice < 4; ++choice) {
          for (int threads : {1, 2}) {
            const TileSchedule schedule{block_tiles, (choice & 1) != 0, (choice & 2) != 0};
            SCOPED_TRACE(describe(shape) + " tiles " + std::to_string(block_tiles) + " choice " + std::to_string(choice) + " threads " +
                         std::to_string(threads));
            the_case.expect_right(threads, &schedule);
          }
        }
      }
    }
  }
}

TEST_F(TiledTest, SixteenLanesComputeTheSameConvolution) {
  for (const tiled::Form& form : {tiled::Form{1, 3}, {2, 3}, {2, 3, 2}, {4, 3}, {6, 3}}) {
    for (int64_t out_channels : {16, 33, 80}) {   // a narrow panel, padding in a wide one, both
      const TiledShape shape = small_shape(form, out_channels, 16);
      TiledCase the_case(shape, Epilogue::kReluThenAdd, 6);
      for (int64_t block_tiles : {1, 9, 14, 30, 1000}) {
        for (bool points_outer : {false, true}) {
          const TileSchedule schedule{block_tiles, points_outer, points_outer};
          SCOPED_TRACE(describe(shape) + " tiles " + std::to_string(block_tiles));
          the_case.expect_right(1, &schedule, emulated16::tiled_kernels(form, 16));
        }
      }
    }
  }
}

/// Every way through a convolution of bfloat16, by these kernels or, null, by the CPU's own.
void expect_bfloat16_right(bool emulated) {
  for (const tiled::Form& form : {tiled::Form{1, 1}, {1, 3, 2}, {2, 3}, {2, 3, 2}, {4, 3}, {2, 5}}) {
    for (int64_t out_channels : {33, 80}) {
      TiledShape shape = small_shape(form, out_channels, 16);
      shape.factors = Factors::kBfloat16;
      TiledCase the_case(shape, Epilogue::kAddThenRelu, 8);
      for (int64_t block_tiles : {1, 14, 1000}) {
        for (int choice = 0; choice < 4; ++choice) {
          const TileSchedule schedule{block_tiles, (choice & 1) != 0, (choice & 2) != 0};
          SCOPED_TRACE(describe(shape) + " tiles " + std::to_string(block_tiles) + " choice " + std::to_string(choice));
          the_case.expect_right(1 + choice % 2, &schedule, emulated ? emulated_bf16::tiled_kernels(form, 16) : nullptr);
        }
      }
    }
  }
}

TEST_F(TiledTest, FactorsOfBfloat16ComputeTheSameConvolution) { expect_bfloat16_right(true); }

TEST_F(TiledTest, FactorsOfBfloat16ComputeTheSameConvolutionOnACpuThatHasThem) {
  if (core_model().bf16_pairs_per_ns == 0) {
    const TiledShape shape{1, 16, 16, 8, 8, 1, 1, 8, 8, 16, 2, 3, 1, Factors::kBfloat16};
    EXPECT_THROW(TiledConvolution(shape, 1), Error);
  } else {
    expect_bfloat16_right(false);
  }
}

TEST_F(TiledTest, ReadsAndWritesChannelsLast) {
  for (int tile : {1, 2, 4, 6}) {
    for (int block : {8, 16}) {
      const TiledShape s = same_shape(2, 48, 32, 7, 10, block, tile);
      SCOPED_TRACE(describe(s));
      std::mt19937 random(4);
      const int64_t in_pixels = s.batch * s.height * s.width, beside = 16;   // other channels of a concatenation
      Slice source(s.batch, s.in_channels, s.height, s.width, block, 0, 0);
      source.fill(random, -1);
      Slice expected(s.batch, s.out_channels, s.height, s.width, block, 0, 0);
      Buffer last_source(static_cast<size_t>(in_pixels * s.in_channels));
      Buffer last_target(static_cast<size_t>(in_pixels * (s.out_channels + beside)), kCanary);
      for (int64_t p = 0; p < in_pixels; ++p) {
        const int64_t plane = s.height * s.width;
        for (int64_t c = 0; c < s.in_channels; ++c) last_source[p * s.in_channels + c] = source.at(p / plane, c, 0, p % plane);
      }
      const TiledConvolution convolution(s, 2);
      Buffer weights(static_cast<size_t>(s.in_channels * s.out_channels * 9)), packed(convolution.packed_bytes() / sizeof(float));
      for (size_t i = 0; i < weights.size(); ++i) weights[i] = std::uniform_real_distribution<float>(-1, 1)(random);
      convolution.pack(weights.data(), nullptr, packed.data());
      Buffer scratch(convolution.scratch_bytes() / sizeof(float));
      convolution.run(source.source(), expected.target(), {}, packed.data(), scratch.data());
      const int64_t row = s.out_channels + beside;
      convolution.run({last_source.data(), block, s.height * s.width * s.in_channels, s.in_channels},
                   {last_target.data(), block, s.height * s.width * row, row}, {}, packed.data(), scratch.data());
      for (int64_t p = 0; p < in_pixels; ++p) {
        for (int64_t c = 0; c < row; ++c) {
          const float wanted = c < s.out_channels ? expected.at(p / (s.height * s.width), c, 0, p % (s.height * s.width)) : kCanary;
          ASSERT_EQ(last_target[p * row + c], wanted) << "pixel " << p << " channel " << c;
        }
      }
    }
  }
}

TEST_F(TiledTest, IsAsExactAsADirectConvolutionOfManyChannels) {
  for (const tiled::Form& form : {tiled::Form{2, 3}, {2, 3, 2}, {4, 3}}) {
    TiledShape shape = small_shape(form, 32, 8);
    shape.in_channels = 512;
    TiledCase the_case(shape, Epilogue::kNone, 9);
    the_case.expect_right(1);
    EXPECT_LE(the_case.last_error(), 2 * the_case.direct_error());
  }
}

TEST_F(TiledTest, WorksWhenTheTeamIsSmallerThanAsked) {
  const int levels = omp_get_max_active_levels();
  omp_set_max_active_levels(1);   // a nested region gets one thread
  TiledCase the_case(same_shape(1, 16, 48, 9, 9, 8, 4), Epilogue::kRelu, 3);
#pragma omp parallel num_threads(2)
#pragma omp single
  for (bool split : {false, true}) {
    const TileSchedule schedule{4, split, split};
    the_case.expect_right(2, &schedule);
  }
  omp_set_max_active_levels(levels);
}

}  // namespace
}  // namespace quintet
