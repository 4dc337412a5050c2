// The pooling kernels against the definition, over generated shapes: every kind, stride and padding, slices of larger memory, both channel blocks.
#include "kernels/pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "kernels/bfloat16.h"
#include "kernels/pool_kernels.h"
#include "reference.h"
#include "runtime/team.h"

// pool_isa.cc built with 16 lanes for a CPU that need not have them: the code that AVX-512 runs, see CMakeLists.txt.
namespace quintet::emulated16 {
const pool::Kernels& pool_kernels();
}

namespace quintet {
namespace {

using pool::Geometry;
using pool::Kind;
using reference::Tensor;

constexpr float kCanary = -7.25e11f;
constexpr double kBound = 1e-6;    // sums of some dozens of values in [-1, 1], relative to the largest result

Tensor definition(const Geometry& g, Kind kind, const Tensor& in) {
  const reference::Geometry window{g.kernel_height, g.kernel_width, g.stride_y, g.stride_x, g.pad_top, g.pad_left, g.out_height, g.out_width};
  const Tensor pooled = reference::pool(in, window, kind == Kind::kMax, kind != Kind::kAverage);
  const double area = static_cast<double>(g.kernel_height * g.kernel_width);
  return kind == Kind::kSum ? reference::map(pooled, [area](double v) { return area * v; }) : pooled;
}

/// The picture in blocks, with a block of canaries before and behind every picture.
class BlockedPictures {
 public:
  BlockedPictures(int64_t batch, int64_t channels, int64_t height, int64_t width, int block)
      : batch_(batch), channels_(channels), height_(height), width_(width), block_(block),
        values_(static_cast<size_t>(batch * image_stride()), kCanary) {}

  int64_t block_stride() const { return height_ * width_ * block_; }
  int64_t image_stride() const { return (blocks() + 2) * block_stride(); }
  int64_t blocks() const { return (channels_ + block_ - 1) / block_; }
  float* data() { return values_.data() + block_stride(); }
  float& at(int64_t n, int64_t c, int64_t y, int64_t x) { return data()[n * image_stride() + c / block_ * block_stride() + (y * width_ + x) * block_ + c % block_]; }

  void fill(const Tensor& in) {
    each([&](int64_t n, int64_t c, int64_t y, int64_t x) { at(n, c, y, x) = c < channels_ ? static_cast<float>(in.at(n, c, y, x)) : 0; });
  }

  void expect_equal(const Tensor& want) {
    double largest = 1e-30, worst = 0;
    each([&](int64_t n, int64_t c, int64_t y, int64_t x) {
      const double wanted = c < channels_ ? want.at(n, c, y, x) : 0, found = at(n, c, y, x);
      ASSERT_EQ(std::isnan(found), std::isnan(wanted)) << n << " " << c << " " << y << " " << x;
      if (std::isnan(wanted)) return;
      largest = std::max(largest, std::abs(wanted));
      worst = std::max(worst, std::abs(found - wanted));
    });
    EXPECT_LE(worst, kBound * largest);
    for (int64_t n = 0; n < batch_; ++n) {
      const float* picture = values_.data() + n * image_stride();
      for (int64_t i = 0; i < block_stride(); ++i) ASSERT_TRUE(picture[i] == kCanary && picture[image_stride() - 1 - i] == kCanary);
    }
  }

 private:
  template <typename Visit>
  void each(Visit&& visit) {
    for (int64_t n = 0; n < batch_; ++n)
      for (int64_t c = 0; c < blocks() * block_; ++c)
        for (int64_t y = 0; y < height_; ++y)
          for (int64_t x = 0; x < width_; ++x) visit(n, c, y, x);
  }

  int64_t batch_, channels_, height_, width_;
  int block_;
  std::vector<float> values_;
};

void expect_right(const Geometry& g, Kind kind, const Tensor& in, int block, const pool::Kernels* kernels) {
  BlockedPictures source(g.batch, g.channels, g.height, g.width, block), target(g.batch, g.channels, g.out_height, g.out_width, block);
  source.fill(in);
  Geometry whole = g;
  whole.channels = source.blocks() * block;
  pool::blocked(whole, kind, block, {source.data(), source.block_stride(), source.image_stride(), 0}, {target.data(), target.block_stride(), target.image_stride(), 0}, kernels);
  target.expect_equal(definition(g, kind, in));
}

/// Channels-last, each number converted.
template <typename Convert>
auto channels_last(const Tensor& t, const Convert& convert) {
  const Shape& s = t.shape;
  std::vector<decltype(convert(0.0))> numbers;
  for (int64_t n = 0; n < s.n(); ++n)
    for (int64_t y = 0; y < s.h(); ++y)
      for (int64_t x = 0; x < s.w(); ++x)
        for (int64_t c = 0; c < s.c(); ++c) numbers.push_back(convert(t.at(n, c, y, x)));
  return numbers;
}

std::vector<uint8_t> bytes_of(const Tensor& t) {
  return channels_last(t, [](double v) { return static_cast<uint8_t>(v); });
}

void expect_right_bfloats(const Geometry& g, const Tensor& in, const pool::Kernels* kernels) {
  const auto rounded = [](double v) { return bfloat16_bits(static_cast<float>(v)); };
  std::vector<uint16_t> want = channels_last(definition(g, Kind::kMax, in), rounded);    // rounding keeps the order
  want.resize(want.size() + 64, 77);
  std::vector<uint16_t> found(want.size(), 77);
  pool::maximum_of_bfloats(g, channels_last(in, rounded).data(), found.data(), kernels);
  const auto is_nan = [](uint16_t bits) { return (bits & 0x7fff) > 0x7f80; };
  for (size_t i = 0; i < want.size(); ++i) ASSERT_TRUE(found[i] == want[i] || (is_nan(found[i]) && is_nan(want[i]))) << i << ": " << found[i] << ", wanted " << want[i];
}

void expect_right_bytes(const Geometry& g, const Tensor& in, const pool::Kernels* kernels) {
  const Tensor values = reference::map(in, [](double v) { return std::floor(127.9 * (v + 1)); });
  std::vector<uint8_t> want = bytes_of(definition(g, Kind::kMax, values));
  want.resize(want.size() + 64, 77);
  std::vector<uint8_t> found(want.size(), 77);
  pool::maximum_of_bytes(g, bytes_of(values).data(), found.data(), kernels);
  EXPECT_EQ(found, want);
}

void expect_right_everywhere(const Geometry& g, const Tensor& in) {
  for (const int threads : {1, 2, 3}) {
    SCOPED_TRACE(testing::Message() << g.batch << "x" << g.channels << "x" << g.height << "x" << g.width << " kernel " << g.kernel_height << "x" << g.kernel_width << " stride "
                                    << g.stride_y << "," << g.stride_x << " padding " << g.pad_top << "," << g.pad_left << " to " << g.out_height << "x" << g.out_width << ", "
                                    << threads << " threads");
    const TeamSize team(threads);
    for (const Kind kind : {Kind::kMax, Kind::kAverage, Kind::kCountedAverage, Kind::kSum}) {
      if (pool::available()) {
        expect_right(g, kind, in, 8, nullptr);
        expect_right(g, kind, in, 16, nullptr);
      }
      expect_right(g, kind, in, 16, &emulated16::pool_kernels());
    }
  }
}

class Shapes {
 public:
  explicit Shapes(unsigned seed) : random_(seed) {}
  int64_t any(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random_); }

  /// Windows that begin and end inside the picture or less than their size outside of it.
  Geometry next() {
    Geometry g;
    g.batch = any(1, 3), g.channels = any(1, 40), g.height = any(1, 20), g.width = any(1, 20);
    const int64_t side = any(1, 4);
    g.kernel_height = any(0, 2) != 0 ? side : any(1, 7), g.kernel_width = side;
    g.stride_y = any(1, 3), g.stride_x = any(1, 3);
    g.pad_top = any(0, g.kernel_height - 1), g.pad_left = any(0, g.kernel_width - 1);
    g.out_height = outputs(g.height, g.kernel_height, g.stride_y, g.pad_top), g.out_width = outputs(g.width, g.kernel_width, g.stride_x, g.pad_left);
    return g;
  }

 private:
  int64_t outputs(int64_t size, int64_t kernel, int64_t stride, int64_t before) {
    const int64_t last = (size + before - 1) / stride, fitting = (size + before + any(0, kernel - 1) - kernel) / stride;
    return std::clamp<int64_t>(fitting, 0, last) + 1;
  }

  std::mt19937 random_;
};

TEST(PoolKernel, EqualsItsDefinitionForEveryWindow) {
  Shapes shapes(5);
  for (uint32_t seed = 0; seed < 250; ++seed) {
    const Geometry g = shapes.next();
    expect_right_everywhere(g, reference::random_tensor(Shape::nchw(g.batch, g.channels, g.height, g.width), seed));
  }
}

TEST(PoolKernel, PassesOnWhatIsNoNumber) {
  Shapes shapes(6);
  for (uint32_t seed = 0; seed < 100; ++seed) {
    const Geometry g = shapes.next();
    Tensor in = reference::random_tensor(Shape::nchw(g.batch, g.channels, g.height, g.width), seed);
    for (int i = 0; i < 3; ++i) in.values[static_cast<size_t>(shapes.any(0, static_cast<int64_t>(in.values.size()) - 1))] = NAN;
    in.values[0] = -INFINITY;
    expect_right_everywhere(g, in);
  }
}

TEST(PoolKernel, FindsTheLargestBytesOfAnyNumberOfChannels) {
  if (!pool::available()) GTEST_SKIP() << "this CPU has no AVX2";
  Shapes shapes(7);
  for (uint32_t seed = 0; seed < 300; ++seed) {
    Geometry g = shapes.next();
    g.channels = shapes.any(1, 90);
    const Tensor in = reference::random_tensor(Shape::nchw(g.batch, g.channels, g.height, g.width), seed);
    for (const int threads : {1, 2}) {
      const TeamSize team(threads);
      expect_right_bytes(g, in, nullptr);
      expect_right_bytes(g, in, &emulated16::pool_kernels());
    }
  }
}

TEST(PoolKernel, FindsTheLargestBfloatsAndWhatIsNoNumber) {
  if (!pool::available()) GTEST_SKIP() << "this CPU has no AVX2";
  Shapes shapes(9);
  for (uint32_t seed = 0; seed < 200; ++seed) {
    Geometry g = shapes.next();
    g.channels = shapes.any(32, 90);
    Tensor in = reference::random_tensor(Shape::nchw(g.batch, g.channels, g.height, g.width), seed);
    const auto somewhere = [&]() -> double& { return in.values[static_cast<size_t>(shapes.any(0, static_cast<int64_t>(in.values.size()) - 1))]; };
    somewhere() = INFINITY;
    somewhere() = -INFINITY;
    if (seed % 2 == 0) somewhere() = NAN, somewhere() = -NAN;
    for (const int threads : {1, 2}) {
      const TeamSize team(threads);
      expect_right_bfloats(g, in, nullptr);
      expect_right_bfloats(g, in, &emulated16::pool_kernels());
      expect_right_bfloats(g, in, &avx2::pool_kernels());
    }
  }
}

TEST(PoolKernel, GivesTheSameBitsWhateverTheTeam) {
  if (!pool::available()) GTEST_SKIP() << "this CPU has no AVX2";
  const Geometry g{2, 24, 31, 29, 3, 3, 2, 2, 1, 1, 16, 15};
  const auto x = reference::random_floats(static_cast<size_t>(g.batch * g.channels * g.height * g.width), 8);
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 5}) {
    const TeamSize team(threads);
    std::vector<float> y(static_cast<size_t>(g.batch * g.channels * g.out_height * g.out_width));
    pool::blocked(g, Kind::kAverage, 8, {x.data(), 8 * g.height * g.width, g.channels * g.height * g.width, 0},
                  {y.data(), 8 * g.out_height * g.out_width, g.channels * g.out_height * g.out_width, 0});
    results.push_back(y);
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

}  // namespace
}  // namespace quintet
