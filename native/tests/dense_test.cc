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
  kernel.run(x.data(), inputs, pictures, packed.data(), biased ? b.data() : nullptr, relu, y.data());
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

TEST(DenseKernel, PassesNanAndInfinityOn) {
  const DenseKernel kernel(4, 33, DenseStorage::kFloat32, 1);
  const AlignedBuffer packed(kernel.packed_bytes(), "test");
  kernel.pack([](int64_t o, float* to) { std::fill_n(to, 4, o == 32 ? NAN : 1.f); }, packed.data());
  const float x[] = {1, 2, INFINITY, 0};
  float y[33];
  kernel.run(x, 4, 1, packed.data(), nullptr, true, y);
  EXPECT_TRUE(std::isinf(y[0]));
  EXPECT_TRUE(std::isnan(y[32]));
}

}  // namespace
}  // namespace quintet
