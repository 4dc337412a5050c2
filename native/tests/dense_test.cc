// The dense kernels against a product in double, for every storage; float16 and int8 within the error of storing the weights so.
#include "kernels/dense.h"

#include <gtest/gtest.h>

#include <xmmintrin.h>

#include <cmath>

#include "kernels/dense_kernels.h"
#include "reference.h"
#include "runtime/memory.h"

// dense_isa.cc built with 16 lanes for a CPU that need not have them: the code that AVX-512 runs, see CMakeLists.txt.
namespace quintet::emulated16 {
const dense::Kernels& dense_kernels();
}

namespace quintet {
namespace {

/// Five and a half times the standard deviation of the rounding, relative to that of a result. Of weights that are uniform in [-1, 1] and kept
/// in float16, half have an error uniform in 2^-12 to either side, a quarter in half of that, and so on: 1.9e-4 of the result's
/// deviation. bfloat16: 8 times that. int8: 8 bits of range. float32: that of the sums.
double tolerance(DenseStorage storage) {
  switch (storage) {
    case DenseStorage::kFloat32: return 2e-6;
    case DenseStorage::kFloat16: return 1e-3;
    case DenseStorage::kBfloat16: return 8e-3;
    case DenseStorage::kInt8: break;
  }
  return 2.5e-2;
}

void check(DenseStorage storage, int64_t inputs, int64_t outputs, int pictures, int threads, bool biased, bool relu, const dense::Kernels* kernels = nullptr) {
  SCOPED_TRACE(::testing::Message() << "storage " << static_cast<int>(storage) << ", " << inputs << " -> " << outputs << ", " << pictures << " pictures, " << threads << " threads");
  const auto x = reference::random_floats(inputs * pictures, 1), w = reference::random_floats(inputs * outputs, 2), b = reference::random_floats(outputs, 3);
  const DenseKernel kernel(inputs, outputs, storage, threads, kernels);
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
  for (DenseStorage storage : {DenseStorage::kFloat32, DenseStorage::kFloat16, DenseStorage::kBfloat16, DenseStorage::kInt8}) {
    for (int64_t inputs : {1, 7, 64, 500, 3201}) {
      for (int64_t outputs : {1, 10, 32, 75, 500}) {
        for (int pictures : {1, 2, 3, 4, 7, 8, 13}) check(storage, inputs, outputs, pictures, 1 + static_cast<int>(outputs % 2), outputs != 10, inputs != 64);
      }
    }
  }
}

TEST(DenseKernel, EqualsTheProductWithSixteenLanes) {
  if (!DenseKernel::available()) GTEST_SKIP() << "this CPU has no AVX2";
  for (DenseStorage storage : {DenseStorage::kFloat32, DenseStorage::kFloat16, DenseStorage::kBfloat16, DenseStorage::kInt8}) {
    for (int64_t inputs : {1, 300}) {
      for (int64_t outputs : {10, 150}) {
        for (int pictures : {1, 2, 3, 4, 14}) check(storage, inputs, outputs, pictures, 1, true, true, &emulated16::dense_kernels());
      }
    }
  }
}

/// Packs `weights` [outputs][inputs] and multiplies one picture by them.
std::vector<float> product(DenseStorage storage, const std::vector<float>& weights, const std::vector<float>& source) {
  const auto inputs = static_cast<int64_t>(source.size()), outputs = static_cast<int64_t>(weights.size()) / inputs;
  const DenseKernel kernel(inputs, outputs, storage, 1);
  const AlignedBuffer packed(kernel.packed_bytes(), "test");
  kernel.pack([&](int64_t o, float* to) { std::copy_n(weights.begin() + o * inputs, inputs, to); }, packed.data());
  std::vector<float> y(outputs);
  kernel.run(source.data(), inputs, 1, packed.data(), nullptr, Finish::kNone, y.data());
  return y;
}

TEST(DenseKernel, Float16WeightsOfAnyMagnitudeKeepTheirPrecision) {
  if (!DenseKernel::available()) GTEST_SKIP() << "this CPU has no AVX2";
  constexpr int64_t kInputs = 400;
  const auto x = reference::random_floats(kInputs, 4), row = reference::random_floats(kInputs, 5);
  double sum = 0;
  for (int64_t i = 0; i < kInputs; ++i) sum += static_cast<double>(x[i]) * row[i];
  const std::vector<float> magnitudes{1, 1e-30f, 1e30f, 0, 3e36f, 7e-37f, 65504, 6e-8f};
  std::vector<float> weights;
  for (float m : magnitudes) {
    for (float w : row) weights.push_back(m * w);
  }
  const auto y = product(DenseStorage::kFloat16, weights, x);
  const double deviation = std::sqrt(static_cast<double>(kInputs)) / 3;
  for (size_t o = 0; o < y.size(); ++o) {
    EXPECT_NEAR(y[o], sum * magnitudes[o], tolerance(DenseStorage::kFloat16) * deviation * magnitudes[o]) << magnitudes[o];
  }
}

TEST(DenseKernel, Float16WeightsFarBelowTheLargestCountWhateverTheModeForDenormals) {
  if (!DenseKernel::available()) GTEST_SKIP() << "this CPU has no AVX2";
  constexpr unsigned kFlushAndZero = 0x8040;
  const unsigned mode = _mm_getcsr();
  _mm_setcsr(mode | kFlushAndZero);
  const auto y = product(DenseStorage::kFloat16, {1, 0x1p-21f, 1, 0x1p-30f}, {0, 1});
  _mm_setcsr(mode);
  EXPECT_EQ(y[0], 0x1p-21f);
  EXPECT_EQ(y[1], 0x1p-30f);
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
  if (!DenseKernel::available()) GTEST_SKIP() << "this CPU has no AVX2";
  for (DenseStorage storage : {DenseStorage::kFloat32, DenseStorage::kFloat16, DenseStorage::kBfloat16}) {
    const DenseKernel kernel(4, 33, storage, 1);
    const AlignedBuffer packed(kernel.packed_bytes(), "test");
    kernel.pack([](int64_t o, float* to) { std::fill_n(to, 4, o == 32 ? NAN : 1.f); }, packed.data());
    const float x[] = {1, 2, INFINITY, 0};
    float y[33];
    kernel.run(x, 4, 1, packed.data(), nullptr, Finish::kRelu, y);
    EXPECT_TRUE(std::isinf(y[0]));
    EXPECT_TRUE(std::isnan(y[32]));
    const auto of_weights = product(storage, {INFINITY, 1, 1, -INFINITY, INFINITY, -INFINITY, NAN, 1, 3, 2}, {1, 2});
    EXPECT_EQ(of_weights[0], INFINITY);
    EXPECT_EQ(of_weights[1], -INFINITY);
    EXPECT_TRUE(std::isnan(of_weights[2]));
    EXPECT_TRUE(std::isnan(of_weights[3]));
    EXPECT_EQ(of_weights[4], 7) << "the other outputs are what they would be without";
  }
}

}  // namespace
}  // namespace quintet
