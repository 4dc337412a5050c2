// Quantised files: int8 weights with scales and calibrated ranges bind; every precision reads them as the numbers they stand for.
#include <gtest/gtest.h>

#include <cmath>

#include "graph/graph_data.h"
#include "network.h"
#include "passes/bind.h"

namespace quintet {
namespace {

using reference::Tensor;
using testing::Network;

struct File {
  std::vector<int8_t> weight;
  std::vector<float> scale{0.5f, 0.25f, 2.f}, range{-1.f, 3.f};
  TensorTable table;

  explicit File(const std::vector<std::string>& names = {"c.weight_scale", "quantization.input.range"}) {
    for (int i = 0; i < 3 * 2 * 9; ++i) weight.push_back(static_cast<int8_t>(i * 37 % 129 - 64));
    const int64_t shape[] = {3, 2, 3, 3}, outputs[] = {3}, two[] = {2};
    table.add("c.weight", DataType::kI8, shape, 4, weight.data(), static_cast<int64_t>(weight.size()));
    for (const std::string& name : names) {
      const bool is_range = name.find(".range") != std::string::npos;
      table.add(name, DataType::kF32, is_range ? two : outputs, 1, is_range ? range.data() : scale.data(), is_range ? 8 : 12);
    }
  }
};

Network one_convolution() {
  Network network(2, 5, 6);
  network.head(network.add("convolution", "c", {0}, "filters=3 kernel=3,3 padding=1,1,1,1 bias=false"));
  return network;
}

std::string refusal(const TensorTable& table, Precision precision = Precision::kExact) {
  Network network = one_convolution();
  CompileOptions options;
  options.precision = precision;
  try {
    Model(network.graph, table, options);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::kWeights);
    return testing::message(e);
  }
  return "accepted";
}

TEST(QuantizedWeights, AreTheNumbersTheyStandForInEveryPrecisionButInt8) {
  Network network = one_convolution();
  File file;
  std::vector<float> values;
  for (size_t i = 0; i < file.weight.size(); ++i) values.push_back(static_cast<float>(file.weight[i]) * file.scale[i / 18]);
  const Tensor input = reference::random_tensor(Shape::nchw(2, 2, 5, 6), 3);
  const Tensor want = reference::convolution(input, values, {}, 3, 1, {3, 3, 1, 1, 1, 1, 5, 6});
  for (Precision precision : {Precision::kExact, Precision::kFast, Precision::kBf16}) {
    CompileOptions options;
    options.precision = precision;
    const Model model(network.graph, file.table, options);
    EXPECT_LE(reference::relative_error(Network::run(model, input), want), precision == Precision::kBf16 ? 1e-2 : 2e-6);
  }
}

TEST(QuantizedWeights, BringRangesToTheirNodes) {
  Network network = one_convolution();
  File file;
  const Program program = bind(*network.graph.data(), file.table, {}, 8);
  ASSERT_TRUE(program.nodes[0].range);
  EXPECT_EQ(program.nodes[0].range->low, -1);
  EXPECT_EQ(program.nodes[0].range->high, 3);
  EXPECT_FALSE(program.nodes[1].range);
}

TEST(QuantizedWeights, WithoutScalesAreRefusedByName) {
  EXPECT_EQ(refusal(File(std::vector<std::string>{}).table), "c.weight is int8, but there is no c.weight_scale 3");
}

TEST(QuantizedWeights, MayNotComeWithTensorsOfNodesThatAreNotThere) {
  EXPECT_NE(refusal(File({"c.weight_scale", "quantization.stranger.range"}).table).find("left over: quantization.stranger.range"), std::string::npos);
}

TEST(QuantizedWeights, MayNotHaveRangesThatAreNone) {
  File file({"c.weight_scale", "quantization.c.range"});
  file.range = {2.f, NAN};
  EXPECT_NE(refusal(file.table).find("quantization.c.range is 2"), std::string::npos);
  file.range[1] = 1.f;
  EXPECT_NE(refusal(file.table).find("the smaller first"), std::string::npos);
}

TEST(QuantizedWeights, AreWhatPrecisionInt8Needs) {
  Network network = one_convolution();
  EXPECT_NE(refusal(network.table(), Precision::kInt8).find("run `quantize`"), std::string::npos);
}

}  // namespace
}  // namespace quintet
