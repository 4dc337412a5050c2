// Graphs that nobody meant to write: attributes of random text, huge numbers, random shapes. Whatever they are, what comes out is a
// quintet::Error or a graph that compiles, runs, and answers the same with and without the passes.
// QUINTET_FUZZ_SECONDS=60 quintet_tests --gtest_filter='HostileGraphs.*' searches for longer, with other seeds each time;
// QUINTET_FUZZ_SEED=n shows a finding again.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <random>

#include "network.h"

namespace quintet {
namespace {

using testing::Network;

constexpr int kRounds = 300;
const std::vector<std::string> kOperators = {"convolution", "dense", "max_pool", "average_pool", "sum_pool", "global_average_pool", "adaptive_average_pool", "batch_norm", "relu", "sigmoid",
                                             "tanh", "softmax", "identity", "flatten", "dropout", "add", "concat", "lrn", "zero_pad", "scale_shift"};

/// Random choices by a seed that a failure can name.
class Dice {
 public:
  explicit Dice(uint32_t seed) : engine_(seed) {}
  int64_t between(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(engine_); }
  bool one_in(int sides) { return between(1, sides) == 1; }
  template <typename T>
  const T& of(const std::vector<T>& items) {
    return items[between(0, static_cast<int64_t>(items.size()) - 1)];
  }

 private:
  std::mt19937 engine_;
};

/// Runs `round` on the seeds 0..kRounds-1, or on new ones for as long as the environment says.
void repeat(const std::function<void(uint32_t)>& round) {
  if (const char* seed = std::getenv("QUINTET_FUZZ_SEED")) return round(static_cast<uint32_t>(std::strtoul(seed, nullptr, 10)));
  const char* seconds = std::getenv("QUINTET_FUZZ_SECONDS");
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds == nullptr ? 0 : std::atof(seconds));
  uint32_t seed = seconds == nullptr ? 0 : std::random_device()();
  for (int i = 0; i < kRounds || std::chrono::steady_clock::now() < end; ++i, ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    round(seed);
    if (::testing::Test::HasFailure()) return;
  }
}

std::string number(Dice& dice) {
  static const std::vector<std::string> kOdd = {"0", "-1", "2147483647", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1048576", "16777216", "1.5", "1e308", "nan", "inf",
                                                "", "x", "0x10", "+1", " 1"};
  return dice.one_in(2) ? std::to_string(dice.between(0, 5)) : dice.of(kOdd);
}

std::string random_attributes(Dice& dice) {
  static const std::vector<std::string> kKeys = {"filters", "units", "kernel", "stride", "padding", "dilation", "groups", "bias", "ceil", "count_padding", "size", "epsilon", "momentum", "names",
                                                 "rate", "alpha", "beta", "k", "unknown", ""};
  std::string text;
  for (int64_t pairs = dice.between(0, 7); pairs > 0; --pairs) {
    text += dice.of(kKeys) + (dice.one_in(20) ? "" : "=");
    for (int64_t values = dice.between(1, 4); values > 0; --values) text += number(dice) + (values > 1 ? "," : "");
    text += dice.one_in(10) ? "\t\n" : " ";
  }
  for (int64_t flips = dice.one_in(4) ? dice.between(1, 5) : 0; flips > 0 && !text.empty(); --flips) {
    text[dice.between(0, static_cast<int64_t>(text.size()) - 1)] = static_cast<char>(dice.between(-128, 127));
  }
  return text;
}

/// Attributes that the operator knows, most of them sensible, each number sometimes not.
std::string plausible_attributes(const std::string& op, Dice& dice, int64_t largest) {
  const auto n = [&](int64_t low, int64_t high) { return std::to_string(dice.one_in(12) ? dice.of(std::vector<int64_t>{0, 1, largest}) : dice.between(low, high)); };
  const auto two = [&](int64_t low, int64_t high) { return n(low, high) + "," + n(low, high); };
  const auto four = [&](int64_t low, int64_t high) { return two(low, high) + "," + two(low, high); };
  std::string text;
  if (op == "convolution") text = "filters=" + n(1, 20) + (dice.one_in(4) ? " groups=" + n(1, 3) : "") + (dice.one_in(3) ? " bias=false" : "");
  if (op == "convolution" || op == "max_pool" || op == "average_pool" || op == "sum_pool") {
    text += " kernel=" + (dice.one_in(3) ? "3,3" : dice.one_in(3) ? "1,1" : two(1, 5));
    if (dice.one_in(2)) text += " stride=" + two(1, 3);
    if (dice.one_in(6)) text += " dilation=" + two(1, 2);
    if (!dice.one_in(3)) text += " padding=" + (dice.one_in(2) ? "same" : four(0, 2));
    if (op != "convolution" && dice.one_in(3)) text += " ceil=true";
    if (op == "average_pool" && dice.one_in(3)) text += " count_padding=true";
  }
  if (op == "dense") text = "units=" + n(1, 20);
  if (op == "adaptive_average_pool") text = "size=" + two(1, 7);
  if (op == "batch_norm") text = "epsilon=1e-3";
  if (op == "dropout") text = "rate=0.5";
  if (op == "lrn") text = "size=" + n(1, 3) + " alpha=1e-2 beta=0.75 k=1";
  if (op == "zero_pad") text = "padding=" + four(0, 2);
  return text;
}

std::vector<int> random_inputs(const std::string& op, Dice& dice, int nodes) {
  const int64_t count = op == "add" ? 2 : op == "concat" ? dice.between(2, 4) : 1;
  std::vector<int> inputs;
  for (int64_t i = 0; i < count; ++i) inputs.push_back(static_cast<int>(dice.one_in(2) ? nodes - 1 : dice.between(std::max(0, nodes - 4), nodes - 1)));
  return inputs;
}

/// What may come out of `call`: nothing, or an Error of a kind that is the caller's fault. Returns whether it went well.
bool accepted(const std::function<void()>& call) {
  try {
    call();
    return true;
  } catch (const Error& e) {
    EXPECT_NE(e.kind(), ErrorKind::kInternal) << e.what();
    EXPECT_FALSE(testing::message(e).empty());
  } catch (const std::exception& e) {
    ADD_FAILURE() << "not an Error: " << e.what();
  }
  return false;
}

void expect_sound(const Graph& graph, int node) {
  for (int axis = 0; axis < graph.node_rank(node); ++axis) EXPECT_GE(graph.node_dim(node, axis), 1);
  EXPECT_GE(graph.node_macs(node), 0);
  for (int p = 0; p < graph.parameter_count(); ++p) {
    double elements = 1;
    for (int axis = 0; axis < graph.parameter_rank(p); ++axis) elements *= static_cast<double>(graph.parameter_dim(p, axis));
    EXPECT_GE(elements, 1) << graph.parameter_name(p);
    EXPECT_LE(elements, 0x1p46) << graph.parameter_name(p);
  }
}

/// Adds up to `most` nodes; the refused ones must leave the graph as it was.
void grow(Graph& graph, int most, const std::function<bool(const std::string& op, const std::string& name)>& add, Dice& dice) {
  for (int i = 0; i < most; ++i) {
    const int before = graph.node_count(), parameters = graph.parameter_count();
    const bool added = add(dice.of(kOperators), "n" + std::to_string(i));
    ASSERT_EQ(graph.node_count(), before + (added ? 1 : 0));
    if (added) expect_sound(graph, before);
    else ASSERT_EQ(graph.parameter_count(), parameters);
  }
}

TEST(HostileGraphs, TextOfAnyKindIsAnErrorOrAnOperator) {
  repeat([](uint32_t seed) {
    Dice dice(seed);
    Graph graph("hostile");
    accepted([&] { graph.input("input", dice.between(0, 5), dice.between(-1, 1 << 20), dice.between(1, 1 << 20)); });
    grow(graph, 30, [&](const std::string& op, const std::string& name) {
      const auto inputs = dice.one_in(10) ? std::vector<int>{static_cast<int>(dice.between(-3, 40))} : random_inputs(op, dice, std::max(1, graph.node_count()));
      const std::string attributes = dice.one_in(2) ? random_attributes(dice) : plausible_attributes(op, dice, 1 << 20);
      return accepted([&] { graph.add(dice.one_in(20) ? number(dice) : op, dice.one_in(20) ? "n0" : name, "", inputs.data(), static_cast<int>(inputs.size()), attributes); });
    }, dice);
  });
}

/// A random graph of small tensors, with a head on its last node and perhaps an output in its middle.
struct SmallGraph {
  Network network;
  CompileOptions options;
  std::string text = "a graph of";   // as it was written

  explicit SmallGraph(Dice& dice) : network(dice.between(1, 20), dice.between(1, 12), dice.between(1, 12)) {
    grow(network.graph, 10, [&](const std::string& op, const std::string& name) {
      const auto inputs = random_inputs(op, dice, network.graph.node_count());
      const std::string attributes = plausible_attributes(op, dice, 7);
      const bool added = small_enough(op, inputs) && accepted([&] { network.add(op, name, inputs, attributes); });
      if (added) describe_last(inputs, attributes);
      return added;
    }, dice);
    network.head(network.graph.node_count() - 1);
    if (dice.one_in(3)) options.outputs = network.graph.node_name(static_cast<int>(dice.between(0, network.graph.node_count() - 1)));
    options.batch = dice.between(1, 3);
    options.threads = static_cast<int>(dice.between(1, 2));
    options.channel_block = dice.of(std::vector<int>{8, 16});
  }

  void describe_last(const std::vector<int>& inputs, const std::string& attributes) {
    const int node = network.graph.node_count() - 1;
    text += "\n  " + network.graph.node_name(node) + " = " + network.graph.node_op(node) + "(";
    for (int in : inputs) text += " " + network.graph.node_name(in);
    text += " ) " + attributes + " ->";
    for (int axis = 0; axis < network.graph.node_rank(node); ++axis) text += " " + std::to_string(network.graph.node_dim(node, axis));
  }

  /// Padding and concatenation upon themselves would grow without end.
  bool small_enough(const std::string& op, const std::vector<int>& inputs) const {
    int64_t elements = 0;
    for (int in : inputs) {
      int64_t product = 1;
      for (int axis = 0; axis < network.graph.node_rank(in); ++axis) product *= network.graph.node_dim(in, axis);
      elements += product;
    }
    return elements < 50'000 || (op != "zero_pad" && op != "concat" && op != "convolution");
  }
};

void expect_equal(const std::vector<float>& got, const std::vector<float>& want) {
  ASSERT_EQ(got.size(), want.size());
  double largest = 0.1;   // a value that is a small difference of large ones is not exact
  for (float v : want) largest = std::isfinite(v) ? std::max<double>(largest, std::abs(v)) : largest;
  for (size_t i = 0; i < want.size(); ++i) {
    if ((std::isnan(want[i]) && std::isnan(got[i])) || want[i] == got[i]) continue;
    ASSERT_NEAR(got[i], want[i], 2e-5 * largest) << "value " << i;
  }
}

TEST(HostileGraphs, RandomSmallOnesAnswerTheSameWithAndWithoutThePasses) {
  repeat([](uint32_t seed) {
    Dice dice(seed);
    SmallGraph small(dice);
    CompileOptions plain = small.options;
    plain.without = "drop_identities\ndrop_padding\nfold_pooling\nfold_batch_norm\nfuse_activation\nfuse_residual\nflatten_convolutions\nmerge_siblings\nconcat_in_place\nchoose_algorithm";
    const auto input = reference::random_tensor(Shape::nchw(small.options.batch, small.network.graph.node_dim(0, 1), small.network.graph.node_dim(0, 2), small.network.graph.node_dim(0, 3)), seed);
    SCOPED_TRACE("input " + to_string(input.shape) + ", " + small.text);
    std::unique_ptr<Model> optimised, unoptimised;
    const bool fast = accepted([&] { optimised = std::make_unique<Model>(small.network.compile(small.options)); });
    const bool slow = accepted([&] { unoptimised = std::make_unique<Model>(small.network.compile(plain)); });
    EXPECT_EQ(fast, slow);
    if (!fast || !slow) return;
    for (int output = 0; output < optimised->output_count(); ++output) {
      expect_equal(Network::run(*optimised, input, output), Network::run(*unoptimised, input, output));
    }
  });
}

}  // namespace
}  // namespace quintet
