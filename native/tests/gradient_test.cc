// Every operator's gradient, of its parameters and of its input, against finite differences of its definition in double. Each stands
// between a convolution, whose own gradient is right only if that of the operator's input is, and a dense layer.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/cpu.h"
#include "ops/window.h"
#include "training.h"

namespace quintet {
namespace {

using reference::Geometry;
using reference::Tensor;
using testing::Batch;
using testing::Forward;
using testing::Network;
using testing::Values;

constexpr int kClasses = 5;

Geometry geometry(const Window& window, const Shape& in) {
  const AxisWindow y = window.axis("test", 0, in.h()), x = window.axis("test", 1, in.w());
  return {window.kernel[0], window.kernel[1], window.stride[0], window.stride[1], y.begin, x.begin, y.output, x.output, window.dilation[0], window.dilation[1]};
}

std::string text(const Window& w) {
  const auto pair = [](const auto& p) { return std::to_string(p[0]) + "," + std::to_string(p[1]); };
  const auto& p = w.padding;
  return "kernel=" + pair(w.kernel) + " stride=" + pair(w.stride) + " dilation=" + pair(w.dilation) + (w.ceil ? " ceil=true" : "") + " padding=" +
         (w.same ? "same" : std::to_string(p.top) + "," + std::to_string(p.left) + "," + std::to_string(p.bottom) + "," + std::to_string(p.right));
}

Tensor convolve(const Values& v, const std::string& name, const Tensor& x, int64_t filters, const Window& window = {}, int64_t groups = 1) {
  const auto bias = v.find(name + ".bias");
  return reference::convolution(x, v.at(name + ".weight"), bias == v.end() ? std::vector<double>() : bias->second, filters, groups, geometry(window, x.shape));
}

Tensor dense(const Values& v, const std::string& name, const Tensor& x, int64_t units) { return reference::dense(x, v.at(name + ".weight"), v.at(name + ".bias"), units); }

double relu(double v) { return v > 0 ? v : 0; }

/// input -> 1x1 convolution "before" of `channels` filters -> the operator -> dense "logits".
void expect_gradients_through(const std::string& op, const std::string& attributes, int64_t channels, int64_t height, int64_t width,
                              const std::function<Tensor(const Values&, const Tensor&)>& definition, double tolerance = 2e-5) {
  SCOPED_TRACE(op + " " + attributes + " of " + std::to_string(channels) + "x" + std::to_string(height) + "x" + std::to_string(width));
  Network network(4, height, width);
  const int before = network.add("convolution", "before", {0}, "filters=" + std::to_string(channels) + " kernel=1,1");
  const int node = network.add(op, "op", {before}, attributes);
  network.head(network.add("dense", "logits", {node}, "units=" + std::to_string(kClasses)));
  const Batch batch(Shape::nchw(2, 4, height, width), kClasses, 5);
  testing::expect_gradients(network, batch, [&](const Values& v, const Tensor& x) {
    return dense(v, "logits", definition(v, convolve(v, "before", x, channels)), kClasses);
  }, tolerance);
}

TEST(Gradient, OfConvolutionsOverGeneratedShapes) {
  std::mt19937 random(31);
  const auto pick = [&](std::initializer_list<int64_t> of) { return *(of.begin() + random() % of.size()); };
  for (int i = 0; i < 16; ++i) {
    Window w;
    w.kernel = {pick({1, 2, 3, 5}), pick({1, 3, 5, 7})};
    w.stride = {pick({1, 1, 2, 3}), pick({1, 1, 2})};
    w.dilation = {pick({1, 1, 1, 2}), pick({1, 1, 1, 2})};
    w.same = pick({0, 1}) != 0;
    if (!w.same) w.padding = {pick({0, 1, 2}), pick({0, 1, 2}), pick({0, 1, 2}), pick({0, 1, 2})};
    const int64_t filters = pick({1, 6, 8, 16, 20});
    const bool bias = pick({0, 1}) != 0;
    expect_gradients_through("convolution", "filters=" + std::to_string(filters) + (bias ? " " : " bias=false ") + text(w), pick({1, 3, 8, 17}), pick({13, 14}), pick({13, 15}),
                             [&](const Values& v, const Tensor& x) { return convolve(v, "op", x, filters, w); });
  }
}

TEST(Gradient, OfConvolutionsInGroups) {
  for (const auto& [channels, filters, groups] : {std::array<int64_t, 3>{16, 32, 2}, {6, 9, 3}, {8, 8, 8}}) {
    Window w;
    w.kernel = {3, 3};
    w.padding = {1, 1, 1, 1};
    expect_gradients_through("convolution", "filters=" + std::to_string(filters) + " groups=" + std::to_string(groups) + " " + text(w), channels, 6, 7,
                             [&, filters = filters, groups = groups](const Values& v, const Tensor& x) { return convolve(v, "op", x, filters, w, groups); });
  }
}

TEST(Gradient, OfConvolutionsOnVerySmallPictures) {
  for (int64_t size : {1, 2, 3}) {
    Window w;
    w.kernel = {3, 3};
    w.padding = {1, 1, 1, 1};
    expect_gradients_through("convolution", "filters=16 " + text(w), 16, size, size, [&](const Values& v, const Tensor& x) { return convolve(v, "op", x, 16, w); });
  }
}

TEST(Gradient, OfConvolutionsThatWinogradComputesBothWays) {
  for (int64_t taps : {3, 5}) {
    Window w;
    w.kernel = {taps, taps};
    w.padding = {1, 1, taps - 2, taps - 2};
    expect_gradients_through("convolution", "filters=24 " + text(w), 16, 14, 15, [&](const Values& v, const Tensor& x) { return convolve(v, "op", x, 24, w); });
  }
  Network network(32, 32, 32);
  int x = 0;
  for (const char* name : {"a", "b"}) x = network.add("convolution", name, {x}, "filters=64 kernel=3,3 padding=same");
  network.head(network.add("dense", "logits", {x}, "units=5"));
  TrainOptions options;
  options.batch = 8;
  const std::string plan = Trainer(network.graph, network.table(), options).explain();
  if (core_model().isa == KernelIsa::kNone) GTEST_SKIP() << "no Winograd on this CPU";
  EXPECT_NE(plan.find("\"convolution\",\"kernel\":\"quintet:winograd f"), std::string::npos);
  EXPECT_NE(plan.find("\"convolution gradient\",\"kernel\":\"quintet:winograd f"), std::string::npos);
}

TEST(Gradient, OfABiasBeforeABatchNormIsExactlyZero) {
  Network network(4, 5, 6);
  const int before = network.add("convolution", "before", {0}, "filters=11 kernel=1,1");
  network.head(network.add("dense", "logits", {network.add("batch_norm", "n", {before}, "epsilon=0.001")}, "units=5"));
  TrainOptions options;
  options.batch = 3;
  Trainer trainer(network.graph, network.table(), options);
  testing::step(trainer, Batch(Shape::nchw(3, 4, 5, 6), kClasses, 9));
  EXPECT_EQ(testing::read_gradient(trainer, network.graph, "before.bias"), std::vector<float>(11, 0.f));
}

TEST(Gradient, OfAConvolutionThatReadsThePicture) {
  for (int64_t channels : {1, 2, 3, 4}) {
    SCOPED_TRACE(std::to_string(channels) + " channels");
    Window w;
    w.kernel = {5, 5};
    w.same = true;
    Network network(channels, 12, 11);
    const int conv = network.add("convolution", "c", {0}, "filters=20 " + text(w));
    network.head(network.add("dense", "logits", {conv}, "units=5"));
    testing::expect_gradients(network, Batch(Shape::nchw(3, channels, 12, 11), kClasses, 5),
                              [&](const Values& v, const Tensor& x) { return dense(v, "logits", convolve(v, "c", x, 20, w), kClasses); });
  }
}

TEST(Gradient, OfPoolsOverGeneratedShapes) {
  std::mt19937 random(32);
  const auto pick = [&](std::initializer_list<int64_t> of) { return *(of.begin() + random() % of.size()); };
  for (int i = 0; i < 16; ++i) {
    Window w;
    w.kernel = {pick({2, 3, 5}), pick({2, 3, 5})};
    w.stride = {pick({1, 2, 3}), pick({1, 2, 3})};
    w.same = pick({0, 1}) != 0;
    w.ceil = !w.same && pick({0, 1}) != 0;
    if (!w.same) w.padding = {pick({0, 1}), pick({0, 1}), pick({0, 1}), pick({0, 1})};
    const bool maximum = pick({0, 1}) != 0, count = !maximum && !w.ceil && !w.same && pick({0, 1}) != 0;
    expect_gradients_through(maximum ? "max_pool" : "average_pool", text(w) + (maximum ? "" : count ? " count_padding=true" : " count_padding=false"), pick({3, 8, 20}),
                             pick({7, 12}), pick({8, 11}), [&](const Values&, const Tensor& x) { return reference::pool(x, geometry(w, x.shape), maximum, count); });
  }
}

TEST(Gradient, OfSumGlobalAndAdaptivePools) {
  expect_gradients_through("sum_pool", "kernel=2,2", 6, 8, 10, [](const Values&, const Tensor& x) {
    return reference::map(reference::pool(x, {2, 2, 2, 2, 0, 0, 4, 5}, false, true), [](double v) { return 4 * v; });
  });
  for (int64_t channels : {5, 16}) {
    expect_gradients_through("global_average_pool", "", channels, 7, 9, [](const Values&, const Tensor& x) { return reference::adaptive_average(x, 1, 1); });
  }
  expect_gradients_through("adaptive_average_pool", "size=6,4", 9, 12, 8, [](const Values&, const Tensor& x) { return reference::adaptive_average(x, 6, 4); });
  expect_gradients_through("adaptive_average_pool", "size=7,2", 9, 5, 3, [](const Values&, const Tensor& x) { return reference::adaptive_average(x, 7, 2); });
}

TEST(Gradient, OfActivations) {
  const std::pair<const char*, double (*)(double)> kinds[] = {
      {"relu", relu}, {"sigmoid", [](double v) { return 1 / (1 + std::exp(-v)); }}, {"tanh", [](double v) { return std::tanh(v); }}};
  for (const auto& [op, f] : kinds) {
    for (int64_t channels : {8, 11}) {
      expect_gradients_through(op, "", channels, 5, 6, [&, f = f](const Values&, const Tensor& x) { return reference::map(x, f); });
    }
  }
}

TEST(Gradient, OfActivationsThatNoProducerAppliesAlready) {
  for (const char* op : {"relu", "sigmoid"}) {
    Network network(4, 5, 6);
    const int before = network.add("convolution", "before", {0}, "filters=11 kernel=1,1");
    const int pool = network.add("average_pool", "p", {before}, "kernel=2,2 stride=1,1");
    const int activation = network.add(op, "a", {pool});
    const int after = network.add("convolution", "after", {activation}, "filters=7 kernel=1,1");
    network.head(network.add("dense", "logits", {after}, "units=5"));
    const auto f = op[0] == 'r' ? relu : [](double v) { return 1 / (1 + std::exp(-v)); };
    testing::expect_gradients(network, Batch(Shape::nchw(3, 4, 5, 6), kClasses, 9), [&](const Values& v, const Tensor& x) {
      const Tensor pooled = reference::pool(convolve(v, "before", x, 11), {2, 2, 1, 1, 0, 0, 4, 5}, false, true);
      return dense(v, "logits", convolve(v, "after", reference::map(pooled, f), 7), kClasses);
    });
  }
}

TEST(Gradient, OfBatchNormOverTheBatchsStatistics) {
  for (int64_t channels : {8, 11}) {
    expect_gradients_through("batch_norm", "epsilon=0.001", channels, 5, 6,
                             [](const Values& v, const Tensor& x) { return reference::batch_norm(x, v.at("op.gamma"), v.at("op.beta"), 0.001); }, 1e-4);
  }
}

TEST(Gradient, OfBatchNormThatAppliesAReluItself) {
  Network network(4, 5, 6);
  const int before = network.add("convolution", "before", {0}, "filters=11 kernel=1,1");
  const int norm = network.add("batch_norm", "n", {before}, "epsilon=0.001");
  network.head(network.add("dense", "logits", {network.add("relu", "r", {norm})}, "units=5"));
  testing::expect_gradients(network, Batch(Shape::nchw(3, 4, 5, 6), kClasses, 9), [&](const Values& v, const Tensor& x) {
    return dense(v, "logits", reference::map(reference::batch_norm(convolve(v, "before", x, 11), v.at("n.gamma"), v.at("n.beta"), 0.001), relu), kClasses);
  }, 1e-4);
}

TEST(Gradient, OfBatchNormAfterADense) {
  Network network(4, 3, 3);
  const int before = network.add("dense", "before", {0}, "units=11");
  const int norm = network.add("batch_norm", "n", {before}, "epsilon=0.001");
  network.head(network.add("dense", "logits", {norm}, "units=5"));
  testing::expect_gradients(network, Batch(Shape::nchw(6, 4, 3, 3), kClasses, 9), [&](const Values& v, const Tensor& x) {
    return dense(v, "logits", reference::batch_norm(dense(v, "before", x, 11), v.at("n.gamma"), v.at("n.beta"), 0.001), kClasses);
  }, 1e-4);
}

TEST(Gradient, OfScaleShift) {
  expect_gradients_through("scale_shift", "", 6, 5, 6, [](const Values& v, const Tensor& x) {
    return reference::affine(x, [&](int64_t c, double value) { return v.at("op.weight")[c] * value + v.at("op.bias")[c]; });
  });
}

TEST(Gradient, OfLocalResponseNormalisation) {
  for (int64_t channels : {5, 16, 21}) {
    expect_gradients_through("lrn", "size=5 alpha=0.5 beta=0.75 k=2", channels, 4, 6, [](const Values&, const Tensor& x) { return reference::lrn(x, 5, 0.5, 0.75, 2); });
  }
}

TEST(Gradient, OfZeroPadding) {
  expect_gradients_through("zero_pad", "padding=1,2,0,3", 10, 4, 6, [](const Values&, const Tensor& x) { return reference::zero_pad(x, 1, 2, 0, 3); });
}

TEST(Gradient, OfIdentityFlattenAndDropoutOfRateZero) {
  for (const auto& [op, attributes] : {std::pair("identity", ""), {"flatten", ""}, {"dropout", "rate=0"}}) {
    expect_gradients_through(op, attributes, 10, 4, 6, [](const Values&, const Tensor& x) { return x; });
  }
}

TEST(Gradient, OfFlattenBeforeAnOperatorThatNeedsRankTwo) {
  Network network(4, 2, 3);
  const int before = network.add("convolution", "before", {0}, "filters=3 kernel=1,1");
  const int flat = network.add("flatten", "f", {before});
  network.head(network.add("dense", "logits", {network.add("softmax", "s", {flat})}, "units=5"));
  testing::expect_gradients(network, Batch(Shape::nchw(3, 4, 2, 3), kClasses, 9), [&](const Values& v, const Tensor& x) {
    Tensor flattened(Shape::features(3, 18));
    flattened.values = convolve(v, "before", x, 3).values;
    return dense(v, "logits", reference::softmax(flattened), kClasses);
  });
}

TEST(Gradient, OfAdditionsWhoseOperandsHaveOtherReaders) {
  Network network(4, 5, 6);
  const int a = network.add("convolution", "a", {0}, "filters=11 kernel=1,1");
  const int b = network.add("convolution", "b", {a}, "filters=11 kernel=1,1");
  const int first = network.add("add", "first", {a, b});
  const int rectified = network.add("relu", "r", {first});
  const int second = network.add("add", "second", {rectified, a});
  network.head(network.add("dense", "logits", {second}, "units=5"));
  testing::expect_gradients(network, Batch(Shape::nchw(3, 4, 5, 6), kClasses, 9), [&](const Values& v, const Tensor& x) {
    const Tensor one = convolve(v, "a", x, 11), two = convolve(v, "b", one, 11);
    return dense(v, "logits", reference::add(reference::map(reference::add(one, two), relu), one), kClasses);
  });
}

TEST(Gradient, OfConcatenationsOfAnyChannels) {
  for (const auto& [first, second] : {std::pair<int64_t, int64_t>{16, 8}, {11, 6}, {3, 32}, {16, 5}}) {
    SCOPED_TRACE(std::to_string(first) + " and " + std::to_string(second) + " channels");
    Network network(4, 5, 6);
    const int a = network.add("convolution", "a", {0}, "filters=" + std::to_string(first) + " kernel=1,1");
    const int b = network.add("convolution", "b", {a}, "filters=" + std::to_string(second) + " kernel=1,1");
    const int joined = network.add("concat", "j", {network.add("relu", "r", {a}), b});
    const int after = network.add("convolution", "after", {joined}, "filters=7 kernel=1,1");
    network.head(network.add("dense", "logits", {after}, "units=5"));
    testing::expect_gradients(network, Batch(Shape::nchw(3, 4, 5, 6), kClasses, 9), [&, first = first, second = second](const Values& v, const Tensor& x) {
      const Tensor one = convolve(v, "a", x, first);
      return dense(v, "logits", convolve(v, "after", reference::concat({reference::map(one, relu), convolve(v, "b", one, second)}), 7), kClasses);
    });
  }
}

TEST(Gradient, OfConcatenatedFeatures) {
  Network network(4, 3, 3);
  const int a = network.add("dense", "a", {0}, "units=7"), b = network.add("dense", "b", {0}, "units=6");
  network.head(network.add("dense", "logits", {network.add("concat", "j", {a, b})}, "units=5"));
  testing::expect_gradients(network, Batch(Shape::nchw(3, 4, 3, 3), kClasses, 9), [&](const Values& v, const Tensor& x) {
    return dense(v, "logits", reference::concat({dense(v, "a", x, 7), dense(v, "b", x, 6)}), kClasses);
  });
}

TEST(Gradient, OfValuesWithManyReaders) {
  Network network(4, 5, 6);
  const int a = network.add("convolution", "a", {0}, "filters=8 kernel=1,1");
  const int r = network.add("relu", "r", {a});
  std::vector<int> branches;
  for (int i = 0; i < 6; ++i) branches.push_back(network.add("convolution", "b" + std::to_string(i), {r}, "filters=8 kernel=1,1"));
  network.head(network.add("dense", "logits", {network.add("concat", "j", branches)}, "units=5"));
  testing::expect_gradients(network, Batch(Shape::nchw(3, 4, 5, 6), kClasses, 9), [&](const Values& v, const Tensor& x) {
    const Tensor one = reference::map(convolve(v, "a", x, 8), relu);
    std::vector<Tensor> parts;
    for (int i = 0; i < 6; ++i) parts.push_back(convolve(v, "b" + std::to_string(i), one, 8));
    return dense(v, "logits", reference::concat(parts), kClasses);
  });
}

}  // namespace
}  // namespace quintet
