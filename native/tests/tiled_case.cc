#include "tiled_case.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace quintet {
namespace {

constexpr double kBound = 4e-6;
constexpr double kEightPointsBound = 4e-5;
constexpr double kBfloat16Bound = 0.01, kBfloat16SixPointsBound = 0.04;

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

}  // namespace

TiledCase::TiledCase(const TiledShape& shape, Epilogue::Order order, unsigned seed)
    : shape_(shape), order_(order), random_(seed),
      source_(shape.batch, shape.in_channels, shape.height, shape.width, shape.block, 1, 1),
      residual_(shape.batch, shape.out_channels, shape.out_height, shape.out_width, shape.block, 0, 2),
      weights_(static_cast<size_t>(shape.out_channels * shape.in_channels * shape.taps * shape.taps)),
      bias_(static_cast<size_t>(ceil_div(shape.out_channels, shape.block) * shape.block)),
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

void TiledCase::expect_right(int threads, const TileSchedule* schedule, const tiled::Kernels* kernels) {
  run(schedule ? TiledConvolution(shape_, threads, *schedule, kernels) : TiledConvolution(shape_, threads));
}

template <typename Number>
Number TiledCase::convolve(int64_t n, int64_t o, int64_t y, int64_t x) {
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
void TiledCase::for_each_result(const Visit& visit) {
  size_t index = 0;
  for (int64_t n = 0; n < shape_.batch; ++n) {
    for (int64_t o = 0; o < shape_.out_channels; ++o) {
      for (int64_t y = 0; y < shape_.out_height; ++y) {
        for (int64_t x = 0; x < shape_.out_width; ++x) visit(index++, n, o, y, x);
      }
    }
  }
}

void TiledCase::compute_reference() {
  for_each_result([&](size_t, int64_t n, int64_t o, int64_t y, int64_t x) {
    const double residual = adds(order_) ? residual_.at(n, o, y, x) : 0;
    const double exact = apply(order_, convolve<double>(n, o, y, x) + bias_[o], residual);
    const double direct = apply(order_, convolve<float>(n, o, y, x) + bias_[o], residual);
    reference_.push_back(exact);
    largest_ = std::max(largest_, std::fabs(exact));
    direct_error_ = std::max(direct_error_, std::fabs(exact - direct));
  });
}

double TiledCase::bound() const {
  if (shape_.factors == Factors::kBfloat16) return (shape_.side() > 4 ? kBfloat16SixPointsBound : kBfloat16Bound) * largest_;
  return shape_.side() > kExactSide ? kEightPointsBound * largest_ : std::max(kBound * largest_, 2 * direct_error_);
}

void TiledCase::run(const TiledConvolution& convolution) {
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

void TiledCase::compare(Slice& target) {
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

}  // namespace quintet
