// Whole small networks with bytes throughout, with what the cost model takes, and in float32: the answers agree.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/cpu.h"
#include "quantized.h"

namespace quintet {
namespace {

using reference::Tensor;
using testing::count;
using testing::Network;
using testing::QuantizedNetwork;

struct Composer {
  Network& network;
  int next = 0;
  int convolution(int in, int filters, int kernel, int stride = 1) {
    const std::string k = std::to_string(kernel), p = std::to_string(kernel / 2), s = std::to_string(stride);
    return network.add("convolution", "c" + std::to_string(next++), {in},
                       "filters=" + std::to_string(filters) + " bias=false kernel=" + k + "," + k + " stride=" + s + "," + s + " padding=" + p + "," + p + "," + p + "," + p);
  }
  int norm(int in) { return network.add("batch_norm", "n" + std::to_string(next++), {in}, "epsilon=1e-3"); }
  int relu(int in) { return network.add("relu", "r" + std::to_string(next++), {in}); }
  int layer(int in, int filters, int kernel, int stride = 1) { return relu(norm(convolution(in, filters, kernel, stride))); }
};

Network lenet() {
  Network network(1, 28, 28);
  Composer c{network};
  int x = network.add("max_pool", "p1", {c.relu(c.convolution(0, 20, 5))}, "kernel=2,2");
  x = network.add("max_pool", "p2", {c.relu(c.convolution(x, 50, 5))}, "kernel=2,2");
  network.head(network.add("dense", "d2", {network.add("relu", "rd", {network.add("dense", "d1", {network.add("flatten", "f", {x})}, "units=100")})}, "units=10"));
  return network;
}

Network resnet() {
  Network network(3, 32, 32);
  Composer c{network};
  int x = network.add("max_pool", "p", {c.layer(0, 32, 7, 2)}, "kernel=3,3 stride=2,2 padding=1,1,1,1");
  for (const auto& [filters, stride] : {std::pair{32, 1}, {64, 2}, {64, 1}}) {
    const int branch = c.norm(c.convolution(c.layer(c.layer(x, filters, 1), filters, 3, stride), filters * 2, 1));
    const int shortcut = network.graph.node_dim(x, 1) == filters * 2 && stride == 1 ? x : c.norm(c.convolution(x, filters * 2, 1, stride));
    x = c.relu(network.add("add", "sum" + std::to_string(c.next), {branch, shortcut}));
  }
  network.head(network.add("dense", "d", {network.add("global_average_pool", "g", {x})}, "units=10"));
  return network;
}

Network googlenet() {
  Network network(3, 24, 28);
  Composer c{network};
  int x = network.add("lrn", "l", {c.layer(0, 24, 3)}, "size=5 alpha=1e-4 beta=0.75 k=1");
  for (int module = 0; module < 2; ++module) {
    const int a = c.layer(x, 16, 1), b = c.layer(c.layer(x, 24, 1), 32, 3), d = c.layer(c.layer(x, 12, 1), 20, 5);
    const int p = c.layer(network.add("max_pool", "p" + std::to_string(module), {x}, "kernel=3,3 stride=1,1 padding=1,1,1,1"), 12, 1);
    x = network.add("concat", "all" + std::to_string(module), {a, b, d, p});
  }
  x = network.add("average_pool", "half", {x}, "kernel=2,2");
  network.head(network.add("dense", "d", {network.add("dropout", "drop", {network.add("global_average_pool", "g", {x})}, "rate=0.4")}, "units=10"));
  return network;
}

Tensor tensor(const std::vector<float>& values) {
  Tensor t(Shape::features(1, static_cast<int64_t>(values.size())));
  t.values.assign(values.begin(), values.end());
  return t;
}

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
    const Tensor want = tensor(network.run(input, options));
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
          EXPECT_EQ(count(model, "\"op\":\"convolution\""), count(model, "\"op\":\"convolution\",\"kernel\":\"jit_uni_int8") + count(model, "\"op\":\"convolution\",\"kernel\":\"brg")) << model.explain();
        }
      }
    }
    EXPECT_EQ(answers[0], answers[1]) << "one thread and two";
  }
}

TEST(Int8Network, AgreesWithFloat32OnALeNet) {
  Network network = lenet();
  expect_agreement(network, Shape::nchw(1, 1, 28, 28));
}

TEST(Int8Network, AgreesWithFloat32OnAResNet) {
  Network network = resnet();
  expect_agreement(network, Shape::nchw(1, 3, 32, 32));
}

TEST(Int8Network, AgreesWithFloat32OnAGoogLeNet) {
  Network network = googlenet();
  expect_agreement(network, Shape::nchw(1, 3, 24, 28));
}

TEST(Int8Network, TakesOtherBatchesAndSizesThanItWasCompiledFor) {
  Network network = resnet();
  const Tensor input = reference::random_tensor(Shape::nchw(4, 3, 40, 24), 42);
  const QuantizedNetwork quantized(network, input);
  const Model model = quantized.compile(QuantizedNetwork::all_bytes());
  const Model wide = network.compile();
  EXPECT_LE(reference::relative_error(Network::run(model, input), tensor(Network::run(wide, input))), kTolerance);
}

TEST(Int8Network, ComputesInFloat32WhatHasNoRange) {
  Network network = resnet();
  const Tensor input = reference::random_tensor(Shape::nchw(1, 3, 32, 32), 43);
  QuantizedNetwork quantized(network, input);
  for (int node = 4; node < network.graph.node_count(); node += 3) quantized.forget_range(network.graph.node_name(node));
  EXPECT_LE(reference::relative_error(Network::run(quantized.compile(QuantizedNetwork::all_bytes()), input), tensor(network.run(input))), kTolerance);
}

}  // namespace
}  // namespace quintet
