// Which layers compute with narrow numbers, on this CPU and on others: decided by a cost model that takes a CPU's figures as a value.
#include "passes/precision.h"

#include <gtest/gtest.h>

#include <random>

#include "graph/graph_data.h"
#include "passes/bind.h"
#include "passes/min_cut.h"
#include "quantized.h"

namespace quintet {
namespace {

using reference::Tensor;
using testing::Network;
using testing::QuantizedNetwork;

TEST(MinCut, FindsTheCheapestDivision) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> cost(0, 1);
  for (int round = 0; round < 50; ++round) {
    constexpr int kThings = 9;
    std::vector<std::pair<double, double>> own;
    std::vector<std::tuple<int, int, double>> pairs;
    MinCut cut;
    for (int i = 0; i < kThings; ++i) {
      own.emplace_back(cost(random), cost(random));
      cut.add(own[i].first, own[i].second);
    }
    for (int i = 0; i < 2 * kThings; ++i) {
      pairs.emplace_back(random() % kThings, random() % kThings, cost(random) / 2);
      cut.charge(std::get<0>(pairs[i]), std::get<1>(pairs[i]), std::get<2>(pairs[i]));
    }
    const auto price = [&](auto&& first) {
      double sum = 0;
      for (int i = 0; i < kThings; ++i) sum += first(i) ? own[i].first : own[i].second;
      for (const auto& [a, b, c] : pairs) sum += first(a) && !first(b) ? c : 0;
      return sum;
    };
    const auto found = cut.first_kind();
    double least = 1e9;
    for (unsigned set = 0; set < 1u << kThings; ++set) least = std::min(least, price([&](int i) { return (set >> i & 1) != 0; }));
    EXPECT_NEAR(price([&](int i) { return found[i]; }), least, 1e-9);
  }
}

CoreModel granite_rapids() {
  CoreModel core{KernelIsa::kAvx512, 16, 227, 2 << 20, 64 << 20, 30, 18, 1500};
  core.bf16_flops_per_ns = 1000;
  core.int8_ops_per_ns = 2000;
  core.vnni_ops_per_ns = 800;
  core.amx = true;
  return core;
}

CoreModel zen4() {
  CoreModel core{KernelIsa::kAvx512, 16, 117, 1 << 20, 32 << 20, 55, 25, 1500};
  core.bf16_flops_per_ns = 210;
  core.int8_ops_per_ns = core.vnni_ops_per_ns = 420;
  core.halves = true;
  return core;
}

CoreModel zen3() {
  CoreModel core{KernelIsa::kAvx2, 8, 104, 512 << 10, 32 << 20, 55, 25, 1500};
  core.int8_ops_per_ns = 203;
  return core;
}

/// A residual network in small: a picture's 7x7/2, pool, two bottlenecks, a 3x3 layer, mean, dense.
Network residual() {
  Network network(3, 112, 112);
  const auto conv = [&](const std::string& name, int in, int filters, int kernel, int stride = 1) {
    const std::string k = std::to_string(kernel), p = std::to_string(kernel / 2), s = std::to_string(stride);
    return network.add("convolution", name, {in}, "filters=" + std::to_string(filters) + " kernel=" + k + "," + k + " stride=" + s + "," + s + " padding=" + p + "," + p + "," + p + "," + p);
  };
  const auto relu = [&](const std::string& name, int in) { return network.add("relu", name, {in}); };
  int x = network.add("max_pool", "pool", {relu("r0", conv("c0", 0, 64, 7, 2))}, "kernel=3,3 stride=2,2 padding=1,1,1,1");
  for (const std::string block : {"a", "b"}) {
    const int branch = conv(block + "3", relu(block + "r2", conv(block + "2", relu(block + "r1", conv(block + "1", x, 64, 1)), 64, 3)), 256, 1);
    x = relu(block + "r", network.add("add", block + "sum", {branch, block == "a" ? conv(block + "s", x, 256, 1) : x}));
  }
  network.head(network.add("dense", "d", {network.add("global_average_pool", "mean", {relu("last", conv("c3", x, 256, 3))})}, "units=10"));
  return network;
}

Program lowered(Network& network, const TensorTable& weights, Precision precision, const CoreModel& core, const std::vector<std::string>& without = {}) {
  Program program = bind(*network.graph.data(), weights, {}, core.lanes);
  Target target;
  target.input = Shape::nchw(1, 3, 112, 112);
  target.precision = precision;
  target.core = core;
  run_passes(program, target, without);
  return program;
}

bool is_narrow(const Program& program, const std::string& name) {
  for (const ProgramNode& node : program.nodes) {
    if (node.alive && node.name == name) return node.narrow;
  }
  ADD_FAILURE() << "no node " << name;
  return false;
}

/// Values that are written in one kind of numbers and read in the other, as the plan will convert them.
int conversions(const Program& program) {
  int found = 0;
  for (int id : program.order) {
    const ProgramNode& node = program.nodes[id];
    if (!node.alive) continue;
    const auto readers = program.readers(id);
    const bool narrow = std::any_of(readers.begin(), readers.end(), [&](int r) { return program.nodes[r].narrow; });
    const bool wide = std::any_of(readers.begin(), readers.end(), [&](int r) { return !program.nodes[r].narrow; });
    found += (node.type.is_narrow() && wide) + (!node.type.is_narrow() && narrow);
  }
  return found;
}

TEST(Precision, IsBfloat16FromTheFirstConvolutionToTheMeanWhereAmxMultipliesIt) {
  Network network = residual();
  const Program program = lowered(network, network.table(), Precision::kBf16, granite_rapids());
  for (const char* name : {"c0", "pool", "a1", "a2", "a3", "as", "b1", "b2", "b3", "c3", "mean"}) EXPECT_TRUE(is_narrow(program, name)) << name;
  EXPECT_FALSE(is_narrow(program, "d"));                       // reads its weights, by the own kernel
  EXPECT_EQ(conversions(program), 1);                          // the picture
}

TEST(Precision, IsBfloat16ForTheLayersThatWinogradDoesNotMakeFasterWhereVectorsMultiplyIt) {
  Network network = residual();
  const Program program = lowered(network, network.table(), Precision::kBf16, zen4());
  for (const char* name : {"a1", "a3", "as", "b1", "b3"}) EXPECT_TRUE(is_narrow(program, name)) << name;
  EXPECT_FALSE(is_narrow(program, "c3"));
}

TEST(Precision, IsBfloat16ForDenseWeightsWhereACacheGivesThemFasterThanFloat16BecomesFloat32) {
  Network network = residual();
  const auto storage = [&](const CoreModel& core) { return lowered(network, network.table(), Precision::kBf16, core).nodes.back().dense_storage; };
  CoreModel small_cache = zen4();
  small_cache.l3_bytes = 1 << 20;
  EXPECT_EQ(storage(zen4()), DenseStorage::kBfloat16);
  EXPECT_EQ(storage(small_cache), DenseStorage::kFloat16);
  EXPECT_EQ(storage(granite_rapids()), DenseStorage::kFloat16);
  EXPECT_EQ(storage(zen3()), DenseStorage::kFloat16);
}

TEST(Precision, IsFloat32WhereTheCpuHasNoBfloat16) {
  Network network = residual();
  const Program program = lowered(network, network.table(), Precision::kBf16, zen3());
  for (const ProgramNode& node : program.nodes) EXPECT_FALSE(node.narrow) << node.name;
}

TEST(Precision, NamesWhatAPlanComputesInsteadOfIt) {
  Network network = residual();
  CompileOptions options;
  options.precision = Precision::kBf16;
  const bool has_bf16 = core_model().bf16_flops_per_ns > 0;
  EXPECT_EQ(testing::count(network.compile(options), "\"fallback\":\"this CPU does not multiply bfloat16") > 0, !has_bf16);
  EXPECT_EQ(cpu_report().find("\"bf16\":\"none\"") != std::string::npos, !has_bf16);
}

TEST(Precision, IsInt8ThroughoutWhereTheCpuMultipliesBytesBest) {
  Network network = residual();
  const QuantizedNetwork quantized(network, reference::random_tensor(Shape::nchw(1, 3, 112, 112), 1));
  for (const CoreModel& core : {granite_rapids(), zen4()}) {
    const Program program = lowered(network, quantized.table(), Precision::kInt8, core);
    for (const char* name : {"c0", "pool", "a1", "a2", "a3", "as", "b1", "b2", "b3", "c3", "mean"}) EXPECT_TRUE(is_narrow(program, name)) << name;
    EXPECT_EQ(conversions(program), 2);                        // the picture, and the mean for the dense layer
  }
}

TEST(Precision, IsInt8Or32BitsByCostOnOlderCpus) {
  Network network = residual();
  const QuantizedNetwork quantized(network, reference::random_tensor(Shape::nchw(1, 3, 112, 112), 1));
  const Program program = lowered(network, quantized.table(), Precision::kInt8, zen3());
  for (const char* name : {"a1", "a3", "as", "b1", "b3"}) EXPECT_TRUE(is_narrow(program, name)) << name;
}

TEST(Precision, StaysFloat32ForLayersTheFileKeepsSo) {
  Network network = residual();
  const QuantizedNetwork quantized(network, reference::random_tensor(Shape::nchw(1, 3, 112, 112), 1), {"c0", "b2"});
  const Program program = lowered(network, quantized.table(), Precision::kInt8, granite_rapids());
  EXPECT_FALSE(is_narrow(program, "c0"));
  EXPECT_FALSE(is_narrow(program, "b2"));
  EXPECT_TRUE(is_narrow(program, "b1"));
}

TEST(Precision, CanBeHeldAtTheLowestOrAtFloat32) {
  Network network = residual();
  const QuantizedNetwork quantized(network, reference::random_tensor(Shape::nchw(1, 3, 112, 112), 1));
  const Program all = lowered(network, quantized.table(), Precision::kInt8, zen3(), {"weigh_precision"});
  for (const char* name : {"c0", "pool", "a1", "a2", "a3", "as", "b1", "b2", "b3", "c3", "mean"}) EXPECT_TRUE(is_narrow(all, name)) << name;
  const Program none = lowered(network, quantized.table(), Precision::kInt8, zen3(), {"lower_precision"});
  for (const ProgramNode& node : none.nodes) EXPECT_FALSE(node.narrow) << node.name;
}

}  // namespace
}  // namespace quintet
