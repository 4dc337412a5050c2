// Every operator that computes with bytes, against its definition on the numbers that the bytes stand for, over generated shapes.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/cpu.h"
#include "ops/window.h"
#include "quantized.h"

namespace quintet {
namespace {

using reference::Geometry;
using reference::Tensor;
using testing::Bytes;
using testing::count;
using testing::Network;
using testing::QuantizedNetwork;

std::string joined(std::initializer_list<int64_t> values) {
  std::string text;
  for (int64_t v : values) text += (text.empty() ? "" : ",") + std::to_string(v);
  return text;
}

std::string text_of(const Window& w) {
  return "kernel=" + joined({w.kernel[0], w.kernel[1]}) + " stride=" + joined({w.stride[0], w.stride[1]}) +
         " padding=" + (w.same ? "same" : joined({w.padding.top, w.padding.left, w.padding.bottom, w.padding.right}));
}

Geometry geometry(const Window& w, const Shape& in) {
  const AxisWindow y = w.axis("test", 0, in.h()), x = w.axis("test", 1, in.w());
  return {w.kernel[0], w.kernel[1], w.stride[0], w.stride[1], y.begin, x.begin, y.output, x.output};
}

Tensor positive(const Tensor& t) {
  return reference::map(t, [](double v) { return std::abs(v); });
}

/// The node's value, which is written in bytes, is what `want` says within a quantum (half of one from its own rounding; float32
/// scales decide ties).
void expect_within_a_quantum(const Model& model, const Tensor& input, int output, const Tensor& want, const Bytes& bytes) {
  const auto got = Network::run(model, input, output);
  ASSERT_EQ(got.size(), want.values.size());
  for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], bytes.nearest(want.values[i]), bytes.scale * 1.001) << "at " << i;
}

/// Compiles with 1 and 2 threads, everything in bytes; `node` and whatever is the head are outputs.
template <typename Check>
void with_threads(const QuantizedNetwork& network, const Tensor& input, const std::string& node, Check&& check) {
  if (core_model().int8_ops_per_ns == 0) GTEST_SKIP() << "this CPU has no AVX2";
  for (int threads : {1, 2}) {
    CompileOptions options = QuantizedNetwork::all_bytes();
    options.threads = threads;
    options.batch = input.shape.n();
    options.outputs = node;
    check(network.compile(options));
  }
}

struct ConvolutionCase {
  Shape in;
  int64_t filters = 8, groups = 1;
  Window window;
  bool bias = true, signed_input = false;
  std::string text() const {
    return "filters=" + std::to_string(filters) + " groups=" + std::to_string(groups) + " bias=" + (bias ? "true " : "false ") + text_of(window);
  }
};

void check(const ConvolutionCase& c, uint32_t seed, bool must_be_fast = true) {
  SCOPED_TRACE(to_string(c.in) + " " + c.text() + (c.signed_input ? " signed" : ""));
  Network network(c.in.c(), c.in.h(), c.in.w());
  const int conv = network.add("convolution", "c", {0}, c.text());
  network.head(network.add("convolution", "next", {conv}, "filters=8 kernel=1,1"));
  Tensor input = reference::random_tensor(c.in, seed);
  if (!c.signed_input) input = positive(input);
  const QuantizedNetwork quantized(network, input);
  const Tensor seen = quantized.bytes("input").nearest(input);
  const auto bias = c.bias ? network.weight("c.bias") : std::vector<float>();
  const Tensor want = reference::convolution(seen, quantized.weight("c.weight"), bias, c.filters, c.groups, geometry(c.window, c.in));
  const Tensor next = reference::convolution(quantized.bytes("c").nearest(want), quantized.weight("next.weight"), network.weight("next.bias"), 8, 1,
                                             {1, 1, 1, 1, 0, 0, want.shape.h(), want.shape.w()});
  with_threads(quantized, input, "c", [&](const Model& model) {
    if (must_be_fast) { EXPECT_EQ(testing::count_fast(model, "convolution", "int8"), 2) << model.explain(); }
    expect_within_a_quantum(model, input, 1, want, quantized.bytes("c"));
    // Written in float32: no rounding of its own, only its input's, a quantum of which may be on either side of a tie.
    EXPECT_LE(reference::relative_error(Network::run(model, input, 0), next), 0.02);
  });
}

TEST(Int8Convolution, EqualsItsDefinitionOnTheQuantisedNumbersOverGeneratedShapes) {
  std::mt19937 random(31);
  const auto pick = [&](std::initializer_list<int64_t> of) { return *(of.begin() + random() % of.size()); };
  for (int i = 0; i < 40; ++i) {
    ConvolutionCase c;
    c.in = Shape::nchw(pick({1, 3}), pick({1, 3, 4, 8, 16, 17, 24, 40}), pick({9, 13, 14}), pick({10, 13, 15}));
    c.filters = pick({1, 6, 8, 16, 20, 33, 64});
    c.window.kernel = {pick({1, 1, 2, 3, 5, 7}), pick({1, 1, 2, 3, 5, 7})};
    c.window.stride = {pick({1, 1, 2}), pick({1, 1, 2, 3})};
    c.window.same = pick({0, 1}) != 0;
    if (!c.window.same) c.window.padding = {pick({0, 1, 2}), pick({0, 1}), pick({0, 1}), pick({0, 1, 2})};
    c.bias = pick({0, 1}) != 0;
    c.signed_input = pick({0, 1}) != 0;
    check(c, 300 + i, false);
  }
}

TEST(Int8Convolution, HasFastKernelsForTheNetworksLayers) {
  Window w;
  for (const auto& [channels, filters, kernel, stride] : {std::array<int64_t, 4>{3, 64, 7, 2}, {3, 64, 3, 1}, {1, 20, 5, 1}, {64, 64, 1, 1}, {64, 32, 3, 1}, {32, 64, 3, 2}, {64, 128, 1, 2}, {16, 32, 5, 1}, {20, 50, 5, 1}}) {
    for (bool is_signed : {false, true}) {
      w.kernel = {kernel, kernel};
      w.stride = {stride, stride};
      w.padding = {kernel / 2, kernel / 2, kernel / 2, kernel / 2};
      check({Shape::nchw(1, channels, 14, 15), filters, 1, w, true, is_signed}, 7);
    }
  }
}

TEST(Int8Convolution, SavesProductsOfFewChannelsByWinogradWhereIntegersOf16BitsAreMultiplied) {
  if (core_model().vnni_ops_per_ns == 0 || core_model().amx) GTEST_SKIP() << "this CPU has no AVX512-VNNI, or AMX beside it";
  Network network(20, 16, 16);
  const int conv = network.add("convolution", "c", {0}, "filters=50 kernel=5,5 padding=2,2,2,2");   // LeNet-5's second layer
  network.head(network.add("convolution", "next", {conv}, "filters=8 kernel=1,1"));
  const Tensor input = positive(reference::random_tensor(Shape::nchw(1, 20, 16, 16), 11));
  for (const std::vector<std::string>& kept : {std::vector<std::string>{}, {"next"}}) {
    const QuantizedNetwork quantized(network, input, kept);   // its bytes read as such, and in float32
    const Tensor want = reference::convolution(quantized.bytes("input").nearest(input), quantized.weight("c.weight"), network.weight("c.bias"), 50, 1, {5, 5, 1, 1, 2, 2, 16, 16});
    const auto weights = kept.empty() ? quantized.weight("next.weight") : network.weight("next.weight");
    const Tensor next = reference::convolution(quantized.bytes("c").nearest(want), weights, network.weight("next.bias"), 8, 1, {1, 1, 1, 1, 0, 0, 16, 16});
    with_threads(quantized, input, "", [&](const Model& model) {
      EXPECT_EQ(count(model, "quintet:winograd f(4,5) int16"), 1) << model.explain();
      EXPECT_LE(reference::relative_error(Network::run(model, input), next), 0.02);
    });
  }
}

TEST(Int8Convolution, DividesChannelsIntoGroups) {
  Window w;
  w.kernel = {3, 3};
  w.padding = {1, 1, 1, 1};
  for (const auto& [channels, filters, groups] : {std::array<int64_t, 3>{32, 64, 2}, {48, 32, 2}, {6, 9, 3}, {16, 16, 16}}) {
    for (bool is_signed : {false, true}) check({Shape::nchw(2, channels, 9, 11), filters, groups, w, true, is_signed}, 8, false);
  }
}

TEST(Int8Convolution, PadsASignedInputWithRealZeros) {
  ConvolutionCase c;
  c.in = Shape::nchw(1, 8, 6, 6);
  c.window.kernel = {5, 5};
  c.window.stride = {2, 2};
  c.window.padding = {2, 0, 1, 2};
  c.signed_input = true;
  check(c, 9);
}

TEST(Int8Convolution, AddsAShortcutOfAnotherScaleInBothOrders) {
  for (const bool relu_first : {false, true}) {
    for (const bool shortcut_used_again : {false, true}) {
      Network network(8, 9, 10);
      const int shortcut = network.add("convolution", "s", {0}, "filters=16 kernel=1,1");      // signed: no ReLU
      const int conv = network.add("convolution", "c", {0}, "filters=16 kernel=3,3 padding=1,1,1,1");
      const int sum = relu_first ? network.add("add", "sum", {network.add("relu", "r", {conv}), shortcut}) : network.add("relu", "r", {network.add("add", "sum", {conv, shortcut})});
      int head = network.add("convolution", "next", {sum}, "filters=8 kernel=1,1");
      if (shortcut_used_again) head = network.add("concat", "both", {head, network.add("convolution", "again", {shortcut}, "filters=8 kernel=1,1")});
      network.head(head);
      const Tensor input = reference::random_tensor(Shape::nchw(3, 8, 9, 10), 5);
      const QuantizedNetwork quantized(network, input);
      const Tensor seen = quantized.bytes("input").nearest(input);
      const Tensor s = quantized.bytes("s").nearest(reference::convolution(seen, quantized.weight("s.weight"), network.weight("s.bias"), 16, 1, {1, 1, 1, 1, 0, 0, 9, 10}));
      const Tensor c = reference::convolution(seen, quantized.weight("c.weight"), network.weight("c.bias"), 16, 1, {3, 3, 1, 1, 1, 1, 9, 10});
      const auto relu = [](double v) { return std::max(v, 0.0); };
      const Tensor want = relu_first ? reference::add(reference::map(c, relu), s) : reference::map(reference::add(c, s), relu);
      const std::string last = relu_first ? "sum" : "r";
      SCOPED_TRACE(last + (shortcut_used_again ? ", shortcut used again" : ""));
      with_threads(quantized, input, last, [&](const Model& model) {
        EXPECT_EQ(count(model, "\"op\":\"add\""), 0);
        EXPECT_GE(testing::count_fast(model, "convolution", "int8"), 3) << model.explain();
        // The shortcut's own rounding may fall on the other side of a tie, which is one of its quanta.
        const auto got = Network::run(model, input, 1);
        const double allowed = quantized.bytes(last).scale * 1.001 + quantized.bytes("s").scale;
        for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], quantized.bytes(last).nearest(want.values[i]), allowed);
      });
    }
  }
}

TEST(Int8Pooling, EqualsItsDefinitionOverGeneratedShapes) {
  std::mt19937 random(32);
  const auto pick = [&](std::initializer_list<int64_t> of) { return *(of.begin() + random() % of.size()); };
  for (int i = 0; i < 30; ++i) {
    Window w;
    w.kernel = {pick({2, 3, 5}), pick({2, 3})};
    w.stride = {pick({1, 2, 3}), pick({1, 2})};
    w.same = pick({0, 1}) != 0;
    if (!w.same) w.padding = {pick({0, 1}), pick({0, 1}), pick({0, 1}), pick({0, 1})};
    const bool maximum = pick({0, 1}) != 0, counts = !maximum && !w.same && pick({0, 1}) != 0, is_signed = pick({0, 1}) != 0;
    const Shape in = Shape::nchw(pick({1, 3}), pick({3, 8, 20}), pick({7, 12}), pick({8, 11}));
    SCOPED_TRACE(to_string(in) + (maximum ? " max " : counts ? " counting average " : " average ") + text_of(w) + (is_signed ? " signed" : ""));
    Network network(in.c(), in.h(), in.w());
    const int first = network.add("convolution", "c", {0}, "filters=" + std::to_string(in.c()) + " kernel=1,1 bias=false");
    const int value = is_signed ? first : network.add("relu", "r", {first});
    const int pool = network.add(maximum ? "max_pool" : "average_pool", "p", {value}, text_of(w) + (counts ? " count_padding=true" : ""));
    network.head(network.add("convolution", "next", {pool}, "filters=8 kernel=1,1"));
    const Tensor input = reference::random_tensor(in, 400 + i);
    const QuantizedNetwork quantized(network, input);
    Tensor given = reference::convolution(quantized.bytes("input").nearest(input), quantized.weight("c.weight"), {}, in.c(), 1, {1, 1, 1, 1, 0, 0, in.h(), in.w()});
    if (!is_signed) given = reference::map(given, [](double v) { return std::max(v, 0.0); });
    const Bytes bytes = quantized.bytes(is_signed ? "c" : "r");
    const Tensor want = reference::pool(bytes.nearest(given), geometry(w, in), maximum, counts);
    // A value on a tie counts with a quantum; the average rounds again.
    with_threads(quantized, input, "p", [&](const Model& model) {
      const auto got = Network::run(model, input, 1);
      for (size_t j = 0; j < got.size(); ++j) ASSERT_NEAR(got[j], want.values[j], bytes.scale * 1.01);
    });
  }
}

TEST(Int8Pooling, AveragesAWholePictureWithoutRoundingIt) {
  for (const bool is_signed : {false, true}) {
    Network network(3, 7, 5);
    const int conv = network.add("convolution", "c", {0}, "filters=37 kernel=1,1");
    network.head(network.add("dense", "d", {network.add("global_average_pool", "g", {is_signed ? conv : network.add("relu", "r", {conv})})}, "units=5"));
    const Tensor input = reference::random_tensor(Shape::nchw(3, 3, 7, 5), 3);
    const QuantizedNetwork quantized(network, input);
    Tensor c = reference::convolution(quantized.bytes("input").nearest(input), quantized.weight("c.weight"), network.weight("c.bias"), 37, 1, {1, 1, 1, 1, 0, 0, 7, 5});
    if (!is_signed) c = reference::map(c, [](double v) { return std::max(v, 0.0); });
    const Bytes bytes = quantized.bytes(is_signed ? "c" : "r");
    const Tensor want = reference::pool(bytes.nearest(c), {7, 5, 1, 1, 0, 0, 1, 1}, false, false);
    with_threads(quantized, input, "g", [&](const Model& model) {
      const auto got = Network::run(model, input, 1);
      for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], want.values[i], bytes.scale * 0.1);
      EXPECT_EQ(count(model, "quintet:average"), 1);
    });
  }
}

TEST(Int8Concatenation, TakesBranchesInTheRangeOfAll) {
  Network network(8, 6, 7);
  const int a = network.add("relu", "ra", {network.add("convolution", "a", {0}, "filters=5 kernel=1,1")});
  const int b = network.add("convolution", "b", {0}, "filters=16 kernel=3,3 padding=1,1,1,1");
  const int p = network.add("max_pool", "p", {b}, "kernel=3,3 stride=1,1 padding=1,1,1,1");
  network.head(network.add("convolution", "next", {network.add("concat", "all", {a, p, b})}, "filters=8 kernel=1,1"));
  const Tensor input = reference::random_tensor(Shape::nchw(2, 8, 6, 7), 4);
  const QuantizedNetwork quantized(network, input);
  const Tensor seen = quantized.bytes("input").nearest(input);
  const Tensor ra = reference::map(reference::convolution(seen, quantized.weight("a.weight"), network.weight("a.bias"), 5, 1, {1, 1, 1, 1, 0, 0, 6, 7}), [](double v) { return std::max(v, 0.0); });
  const Tensor rb = reference::convolution(seen, quantized.weight("b.weight"), network.weight("b.bias"), 16, 1, {3, 3, 1, 1, 1, 1, 6, 7});
  const Tensor want = reference::concat({ra, reference::pool(rb, {3, 3, 1, 1, 1, 1, 6, 7}, true, false), rb});
  with_threads(quantized, input, "all", [&](const Model& model) {
    expect_within_a_quantum(model, input, 1, want, quantized.bytes("all"));
    EXPECT_EQ(count(model, "quintet:concat"), 1);
    EXPECT_EQ(count(model, "\"op\":\"reorder\""), 3) << model.explain();   // the picture and the two outputs
  });
}

TEST(Int8Dense, EqualsItsDefinitionOnTheQuantisedNumbers) {
  for (const auto& [batch, units, is_signed] : {std::tuple<int64_t, int64_t, bool>{1, 33, false}, {3, 64, true}, {9, 7, false}, {1, 1000, true}}) {
    SCOPED_TRACE(::testing::Message() << "batch " << batch << ", " << units << " units" << (is_signed ? ", signed" : ""));
    Network network(4, 5, 6);
    const int conv = network.add("convolution", "c", {0}, "filters=19 kernel=3,3");
    const int hidden = network.add("dense", "h", {is_signed ? conv : network.add("relu", "r", {conv})}, "units=" + std::to_string(units));
    network.head(network.add("dense", "d", {network.add("relu", "rh", {hidden})}, "units=10 bias=false"));
    const Tensor input = reference::random_tensor(Shape::nchw(batch, 4, 5, 6), 6);
    const QuantizedNetwork quantized(network, input);
    Tensor c = reference::convolution(quantized.bytes("input").nearest(input), quantized.weight("c.weight"), network.weight("c.bias"), 19, 1, {3, 3, 1, 1, 0, 0, 3, 4});
    if (!is_signed) c = reference::map(c, [](double v) { return std::max(v, 0.0); });
    const Tensor h = reference::dense(quantized.bytes(is_signed ? "c" : "r").nearest(c), quantized.weight("h.weight"), network.weight("h.bias"), units);
    const Tensor rh = reference::map(h, [](double v) { return std::max(v, 0.0); });
    const Tensor want = reference::dense(quantized.bytes("rh").nearest(rh), quantized.weight("d.weight"), {}, 10);
    with_threads(quantized, input, "rh", [&](const Model& model) {
      EXPECT_EQ(count(model, "quintet:dense bytes"), 2) << model.explain();
      // Not rounded itself; a tie in its input is one quantum of 228.
      EXPECT_LE(reference::relative_error(Network::run(model, input, 1), rh), 4e-3);
      EXPECT_LE(reference::relative_error(Network::run(model, input, 0), want), 8e-3);
    });
  }
}

TEST(Int8Dense, KeepsTheFilesIntegersWhereItsInputHasNoRange) {
  Network network(4, 5, 6);
  network.head(network.add("dense", "d", {0}, "units=33"));
  const Tensor input = reference::random_tensor(Shape::nchw(3, 4, 5, 6), 6);
  QuantizedNetwork quantized(network, input);
  quantized.forget_range("input");
  const Tensor want = reference::dense(input, quantized.weight("d.weight"), network.weight("d.bias"), 33);
  with_threads(quantized, input, "", [&](const Model& model) {
    EXPECT_EQ(count(model, "quintet:dense int8"), 1) << model.explain();
    EXPECT_LE(reference::relative_error(Network::run(model, input), want), 1e-5);
  });
}

}  // namespace
}  // namespace quintet
