// Whole small networks with bytes throughout, with what the cost model takes, and in float32: the answers agree.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/cpu.h"
#include "quantized.h"
#include "small_networks.h"

namespace quintet {
namespace {

using reference::Tensor;
using testing::as_tensor;
using testing::count;
using testing::Network;
using testing::QuantizedNetwork;

/// Stated tolerance: 3 % of the largest logit, over a dozen layers of 8 bits.
constexpr double kTolerance = 0.03;

void expect_agreement(Network& network, const Shape& picture) {
  if (core_model().int8_ops_per_ns == 0) GTEST_SKIP() << "this CPU has no AVX2";
  for (int64_t batch : {1, 3}) {
    Shape shape = picture;
    shape.dims[0] = batch;
    const Tensor input = reference::random_tensor(shape, 41);
    const QuantizedNetwork quantized(network, input);
    CompileOptions options;
    options.batch = batch;
    const Tensor want = as_tensor(network.run(input, options));
    std::vector<std::vector<float>> answers;
    for (int threads : {1, 2}) {
      for (const char* without : {"weigh_precision", "", "lower_precision", "weigh_precision\nfuse_residual\nfuse_activation", "weigh_precision\nfold_batch_norm\ndrop_identities\nmerge_siblings"}) {
        SCOPED_TRACE(::testing::Message() << "batch " << batch << ", " << threads << " threads, without " << without);
        options.threads = threads;
        options.without = without;
        const Model model = quantized.compile(options);
        EXPECT_LE(reference::relative_error(Network::run(model, input), want), kTolerance);
        if (std::string(without) == "weigh_precision") {
          answers.push_back(Network::run(model, input));
          EXPECT_EQ(count(model, "\"op\":\"convolution\""), testing::count_fast(model, "convolution", "int8")) << model.explain();
        }
      }
    }
    EXPECT_EQ(answers[0], answers[1]) << "one thread and two";
  }
}

TEST(Int8Network, AgreesWithFloat32OnALeNet) {
  Network network = testing::lenet();
  expect_agreement(network, Shape::nchw(1, 1, 28, 28));
}

TEST(Int8Network, AgreesWithFloat32OnAResNet) {
  Network network = testing::resnet();
  expect_agreement(network, Shape::nchw(1, 3, 32, 32));
}

TEST(Int8Network, AgreesWithFloat32OnAGoogLeNet) {
  Network network = testing::googlenet();
  expect_agreement(network, Shape::nchw(1, 3, 24, 28));
}

TEST(Int8Network, TakesOtherBatchesAndSizesThanItWasCompiledFor) {
  Network network = testing::resnet();
  const Tensor input = reference::random_tensor(Shape::nchw(4, 3, 40, 24), 42);
  const QuantizedNetwork quantized(network, input);
  const Model model = quantized.compile(QuantizedNetwork::all_bytes());
  const Model wide = network.compile();
  EXPECT_LE(reference::relative_error(Network::run(model, input), as_tensor(Network::run(wide, input))), kTolerance);
}

/// A single pixel is oneDNN's, a row of them the own kernels': one model's weights serve all.
TEST(Int8Network, TakesSizesForWhichOtherKernelsAreChosen) {
  Network network(20, 16, 16);
  const int conv = network.add("convolution", "c", {0}, "filters=50 kernel=5,5 padding=2,2,2,2");
  network.head(network.add("convolution", "next", {conv}, "filters=10 kernel=1,1"));
  const QuantizedNetwork quantized(network, reference::random_tensor(Shape::nchw(8, 20, 16, 16), 44));
  const Model model = quantized.compile(QuantizedNetwork::all_bytes()), wide = network.compile();
  for (const Shape& shape : {Shape::nchw(1, 20, 16, 16), Shape::nchw(1, 20, 1, 1), Shape::nchw(1, 20, 1, 16), Shape::nchw(3, 20, 7, 9)}) {
    const Tensor other = reference::random_tensor(shape, 45);
    EXPECT_LE(reference::relative_error(Network::run(model, other), as_tensor(Network::run(wide, other))), kTolerance) << to_string(shape);
  }
}

TEST(Int8Network, ComputesInFloat32WhatHasNoRange) {
  Network network = testing::resnet();
  const Tensor input = reference::random_tensor(Shape::nchw(1, 3, 32, 32), 43);
  QuantizedNetwork quantized(network, input);
  for (int node = 4; node < network.graph.node_count(); node += 3) quantized.forget_range(network.graph.node_name(node));
  EXPECT_LE(reference::relative_error(Network::run(quantized.compile(QuantizedNetwork::all_bytes()), input), as_tensor(network.run(input))), kTolerance);
}

}  // namespace
}  // namespace quintet
