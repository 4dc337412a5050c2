// Every operator against its definition, over generated shapes, with one and two threads.
#include <gtest/gtest.h>

#include <cmath>

#include "network.h"
#include "ops/window.h"

namespace quintet {
namespace {

using reference::Geometry;
using reference::Tensor;
using testing::Network;

constexpr double kTolerance = 2e-6;

std::string numbers(std::initializer_list<int64_t> values) {
  std::string text;
  for (int64_t v : values) text += (text.empty() ? "" : ",") + std::to_string(v);
  return text;
}

/// The window's geometry on an input, and its attributes as text.
struct WindowCase {
  Window window;
  std::string text() const {
    return "kernel=" + numbers({window.kernel[0], window.kernel[1]}) + " stride=" + numbers({window.stride[0], window.stride[1]}) +
           " dilation=" + numbers({window.dilation[0], window.dilation[1]}) + (window.ceil ? " ceil=true" : "") + " padding=" +
           (window.same ? "same" : numbers({window.padding.top, window.padding.left, window.padding.bottom, window.padding.right}));
  }
  Geometry on(const Shape& in) const {
    const AxisWindow y = window.axis("test", 0, in.h()), x = window.axis("test", 1, in.w());
    return {window.kernel[0], window.kernel[1], window.stride[0], window.stride[1], y.begin, x.begin, y.output, x.output, window.dilation[0], window.dilation[1]};
  }
};

CompileOptions with_threads(int threads) {
  CompileOptions options;
  options.threads = threads;
  return options;
}

void expect_equal(Network& network, const Tensor& input, const Tensor& want, double tolerance = kTolerance) {
  for (int threads : {1, 2}) {
    EXPECT_LE(reference::relative_error(network.run(input, with_threads(threads)), want), tolerance) << "with " << threads << " threads";
  }
}

TEST(Convolution, EqualsItsDefinitionOverGeneratedShapes) {
  std::mt19937 random(11);
  const auto pick = [&](std::initializer_list<int64_t> of) { return *(of.begin() + random() % of.size()); };
  for (int i = 0; i < 60; ++i) {
    const int64_t channels = pick({1, 2, 3, 4, 5, 8, 16, 17, 24}), filters = pick({1, 6, 8, 16, 20, 33});
    WindowCase w;
    w.window.kernel = {pick({1, 2, 3, 5, 7}), pick({1, 2, 3, 5, 7})};
    w.window.stride = {pick({1, 1, 2, 3}), pick({1, 1, 2, 3})};
    w.window.dilation = {pick({1, 1, 1, 2}), pick({1, 1, 1, 2})};
    w.window.same = pick({0, 1}) != 0;
    if (!w.window.same) w.window.padding = {pick({0, 1, 2}), pick({0, 1, 2}), pick({0, 1, 2}), pick({0, 1, 2})};
    const Shape shape = Shape::nchw(pick({1, 2, 3}), channels, pick({13, 14, 17, 20}), pick({13, 15, 16, 21}));
    const bool bias = pick({0, 1}) != 0;
    const std::string text = "filters=" + std::to_string(filters) + " bias=" + (bias ? "true " : "false ") + w.text();
    SCOPED_TRACE(to_string(shape) + " " + text);
    Network network(channels, shape.h(), shape.w());
    network.head(network.add("convolution", "c", {0}, text));
    const Tensor input = reference::random_tensor(shape, 100 + i);
    expect_equal(network, input, reference::convolution(input, network.weight("c.weight"), bias ? network.weight("c.bias") : std::vector<float>(), filters, 1, w.on(shape)));
  }
}

TEST(Convolution, HasAFastKernelForLargePaddedWindowsToo) {
  for (int64_t channels : {3, 16}) {
    Network network(channels, 30, 31);
    WindowCase w;
    w.window.kernel = {11, 11};
    w.window.stride = {4, 4};
    w.window.padding = {2, 2, 1, 2};
    network.head(network.add("convolution", "c", {0}, "filters=16 " + w.text()));
    const Tensor input = reference::random_tensor(Shape::nchw(2, channels, 30, 31), 6);
    expect_equal(network, input, reference::convolution(input, network.weight("c.weight"), network.weight("c.bias"), 16, 1, w.on(input.shape)));
    EXPECT_EQ(network.compile().explain().find("ref:any"), std::string::npos);
  }
}

TEST(Convolution, DividesChannelsIntoGroups) {
  for (const auto& [channels, filters, groups] : {std::array<int64_t, 3>{32, 64, 2}, {48, 32, 2}, {6, 9, 3}, {8, 8, 8}}) {
    const Shape shape = Shape::nchw(2, channels, 9, 11);
    WindowCase w;
    w.window.kernel = {3, 3};
    w.window.padding = {1, 1, 1, 1};
    Network network(channels, 9, 11);
    network.head(network.add("convolution", "c", {0}, "filters=" + std::to_string(filters) + " groups=" + std::to_string(groups) + " " + w.text()));
    const Tensor input = reference::random_tensor(shape, 5);
    expect_equal(network, input, reference::convolution(input, network.weight("c.weight"), network.weight("c.bias"), filters, groups, w.on(shape)));
  }
}

TEST(Convolution, LargerThanItsInputIsAShapeErrorThatNamesTheAxis) {
  Network network(3, 4, 9);
  try {
    network.add("convolution", "c", {0}, "filters=8 kernel=7,7");
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::kShape);
    EXPECT_EQ(testing::message(e), "c: kernel height 7 exceeds the padded input's 4");
  }
}

TEST(Pooling, EqualsItsDefinitionOverGeneratedShapes) {
  std::mt19937 random(12);
  const auto pick = [&](std::initializer_list<int64_t> of) { return *(of.begin() + random() % of.size()); };
  for (int i = 0; i < 60; ++i) {
    WindowCase w;
    w.window.kernel = {pick({2, 3, 5}), pick({2, 3, 5})};
    w.window.stride = {pick({1, 2, 3}), pick({1, 2, 3})};
    w.window.same = pick({0, 1}) != 0;
    w.window.ceil = !w.window.same && pick({0, 1}) != 0;
    if (!w.window.same) w.window.padding = {pick({0, 1}), pick({0, 1}), pick({0, 1}), pick({0, 1})};
    const Shape shape = Shape::nchw(pick({1, 2}), pick({1, 3, 8, 20}), pick({7, 12, 13}), pick({8, 11, 15}));
    const bool maximum = pick({0, 1}) != 0;
    const bool count = !maximum && !w.window.ceil && !w.window.same && pick({0, 1}) != 0;
    const std::string text = w.text() + (maximum ? "" : count ? " count_padding=true" : " count_padding=false");
    SCOPED_TRACE(to_string(shape) + (maximum ? " max " : " average ") + text);
    Network network(shape.c(), shape.h(), shape.w());
    network.head(network.add(maximum ? "max_pool" : "average_pool", "p", {0}, text));
    const Tensor input = reference::random_tensor(shape, 200 + i);
    expect_equal(network, input, reference::pool(input, w.on(shape), maximum, count));
  }
}

TEST(Pooling, SumsLikeLeNet) {
  const Shape shape = Shape::nchw(2, 6, 8, 10);
  Network network(6, 8, 10);
  network.head(network.add("sum_pool", "p", {0}, "kernel=2,2"));
  const Tensor input = reference::random_tensor(shape, 3);
  const Tensor average = reference::pool(input, {2, 2, 2, 2, 0, 0, 4, 5}, false, true);
  expect_equal(network, input, reference::map(average, [](double v) { return 4 * v; }));
}

TEST(Pooling, AveragesTheWholePicture) {
  for (int64_t channels : {5, 16, 40}) {
    const Shape shape = Shape::nchw(2, channels, 7, 9);
    Network network(channels, 7, 9);
    network.head(network.add("global_average_pool", "p", {0}));
    const Tensor input = reference::random_tensor(shape, 4);
    expect_equal(network, input, reference::pool(input, {7, 9, 1, 1, 0, 0, 1, 1}, false, false));
  }
}

TEST(Pooling, AdaptsToASizeThatDividesTheInput) {
  const Shape shape = Shape::nchw(1, 9, 12, 8);
  Network network(9, 12, 8);
  network.head(network.add("adaptive_average_pool", "p", {0}, "size=6,4"));
  const Tensor input = reference::random_tensor(shape, 4);
  expect_equal(network, input, reference::pool(input, {2, 2, 2, 2, 0, 0, 6, 4}, false, false));
}

TEST(Pooling, AdaptsToAnySizeAsPyTorchDoes) {
  const Shape shape = Shape::nchw(2, 9, 5, 3);
  Network network(9, 5, 3);
  network.head(network.add("adaptive_average_pool", "p", {0}, "size=7,2"));
  const Tensor input = reference::random_tensor(shape, 4);
  Tensor want(Shape::nchw(2, 9, 7, 2));
  for (int64_t n = 0; n < 2; ++n)
    for (int64_t c = 0; c < 9; ++c)
      for (int64_t i = 0; i < 7; ++i)
        for (int64_t j = 0; j < 2; ++j) {
          double sum = 0;
          int cells = 0;
          for (int64_t y = i * 5 / 7; y < (i + 1) * 5 / 7. ; ++y)
            for (int64_t x = j * 3 / 2; x < (j + 1) * 3 / 2.; ++x, ++cells) sum += input.at(n, c, y, x);
          want.at(n, c, i, j) = sum / cells;
        }
  expect_equal(network, input, want);
}

TEST(Dense, ReadsFeaturesInLogicalOrderFromAnyLayout) {
  for (const Shape& shape : {Shape::nchw(1, 20, 3, 5), Shape::nchw(3, 16, 4, 4), Shape::nchw(2, 3, 2, 2), Shape::nchw(1, 500, 1, 1)}) {
    SCOPED_TRACE(to_string(shape));
    Network network(shape.c(), shape.h(), shape.w());
    const int conv = network.add("convolution", "c", {0}, "filters=12 kernel=1,1");
    network.head(network.add("dense", "d", {conv}, "units=37"));
    const Tensor input = reference::random_tensor(shape, 6);
    const Tensor between = reference::convolution(input, network.weight("c.weight"), network.weight("c.bias"), 12, 1, {1, 1, 1, 1, 0, 0, shape.h(), shape.w()});
    expect_equal(network, input, reference::dense(between, network.weight("d.weight"), network.weight("d.bias"), 37));
  }
}

TEST(Dense, FollowsAFlattenOrADense) {
  Network network(3, 4, 5);
  const int flat = network.add("flatten", "f", {0});
  const int first = network.add("dense", "a", {flat}, "units=19 bias=false");
  network.head(network.add("dense", "b", {first}, "units=7"));
  const Tensor input = reference::random_tensor(Shape::nchw(2, 3, 4, 5), 7);
  expect_equal(network, input, reference::dense(reference::dense(input, network.weight("a.weight"), {}, 19), network.weight("b.weight"), network.weight("b.bias"), 7));
}

TEST(Activation, AppliesReluSigmoidAndTanh) {
  const Tensor input = reference::random_tensor(Shape::nchw(2, 11, 5, 6), 8);
  const std::pair<const char*, double (*)(double)> kinds[] = {{"relu", [](double v) { return v > 0 ? v : 0; }},
                                                              {"sigmoid", [](double v) { return 1 / (1 + std::exp(-v)); }},
                                                              {"tanh", [](double v) { return std::tanh(v); }}};
  for (const auto& [op, f] : kinds) {
    SCOPED_TRACE(op);
    Network network(11, 5, 6);
    network.head(network.add(op, "a", {0}));
    expect_equal(network, input, reference::map(input, f));
  }
}

TEST(BatchNorm, AppliesMovingStatistics) {
  const Tensor input = reference::random_tensor(Shape::nchw(2, 11, 5, 6), 9);
  Network network(11, 5, 6);
  network.head(network.add("batch_norm", "n", {0}, "epsilon=0.001"));
  const auto &g = network.weight("n.gamma"), &b = network.weight("n.beta"), &m = network.weight("n.mean"), &v = network.weight("n.var");
  expect_equal(network, input, reference::affine(input, [&](int64_t c, double x) { return g[c] * (x - m[c]) / std::sqrt(v[c] + 0.001) + b[c]; }));
}

TEST(ScaleShift, MultipliesAndAddsAChannel) {
  const Tensor input = reference::random_tensor(Shape::nchw(2, 6, 5, 6), 10);
  Network network(6, 5, 6);
  network.head(network.add("scale_shift", "s", {0}));
  const auto &w = network.weight("s.weight"), &b = network.weight("s.bias");
  expect_equal(network, input, reference::affine(input, [&](int64_t c, double x) { return w[c] * x + b[c]; }));
}

TEST(Lrn, NormalisesAcrossChannels) {
  for (int64_t channels : {5, 16, 21}) {
    const Tensor input = reference::random_tensor(Shape::nchw(2, channels, 4, 6), 11);
    Network network(channels, 4, 6);
    network.head(network.add("lrn", "l", {0}, "size=5 alpha=0.5 beta=0.75 k=2"));
    expect_equal(network, input, reference::lrn(input, 5, 0.5, 0.75, 2));
  }
}

TEST(Softmax, SumsToOneAndStandsLargeLogits) {
  Network network(9, 1, 1);
  const int dense = network.add("dense", "d", {0}, "units=9");
  network.head(network.add("softmax", "s", {dense}));
  const Tensor input = reference::map(reference::random_tensor(Shape::nchw(3, 9, 1, 1), 12), [](double v) { return 300 * v; });
  const Tensor logits = reference::dense(input, network.weight("d.weight"), network.weight("d.bias"), 9);
  expect_equal(network, input, reference::softmax(logits), 1e-4);     // logits of some hundreds carry their own rounding into exp
}

TEST(Concat, PutsChannelsOneAfterAnotherWhateverTheirNumber) {
  for (const auto& [first, second] : {std::pair<int64_t, int64_t>{16, 32}, {13, 16}, {5, 3}, {24, 7}}) {
    const Tensor input = reference::random_tensor(Shape::nchw(2, 3, 6, 7), 14);
    Network network(3, 6, 7);
    const int a = network.add("convolution", "a", {0}, "filters=" + std::to_string(first) + " kernel=1,1");
    const int b = network.add("convolution", "b", {0}, "filters=" + std::to_string(second) + " kernel=1,1");
    network.head(network.add("concat", "c", {a, b, a}));
    const Geometry pixel{1, 1, 1, 1, 0, 0, 6, 7};
    const Tensor x = reference::convolution(input, network.weight("a.weight"), network.weight("a.bias"), first, 1, pixel);
    const Tensor y = reference::convolution(input, network.weight("b.weight"), network.weight("b.bias"), second, 1, pixel);
    expect_equal(network, input, reference::concat({x, y, x}));
  }
}

TEST(Addition, AddsElementwise) {
  const Tensor input = reference::random_tensor(Shape::nchw(2, 3, 6, 7), 15);
  Network network(3, 6, 7);
  const int a = network.add("tanh", "a", {0});
  network.head(network.add("add", "s", {a, 0}));
  expect_equal(network, input, reference::map(input, [](double v) { return std::tanh(v) + v; }));
}

TEST(ZeroPadding, PutsZerosAround) {
  const Tensor input = reference::random_tensor(Shape::nchw(2, 10, 4, 6), 13);
  Network network(10, 4, 6);
  const int activation = network.add("tanh", "t", {0});
  network.head(network.add("zero_pad", "z", {activation}, "padding=1,2,0,3"));
  expect_equal(network, input, reference::zero_pad(reference::map(input, [](double v) { return std::tanh(v); }), 1, 2, 0, 3));
}

TEST(Graph, RefusesUnknownOperatorsAndAttributes) {
  Network network(3, 8, 8);
  EXPECT_THROW(network.add("convolve", "c", {0}), Error);
  EXPECT_THROW(network.add("convolution", "c", {0}, "filters=8 kernel=3,3 strides=1,1"), Error);
  EXPECT_THROW(network.add("convolution", "c", {0}, "filters=8"), Error);
  EXPECT_THROW(network.add("convolution", "c", {7}, "filters=8 kernel=3,3"), Error);
  EXPECT_THROW(network.add("add", "a", {0}), Error);
}

}  // namespace
}  // namespace quintet
