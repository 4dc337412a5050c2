// Whole small networks in bfloat16: on a CPU that multiplies it their plans hold it between layers, on any other they are those of FAST.
#include <gtest/gtest.h>

#include "kernels/cpu.h"
#include "quantized.h"
#include "runtime/cpu.h"
#include "small_networks.h"

namespace quintet {
namespace {

using reference::Tensor;
using testing::as_tensor;
using testing::count;
using testing::Network;

/// Of the largest logit: 8 bits of mantissa over a dozen layers.
constexpr double kTolerance = 0.03;

CompileOptions options_of(int64_t batch, int threads, const std::string& without) {
  CompileOptions options;
  options.precision = Precision::kBf16;
  options.batch = batch;
  options.threads = threads;
  options.without = without;
  return options;
}

void expect_agreement(Network& network, const Shape& picture) {
  for (int64_t batch : {1, 3}) {
    Shape shape = picture;
    shape.dims[0] = batch;
    const Tensor input = reference::random_tensor(shape, 51), want = as_tensor(network.run(input));
    for (int threads : {1, 2}) {
      for (const char* without : {"", "weigh_precision", "weigh_precision\nfuse_residual\nfuse_activation"}) {
        SCOPED_TRACE(::testing::Message() << "batch " << batch << ", " << threads << " threads, without " << without);
        EXPECT_LE(reference::relative_error(network.run(input, options_of(batch, threads, without)), want), kTolerance);
      }
    }
  }
}

TEST(Bf16Network, AgreesWithFloat32) {
  Network lenet = testing::lenet(), resnet = testing::resnet(), googlenet = testing::googlenet();
  expect_agreement(lenet, Shape::nchw(1, 1, 28, 28));
  expect_agreement(resnet, Shape::nchw(1, 3, 32, 32));
  expect_agreement(googlenet, Shape::nchw(1, 3, 24, 28));
}

TEST(Bf16Network, HasNoReorderBetweenConvolutionsWhereAllAreInBfloat16) {
  if (core_model().bf16_flops_per_ns == 0) GTEST_SKIP() << "this CPU does not multiply bfloat16";
  Network network = testing::resnet();
  const Model model = network.compile(options_of(1, 1, isa() == Isa::kAmx ? "" : "weigh_precision"));
  EXPECT_EQ(count(model, "\"op\":\"convolution\""), testing::count_fast(model, "convolution", "bf16")) << model.explain();
  EXPECT_EQ(count(model, "\"op\":\"reorder\""), 1) << model.explain();   // the picture
}

TEST(Bf16Network, IsThatOfFastWhereTheCpuDoesNotMultiplyIt) {
  if (core_model().bf16_flops_per_ns > 0) GTEST_SKIP() << "this CPU multiplies bfloat16";
  Network network = testing::lenet();
  CompileOptions fast;
  fast.precision = Precision::kFast;
  const Tensor input = reference::random_tensor(Shape::nchw(1, 1, 28, 28), 52);
  EXPECT_EQ(network.run(input, options_of(1, 1, "")), network.run(input, fast));
}

}  // namespace
}  // namespace quintet
