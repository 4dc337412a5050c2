// The dense kernels against a product in double, for every storage; bfloat16 and int8 within the error of storing the weights so.
#include "kernels/dense.h"

#include <gtest/gtest.h>

#include <cmath>

#include "reference.h"
#include "runtime/memory.h"

namespace quintet {
namespace {

/// Several times the standard deviation of the rounding, relative to that of a result: float32 sums; 8 bits of mantissa; 8 bits of range.
double tolerance(DenseStorage storage) { return storage == DenseStorage::kFloat32 ? 2e-6 : storage == DenseStorage::kBfloat16 ? 8e-3 : 2.5e-2; }

void check(DenseStorage storage, int64_t inputs, int64_t outputs, int pictures, int threads, bool biased, bool relu) {
  SCOPED_TRACE(::testing::Message() << "storage " << static_cast<int>(storage) << ", " << inputs << " -> " << outputs << ", " << pictures << " pictures, " << threads << " threads");
  const auto x = reference::random_floats(inputs * pictures, 1), w = reference::random_floats(inputs * outputs, 2), b = reference::random_floats(outputs, 3);
  const DenseKernel kernel(inputs, outputs, storage, threads);
  const AlignedBuffer packed(kernel.packed_bytes(), "test");
  kernel.pack([&](int64_t o, float* to) { std::copy_n(w.begin() + o * inputs, inputs, to); }, packed.data());
  constexpr float kCanary = -77.f;
  std::vector<float> y(outputs * pictures + 8, kCanary);
  kernel.run(x.data(), inputs, pictures, packed.data(), biased ? b.data() : nullptr, relu ? Finish::kRelu : Finish::kNone, y.data());
  for (size_t i = outputs * pictures; i < y.size(); ++i) EXPECT_EQ(y[i], kCanary);
  y.resize(outputs * pictures);
  reference::Tensor in(Shape::nchw(pictures, inputs, 1, 1));
  in.values.assign(x.begin(), x.end());
  reference::Tensor want = reference::dense(in, w, biased ? b : std::vector<float>(), outputs);
  if (relu) want = reference::map(want, [](double v) { return std::max(v, 0.0); });
  const double deviation = std::sqrt(static_cast<double>(inputs)) / 3;      // of a sum of products of uniform values in [-1, 1]
  for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y[i], want.values[i], tolerance(storage) * std::max(deviation, 0.5));
}

TEST(DenseKernel, EqualsTheProductInEveryStorage) {
  if (!DenseKernel::available()) GTEST_SKIP() << "this CPU has no AVX2";
  for (DenseStorage storage : {DenseStorage::kFloat32, DenseStorage::kBfloat16, DenseStorage::kInt8}) {
    for (int64_t inputs : {1, 7, 64, 500, 3201}) {
      for (int64_t outputs : {1, 10, 32, 75, 500}) {
        for (int pictures : {1, 2, 3, 7}) check(storage, inputs, outputs, pictures, 1 + static_cast<int>(outputs % 2), outputs != 10, inputs != 64);
      }
    }
  }
}

/// What the kernel makes of these values as sums.
std::vector<float> finished(const std::vector<float>& values, Finish finish) {
  const auto count = static_cast<int64_t>(values.size());
  const DenseKernel kernel(1, count, DenseStorage::kFloat32, 1);
  const AlignedBuffer packed(kernel.packed_bytes(), "test");
  kernel.pack([&](int64_t o, float* to) { *to = values[static_cast<size_t>(o)]; }, packed.data());
  const float one = 1;
  std::vector<float> y(values.size());
  kernel.run(&one, 1, 1, packed.data(), nullptr, finish, y.data());
  return y;
}

TEST(DenseKernel, FinishesWithSigmoidAndTanhToTheLastBits) {
  if (!DenseKernel::available()) GTEST_SKIP() << "this CPU has no AVX2";
  constexpr double kLargest = 4e-7;                    // of the value, as elementary.h says
  std::vector<float> values{0.f, -0.f, 1e-30f, -1e-30f, 200.f, -80.f, 87.f, INFINITY, 0.34657f, 0.17329f, -0.34658f};
  for (float v = 1e-6f; v < 80; v *= 1.0007f) values.insert(values.end(), {v, -v});
  const auto sigmoid = finished(values, Finish::kSigmoid), tanh = finished(values, Finish::kTanh);
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = values[i], wanted_sigmoid = 1 / (1 + std::exp(-x)), wanted_tanh = std::tanh(x);
    ASSERT_NEAR(sigmoid[i], wanted_sigmoid, kLargest * wanted_sigmoid) << x;
    ASSERT_NEAR(tanh[i], wanted_tanh, kLargest * std::abs(wanted_tanh)) << x;
  }
  const std::vector<float> odd{NAN, -INFINITY};
  EXPECT_TRUE(std::isnan(finished(odd, Finish::kSigmoid)[0]));
  EXPECT_TRUE(std::isnan(finished(odd, Finish::kTanh)[0]));
  EXPECT_NEAR(finished(odd, Finish::kSigmoid)[1], 0, 1e-37);
  EXPECT_EQ(finished(odd, Finish::kTanh)[1], -1);
}

TEST(DenseKernel, PassesNanAndInfinityOn) {
  const DenseKernel kernel(4, 33, DenseStorage::kFloat32, 1);
  const AlignedBuffer packed(kernel.packed_bytes(), "test");
  kernel.pack([](int64_t o, float* to) { std::fill_n(to, 4, o == 32 ? NAN : 1.f); }, packed.data());
  const float x[] = {1, 2, INFINITY, 0};
  float y[33];
  kernel.run(x, 4, 1, packed.data(), nullptr, Finish::kRelu, y);
  EXPECT_TRUE(std::isinf(y[0]));
  EXPECT_TRUE(std::isnan(y[32]));
}

}  // namespace
}  // namespace quintet
