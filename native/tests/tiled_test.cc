// Convolutions in tiles against the definition of a convolution in double precision.
//
// Bound on the largest error: 4e-6 of the largest magnitude of the result, or twice what a direct convolution in float32, summed in
// the same plain order, makes of the same data, whichever is larger. With eight points a side: 4e-5 of the largest magnitude. Of bfloat16, whose
// rounding is 4e-3 of each factor: 1 % of it, with six points a side 4 %.
#include "kernels/tiled.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "kernels/cpu.h"
#include "kernels/tiled_kernels.h"
#include "quintet/error.h"

// tiled_isa.cc built with 16 lanes for a CPU that need not have them: the code that AVX-512 runs, see CMakeLists.txt.
namespace quintet::emulated16 {
const tiled::Kernels* tiled_kernels(const tiled::Form& form, int block);
}
namespace quintet::emulated_bf16 {
const tiled::Kernels* tiled_kernels(const tiled::Form& form, int block);
}

namespace quintet {
namespace {

constexpr double kBound = 4e-6;
constexpr double kEightPointsBound = 4e-5;
constexpr double kBfloat16Bound = 0.01, kBfloat16SixPointsBound = 0.04;
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

int64_t blocks_of(int64_t channels, int block) { return (channels + block - 1) / block; }

/// A slice of channel blocks in the middle of a wider blocked tensor, as in a concatenation; what lies around it holds canaries.
class Slice {
 public:
  Slice(int64_t batch, int64_t channels, int64_t height, int64_t width, int block, int64_t blocks_before, int64_t blocks_after)
      : batch_(batch), channels_(channels), pixels_(height * width), width_(width), block_(block), before_(blocks_before),
        blocks_(blocks_of(channels, block)), all_blocks_(blocks_before + blocks_ + blocks_after),
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

double apply(Epilogue::Order order, double value, double residual) {
  switch (order) {
    case Epilogue::kNone: return value;
    case Epilogue::kRelu: return std::max(value, 0.0);
    case Epilogue::kAdd: return value + residual;
    case Epilogue::kAddThenRelu: return std::max(value + residual, 0.0);
    case Epilogue::kReluThenAdd: return std::max(value, 0.0) + residual;
  }
  return NAN;
}

bool adds(Epilogue::Order order) {
  return order == Epilogue::kAdd || order == Epilogue::kAddThenRelu || order == Epilogue::kReluThenAdd;
}

/// One convolution's data, the reference result and the check of a run against it.
class Case {
 public:
  Case(const TiledShape& shape, Epilogue::Order order, unsigned seed)
      : shape_(shape), order_(order), random_(seed),
        source_(shape.batch, shape.in_channels, shape.height, shape.width, shape.block, 1, 1),
        residual_(shape.batch, shape.out_channels, shape.out_height, shape.out_width, shape.block, 0, 2),
        weights_(static_cast<size_t>(shape.out_channels * shape.in_channels * shape.taps * shape.taps)),
        bias_(static_cast<size_t>(blocks_of(shape.out_channels, shape.block) * shape.block)),
        scale_(static_cast<size_t>(shape.out_channels)) {
    source_.fill(random_, -0.5f);
    residual_.fill(random_, -1.0f);
    std::normal_distribution<float> he(0.0f, std::sqrt(2.0f / (static_cast<float>(shape.taps * shape.taps) * static_cast<float>(shape.in_channels))));
    for (size_t i = 0; i < weights_.size(); ++i) weights_[i] = he(random_);
    for (int64_t o = 0; o < shape.out_channels; ++o) {
      bias_[o] = 0.1f * std::uniform_real_distribution<float>(-1, 1)(random_);
      scale_[o] = std::uniform_real_distribution<double>(0.5, 1.5)(random_);
    }
    compute_reference();
  }

  /// Runs with a schedule (null: the chosen one) and expects the reference's values, zeros in padded channels, canaries around.
  void expect_right(int threads, const TileSchedule* schedule = nullptr, const tiled::Kernels* kernels = nullptr) {
    run(schedule ? TiledConvolution(shape_, threads, *schedule, kernels) : TiledConvolution(shape_, threads));
  }

  double direct_error() const { return direct_error_; }
  double last_error() const { return last_error_; }

 private:
  void run(const TiledConvolution& convolution) {
    Buffer packed(convolution.packed_bytes() / sizeof(float), NAN);
    convolution.pack(weights_.data(), scale_.data(), packed.data());
    Buffer scratch(convolution.scratch_bytes() / sizeof(float), NAN);
    Slice target(shape_.batch, shape_.out_channels, shape_.out_height, shape_.out_width, shape_.block, 2, 1);
    Epilogue epilogue{order_, bias_.data(), {}};
    if (adds(order_)) epilogue.residual = residual_.source();
    convolution.run(source_.source(), target.target(), epilogue, packed.data(), scratch.data());
    compare(target);
    if (!adds(order_)) return;
    Slice sum = residual_;   // the result takes the addend's place
    epilogue.residual = sum.source();
    convolution.run(source_.source(), sum.target(), epilogue, packed.data(), scratch.data());
    compare(sum);
  }

  template <typename Number>
  Number convolve(int64_t n, int64_t o, int64_t y, int64_t x) {
    Number sum = 0;
    for (int64_t i = 0; i < shape_.in_channels; ++i) {
      for (int64_t ky = 0; ky < shape_.taps; ++ky) {
        for (int64_t kx = 0; kx < shape_.taps; ++kx) {
          const int64_t yy = y * shape_.stride + ky - shape_.pad_top, xx = x * shape_.stride + kx - shape_.pad_left;
          if (yy < 0 || xx < 0 || yy >= shape_.height || xx >= shape_.width) continue;
          const auto weight = static_cast<Number>(scale_[o] * weights_[((o * shape_.in_channels + i) * shape_.taps + ky) * shape_.taps + kx]);
          sum += static_cast<Number>(source_.at(n, i, yy, xx)) * weight;
        }
      }
    }
    return sum;
  }

  template <typename Visit>
  void for_each_result(const Visit& visit) {
    size_t index = 0;
    for (int64_t n = 0; n < shape_.batch; ++n) {
      for (int64_t o = 0; o < shape_.out_channels; ++o) {
        for (int64_t y = 0; y < shape_.out_height; ++y) {
          for (int64_t x = 0; x < shape_.out_width; ++x) visit(index++, n, o, y, x);
        }
      }
    }
  }

  void compute_reference() {
    for_each_result([&](size_t, int64_t n, int64_t o, int64_t y, int64_t x) {
      const double residual = adds(order_) ? residual_.at(n, o, y, x) : 0;
      const double exact = apply(order_, convolve<double>(n, o, y, x) + bias_[o], residual);
      const double direct = apply(order_, convolve<float>(n, o, y, x) + bias_[o], residual);
      reference_.push_back(exact);
      largest_ = std::max(largest_, std::fabs(exact));
      direct_error_ = std::max(direct_error_, std::fabs(exact - direct));
    });
  }

  double bound() const {
    if (shape_.factors == Factors::kBfloat16) return (shape_.side() > 4 ? kBfloat16SixPointsBound : kBfloat16Bound) * largest_;
    return shape_.side() > kExactSide ? kEightPointsBound * largest_ : std::max(kBound * largest_, 2 * direct_error_);
  }

  void compare(Slice& target) {
    last_error_ = 0;
    for_each_result([&](size_t index, int64_t n, int64_t o, int64_t y, int64_t x) {
      const double error = std::fabs(target.at(n, o, y, x) - reference_[index]);
      last_error_ = std::isfinite(error) ? std::max(last_error_, error) : INFINITY;
    });
    EXPECT_LE(last_error_, bound());
    std::vector<float> values;
    for_each_result([&](size_t, int64_t n, int64_t o, int64_t y, int64_t x) { values.push_back(target.at(n, o, y, x)); });
    if (first_.empty()) first_ = values;
    EXPECT_EQ(std::memcmp(first_.data(), values.data(), values.size() * sizeof(float)), 0) << "other bits than the first run";
    for (int64_t n = 0; n < shape_.batch; ++n) {
      for (int64_t c = shape_.out_channels; c < target.padded_channels(); ++c) {
        for (int64_t p = 0; p < shape_.out_height * shape_.out_width; ++p) ASSERT_EQ(target.at(n, c, 0, p), 0.0f) << "channel " << c;
      }
    }
    EXPECT_TRUE(target.surroundings_untouched());
  }

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
    Case(shape, kOrders[count % 5], static_cast<unsigned>(count)).expect_right(1 + count / 5 % 2);
    ++count;
  }
}

TEST_F(TiledTest, EveryScheduleAndTeamGivesTheSameBits) {
  for (const tiled::Form& form : {tiled::Form{1, 3}, {2, 3}, {2, 3, 2}, {4, 3}, {6, 3}}) {
    for (int block : {8, 16}) {
      const TiledShape shape = small_shape(form, 72, block);
      Case the_case(shape, Epilogue::kAddThenRelu, 5);
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
      Case the_case(shape, Epilogue::kReluThenAdd, 6);
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
      Case the_case(shape, Epilogue::kAddThenRelu, 8);
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
    Case the_case(shape, Epilogue::kNone, 9);
    the_case.expect_right(1);
    EXPECT_LE(the_case.last_error(), 2 * the_case.direct_error());
  }
}

TEST_F(TiledTest, WorksWhenTheTeamIsSmallerThanAsked) {
  const int levels = omp_get_max_active_levels();
  omp_set_max_active_levels(1);   // a nested region gets one thread
  Case the_case(same_shape(1, 16, 48, 9, 9, 8, 4), Epilogue::kRelu, 3);
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
